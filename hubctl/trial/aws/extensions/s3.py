"""S3: bucket policies know how a request came, and versioned buckets can be emptied.

Emptying a versioned bucket stumbles over delete markers, which moto cannot dispose of. The local AWS stands in for TLS, which it
does not speak.

moto knows no conditions of bucket policies, and takes a statement that refuses requests without TLS for one that refuses all
of them. Where a condition is about the connection it is decided here, as for a request over TLS 1.3; what is left of the
statement is moto's.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket, FakeDeleteMarker

from hubctl.trial.aws.extensions.patching import add, wrap

CONNECTION_KEYS = {"aws:securetransport": "true", "s3:tlsversion": "1.3"}
_COMPARED: Mapping[str, Callable[[str, str], bool]] = {
    "Bool": lambda there, wanted: there == wanted.lower(),
    "StringEquals": lambda there, wanted: there == wanted,
    "NumericEquals": lambda there, wanted: float(there) == float(wanted),
    "NumericLessThan": lambda there, wanted: float(there) < float(wanted),
    "NumericLessThanEquals": lambda there, wanted: float(there) <= float(wanted),
    "NumericGreaterThan": lambda there, wanted: float(there) > float(wanted),
    "NumericGreaterThanEquals": lambda there, wanted: float(there) >= float(wanted),
    # Whether the key is absent: it never is.
    "Null": lambda _, wanted: wanted.lower() == "false",
}
_NEGATED = {"StringNotEquals": "StringEquals", "NumericNotEquals": "NumericEquals"}


@wrap(FakeBucket)
def get_permission(original: Any, self: FakeBucket, action: str, resource: str) -> Any:
    """Say what the policy says of a request over TLS."""
    if self.policy is None:
        return original(self, action, resource)
    document = json.loads(self.policy)
    given = document.get("Statement", [])
    statements = over_tls(given if isinstance(given, list) else [given])
    if not statements:
        return PermissionResult.NEUTRAL
    return IAMPolicy(json.dumps({**document, "Statement": statements})).is_action_permitted(action, resource)


def over_tls(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the statements that hold for a request over TLS, without the conditions that are decided by that."""
    found = []
    for statement in statements:
        left: dict[str, dict[str, Any]] = {}
        holds = True
        for operator, keys in (statement.get("Condition") or {}).items():
            for key, wanted in keys.items():
                there = CONNECTION_KEYS.get(key.lower())
                verdict = None if there is None else _holds(operator, there, wanted)
                if verdict is None:
                    left.setdefault(operator, {})[key] = wanted
                holds = holds and verdict is not False
        if holds:
            rest = {name: value for name, value in statement.items() if name != "Condition"}
            found.append({**rest, "Condition": left} if left else rest)
    return found


def _holds(operator: str, there: str, wanted: Any) -> bool | None:
    """Return whether one of the wanted values fits; None for an operator that is not known here."""
    name = operator.removesuffix("IfExists")
    compared = _COMPARED.get(_NEGATED.get(name, name))
    if compared is None:
        return None
    texts = [_text(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
    return any(compared(there, text) for text in texts) != (name in _NEGATED)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@add(FakeDeleteMarker)
def dispose(self: FakeDeleteMarker) -> None:
    """Free nothing: a marker has no contents."""
    del self
