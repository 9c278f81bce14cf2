"""Who signs: keys and seals, kept and rotated; profiles; mandates."""
