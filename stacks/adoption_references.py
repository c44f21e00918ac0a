"""Whether an expression in Terraform JSON refers to a resource."""

from collections.abc import Mapping


def refers(value: object, address: str) -> bool:
    """Tell whether an expression in ``value`` refers to ``address``."""
    if isinstance(value, Mapping):
        return any(refers(item, address) for item in value.values())
    if isinstance(value, list | tuple):
        return any(refers(item, address) for item in value)
    if not isinstance(value, str) or address not in value:
        return False
    start = value.find(address)
    while start >= 0:
        before = value[start - 1] if start else " "
        after = value[start + len(address) : start + len(address) + 1]
        if not (before.isalnum() or before in "_.-") and not (after.isalnum() or after in ("_", "-")):
            return True
        start = value.find(address, start + 1)
    return False
