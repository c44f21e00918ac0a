"""Reading an existing state: the file, what stands in it, and what has to be put right first."""
