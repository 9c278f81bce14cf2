"""Awards: credentials, proofs, status lists, PDFs and their verification."""
