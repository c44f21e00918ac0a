"""JupyterHub on an instance of the AWS Lab: settings, preparation, admission, spawner.

It runs beside :mod:`swarm_hub`, the package of the Chef hub, whose login, secrets, names, directories, accounting
and helpers are the Lab's too.
"""
