"""The settings: declared once, read together, checked before anything is written."""
