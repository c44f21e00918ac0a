"""Compare what a host asked of AWS with what its role allows: a small evaluator of Allow statements."""

import fnmatch
import json
import re
from collections.abc import Iterable
from typing import Any

from tests.support.node_host.aws_gate import AwsRequest

REGION = "us-east-1"
ACCOUNT = "123456789012"
# tests/unit/stacks/test_security_actions.py holds the statements to AWS's own table of these.
_WITHOUT_RESOURCES = {"servicediscovery:ListInstances", "servicediscovery:GetOperation"}
_SERVICES = {"AmazonSSM": "ssm", "Route53AutoNaming_v20170314": "servicediscovery"}


def asked(request: AwsRequest) -> list[tuple[str, str]]:
    """Return the IAM actions and resources of a request; raises for one that this does not know."""
    target, _, name = request.operation.partition(".")
    if target in _SERVICES:
        document: dict[str, Any] = json.loads(request.body)
        if f"{_SERVICES[target]}:{name}" in _WITHOUT_RESOURCES:
            return [(f"{_SERVICES[target]}:{name}", "*")]
        return [(f"{_SERVICES[target]}:{name}", resource) for resource in _resources(target, document)]
    if target == "GraniteServiceVersion20100801":
        return [(f"cloudwatch:{name}", "*")]  # knows no resources
    match = re.fullmatch(r"(GET|HEAD|PUT) /([^/?]+)/([^?]+)(\?.*)?", request.operation)
    if match is None:
        raise AssertionError(f"no IAM action is known for {request.operation}")
    action = "s3:PutObject" if match[1] == "PUT" else "s3:GetObject"
    return [(action, f"arn:aws:s3:::{match[2]}/{match[3]}")]


def refused(requests: Iterable[AwsRequest], statements: Iterable[Any]) -> set[tuple[str, str]]:
    """Return what was asked for and no statement allows. Conditions are taken as met."""
    allowed = list(statements)
    return {
        (action, resource)
        for request in requests
        for action, resource in asked(request)
        if not any(
            action in s.actions and any(fnmatch.fnmatchcase(resource, r) for r in s.resources)
            for s in allowed
        )
    }


def _resources(target: str, document: dict[str, Any]) -> list[str]:
    if target == "AmazonSSM":
        names = document.get("Names") or [document["Name"]]
        return [f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}" for name in names]
    return [f"arn:aws:servicediscovery:{REGION}:{ACCOUNT}:service/{document['ServiceId']}"]
