"""Read-only checks of an AWS account before a stack is deployed into it.

``checks`` holds one check a module, ``registry`` their order, ``examination`` what each is given, ``findings`` what it returns.
"""
