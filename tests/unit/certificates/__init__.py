"""Certificates without a database."""
