"""Verifying, with documents that are at hand."""
