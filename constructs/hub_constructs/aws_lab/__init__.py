"""The parts of the AWS Lab: a load balancer over an auto scaling group of JupyterHub instances."""
