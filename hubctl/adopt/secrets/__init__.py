"""Which values of an existing state are secret, and the gate that keeps them out of files and messages."""
