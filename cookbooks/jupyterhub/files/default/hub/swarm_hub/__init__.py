"""JupyterHub on a Docker Swarm: settings, login, admission, spawner, accounting.

Chef copies this package onto the leader, beside ``jupyterhub_config.py``; it runs in the hub's container.
"""
