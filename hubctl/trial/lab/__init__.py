"""The AWS Lab on this machine: the applied aws-lab stack, a real host for each of its instances, and a balancer."""
