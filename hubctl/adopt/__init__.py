"""``hubctl adopt``: take over an existing Terraform state, and prove by a plan that nothing is replaced.

``state_file`` reads the state, ``inference`` and its siblings guess the settings, ``matching`` pairs the resources,
``proof`` plans, ``keeping`` and ``differences`` judge the plan, and ``adoption`` runs all of it in order.
"""
