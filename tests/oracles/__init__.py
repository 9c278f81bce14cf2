"""Foreign verifiers and the tests that ask them."""
