"""What a stack takes over from an existing state, by an adoption file or a setting, and how that is laid over the stack."""
