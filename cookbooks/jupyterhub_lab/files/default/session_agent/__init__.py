"""The session agent of a Lab instance: once a minute it tells AWS how many users work here, and protects them.

It counts the user sessions at the hub, publishes their number, keeps scaling in away from this instance while there
are any, and lets a terminating instance wait for them until a deadline. It keeps no connection and little state, so that
a run that fails is made good by the next one, a minute later.
"""
