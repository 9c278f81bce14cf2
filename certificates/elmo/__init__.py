"""EMREX ELMO 1.7.0: an award as universities' registries read it, sealed (XMLDSig); and reading such files."""
