"""What the nodes of a deployment say about themselves."""
