"""Requirements of the xAPI, by the ids that the standard's conformance suite gives them."""
