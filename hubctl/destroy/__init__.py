"""Destroying a stack without losing data that cannot be restored."""
