"""Existing resources that the design does not know, written down so that Terraform goes on managing them."""
