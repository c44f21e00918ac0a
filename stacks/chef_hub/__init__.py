"""The chef-hub stack: a Chef Server, a Workstation, a hub leader and Swarm workers."""
