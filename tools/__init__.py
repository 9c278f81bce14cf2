"""Programs that build the project; the Makefile calls them."""
