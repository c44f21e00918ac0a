"""What commands for a deployment that runs have in common: where its parameters and its instances are."""
