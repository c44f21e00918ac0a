"""A trial cluster on this machine: a Swarm of several hosts in separate namespaces, with the hub on it."""
