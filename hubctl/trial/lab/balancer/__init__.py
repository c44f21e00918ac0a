"""A stand-in for the Application Load Balancer: what it does is read from the local AWS, as the stack has set it.

It runs as a separate process: ``python -m hubctl.trial.lab.balancer``.
"""
