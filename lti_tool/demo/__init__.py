"""The demo world: five providers, two municipalities, a dozen learners. All names are made up."""
