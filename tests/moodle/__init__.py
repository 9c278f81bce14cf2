"""A small Moodle that replays recorded answers, for tests, the demo and the journey."""
