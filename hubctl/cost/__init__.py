"""What a synthesized stack costs in a month, without any network.

``services`` holds the rules of what is priced; ``estimate`` lists the types that cost nothing themselves.
"""
