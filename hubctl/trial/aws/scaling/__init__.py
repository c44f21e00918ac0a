"""Auto scaling that really scales: alarms, policies and lifecycle hooks carried out on the local AWS.

Off unless asked for: without it an instance that the group gives up is gone at once, as moto has it, and a
``terraform destroy`` does not wait for hooks that are never completed.
"""
