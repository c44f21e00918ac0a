"""Architecture pictures, drawn from the Terraform JSON of a synthesized stack.

``architecture.py`` turns the JSON into a model of nodes, clusters and arrows by the rules of ``kinds.py``;
``picture.py`` writes the model in Graphviz's language with AWS's icons, and ``rendering.py`` makes files of it.
"""
