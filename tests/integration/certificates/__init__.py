"""Certificates on a real database."""
