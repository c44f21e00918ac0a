"""A synthesized stack as Terraform would see it: its JSON, and the values of its variables."""
