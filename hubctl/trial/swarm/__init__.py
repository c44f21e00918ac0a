"""A trial cluster on this machine: a Swarm of several hosts, each in namespaces of its own, with the hub on it."""
