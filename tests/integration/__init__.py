"""Services against real databases."""
