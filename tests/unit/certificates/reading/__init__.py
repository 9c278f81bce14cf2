"""Reading what was handed in as a certificate."""
