"""Finds what an existing state holds twice: one thing in AWS, under two addresses."""

from collections.abc import Iterable

from hubctl.adopt.existing import Existing

# Their ids name the very thing in AWS. A certificate for a domain and its wildcard has one validation record for both,
# which authors write down twice, with allow_overwrite. Of two managers of one record, each would undo the other's work.
_BY_ID = frozenset({"aws_route53_record", "aws_security_group_rule", "aws_iam_role_policy"})


def twins_of(left: Iterable[Existing], adopted: Iterable[Existing]) -> list[Existing]:
    """Return those of ``left`` that are the same thing in AWS as one of ``adopted``, or as an earlier one of ``left``."""
    seen = {identity for resource in adopted if (identity := _identity(resource))}
    found = []
    for resource in left:
        identity = _identity(resource)
        if identity is not None and identity in seen:
            found.append(resource)
        elif identity is not None:
            seen.add(identity)
    return found


def same_thing(one: Existing, other: Existing) -> bool:
    """Tell whether two addresses stand for one thing in AWS."""
    identity = _identity(one)
    return identity is not None and identity == _identity(other)


def _identity(resource: Existing) -> tuple[str, str] | None:
    identifier = resource.text("id")
    return (resource.type, identifier.lower()) if resource.type in _BY_ID and identifier else None
