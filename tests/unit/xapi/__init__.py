"""Tests of what is valid, what is said, and how JSON is read."""
