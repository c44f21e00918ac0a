"""AWS on this machine: moto on loopback, extended to what Terraform's AWS provider asks."""
