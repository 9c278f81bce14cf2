"""Tests of all packages; run them with `make test`."""
