"""The stacks: which constructs there are and how they are wired, and the settings they take."""
