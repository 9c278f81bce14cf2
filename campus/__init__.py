"""The shared domain: what happened, what it counts for, and who may say so. Knows no web framework."""
