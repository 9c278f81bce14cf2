"""Lernportal Musterhausen: a small LMS on an independent library, for the demo, the journey and the tests."""
