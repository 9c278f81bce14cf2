"""Measurements against peers and floors; each is a command that prints ratios of one run."""
