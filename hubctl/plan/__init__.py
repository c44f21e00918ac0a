"""Terraform's plan with the estimated cost at its end."""
