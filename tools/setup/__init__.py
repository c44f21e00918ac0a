"""Set the project up on a machine: check the tools, install what the locks name, find the AWS provider.

``python3 -m tools.setup`` is what ``make setup`` runs. It uses the system's Python and nothing but the
standard library, because nothing is installed yet. Every module that takes part in checking is written so
that Python 3.6 can load it (annotations are quoted, no dataclasses): an old Python shall say what is
missing instead of failing with a syntax error.
"""
