"""Certificates: Open Badges 3.0 credentials and their papers, issued, revoked and verified.

Imports nothing: a child process that reads a hostile file (``sandbox``) starts in a fraction of a second for it.
"""
