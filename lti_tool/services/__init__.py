"""What we ask of a platform on our own account, without its user's browser: tokens, gradebooks, rosters."""
