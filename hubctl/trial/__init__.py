"""Trials on one machine: an AWS, hosts, a Swarm with the hub, and the Lab."""
