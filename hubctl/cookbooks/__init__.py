"""Cookbooks on their way to the nodes: packed here, kept in the bootstrap bucket, installed by the Workstation."""
