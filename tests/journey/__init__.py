"""The journey: one learner's way from the LMS to a verified certificate, over HTTP against running processes."""
