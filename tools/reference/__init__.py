"""The generated pages of docs/reference: `make reference` writes them, a test fails when one is stale."""
