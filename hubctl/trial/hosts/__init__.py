"""Hosts of a trial on this machine: network namespaces with disks, services and Docker engines.

The trial Swarm and the trial Lab use this library; it imports neither of them.
"""
