"""What every construct rests on: addresses, variables, limits of AWS, and the provider's bindings."""
