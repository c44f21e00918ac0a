"""Finds the commands that the documentation tells its readers to type, and checks that they exist."""
