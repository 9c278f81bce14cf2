"""The resources of the standard: each answers calls of the methods it knows."""
