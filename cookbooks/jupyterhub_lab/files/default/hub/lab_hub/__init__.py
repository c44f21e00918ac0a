"""JupyterHub on an instance of the AWS Lab: settings, preparation, admission, spawner.

It uses :mod:`hub_common`, whose login, names, users' files, database and helpers are the Chef hub's too.
"""
