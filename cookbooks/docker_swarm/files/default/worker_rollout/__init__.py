"""Replaces the Swarm workers of an older launch template, one after the other, without ending anybody's work early.

``python3 -m worker_rollout``, run by a timer on the leader. Needs nothing but the Python of the node's system (3.10).
"""
