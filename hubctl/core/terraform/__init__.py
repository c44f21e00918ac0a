"""A typed driver of the real Terraform: init, validate, plan, apply, destroy, output and state.

``driver`` holds ``Terraform``, ``plan`` holds ``Plan`` and ``ResourceChange``.
"""
