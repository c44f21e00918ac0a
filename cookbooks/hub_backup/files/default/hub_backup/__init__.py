"""Saves what makes the leader this hub's leader, and gives it back to a new one.

A copy is encrypted and signed with a key that only the leader's role can read in SSM: workers mount the shared files
too. Copies are written beside and renamed, so each is whole or not there. Standard library, openssl and the AWS CLI only,
and nothing newer than Python 3.10, which the machine images have.
"""
