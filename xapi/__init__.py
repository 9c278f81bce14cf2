"""A learning record store: statements, documents and the recipes of the campus."""
