"""LTI 1.3 as the tool sees it: the platforms we know, their login and launch, and our keys."""
