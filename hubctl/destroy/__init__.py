"""Destroying a stack without losing what cannot be had again."""
