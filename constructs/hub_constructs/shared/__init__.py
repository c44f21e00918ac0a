"""Constructs that both stacks use."""
