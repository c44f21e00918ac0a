"""What a synthesized stack costs in a month, without any network.

``services`` holds what is priced, one module a service; ``free`` lists the types that cost nothing of their own.
"""
