"""Web access control lists of WAF, before what their requests cost (0.60 USD a million)."""

from collections.abc import Iterator

from hubctl.cost.items import Amounts, Item, Pricing

KINDS = ("aws_wafv2_web_acl",)


def items(pricing: Pricing) -> Iterator[Item]:
    """Yield lists and rules."""
    lists = pricing.stack.resources("aws_wafv2_web_acl")
    if not lists:
        return
    addresses = pricing.addresses("aws_wafv2_web_acl")
    rules = sum(len(each.get("rule") or []) for each in lists.values())
    for price, what, number in (("web_acl", "web ACLs", len(lists)), ("web_acl_rule", "rules", rules)):
        quantity = Amounts.same(number)
        yield pricing.item(price, service="WAF", what=what, resources=addresses, quantity=quantity)
