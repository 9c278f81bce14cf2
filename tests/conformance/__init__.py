"""Lines of standards and checklists as tests: the name of each carries the line's id."""
