"""The aws-lab stack: a load balancer over an auto scaling group of JupyterHub instances."""
