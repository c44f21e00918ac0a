"""The AWS Lab on this machine: the applied aws-lab stack, a host for each of its instances, and a balancer."""
