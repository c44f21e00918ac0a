"""What a stack takes over from an existing state: the adoption file, and how it is laid over a stack."""
