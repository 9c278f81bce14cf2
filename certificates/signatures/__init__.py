"""What is signed and how: canonical form, embedded proofs, tokens, identifiers and keys as the world sees them."""
