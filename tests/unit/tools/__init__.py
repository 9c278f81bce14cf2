"""Unit tests of the build programs."""
