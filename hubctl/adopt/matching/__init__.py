"""Which existing resource is which of ours: candidates, evidence, and the pairs that follow."""
