"""What the instances of a deployment are told of: in their user data, in the policies of their roles, in SSM parameters."""

import base64
import binascii
import gzip
from collections.abc import Iterable, Iterator

from hubctl.adopt.existing import Existing
from hubctl.adopt.relations import plain

_LAUNCH = ("aws_launch_template", "aws_launch_configuration", "aws_instance")
_SHORTEST = 4  # a name of fewer letters stands in any text


class Mentions:
    """Looks for the names of a resource in what instances are given; ``existing`` has the policies of their roles."""

    def __init__(self, existing: Iterable[Existing]) -> None:
        resources = list(existing)
        self._policies = [found for found in resources if found.type == "aws_iam_role_policy"]
        self._managed = {
            plain(found.text("arn")): found for found in resources if found.type == "aws_iam_policy"
        }
        self._attached = [found for found in resources if found.type == "aws_iam_role_policy_attachment"]

    def by(self, resource: Existing, instances: Iterable[Existing]) -> bool:
        """Tell whether one of ``instances`` (roles, launch templates, EC2 instances, parameters) is told of a resource."""
        names = [resource.text(name).removesuffix(":*") for name in ("arn", "id", "name", "dns_name")]
        names = [name for name in names if len(name) >= _SHORTEST]
        return any(name in text for text in self._texts(instances) for name in names)

    def _texts(self, instances: Iterable[Existing]) -> Iterator[str]:
        for found in instances:
            if found.type in _LAUNCH:
                yield from user_data(found)
            elif found.type == "aws_ssm_parameter":
                yield found.text("value") or found.text("insecure_value")
            elif found.type == "aws_iam_role":
                yield from self._of_role(found.text("name"))

    def _of_role(self, role: str) -> Iterator[str]:
        for policy in self._policies:
            if role and policy.text("role") == role:
                yield policy.text("policy")
        for attachment in self._attached:
            managed = self._managed.get(plain(attachment.text("policy_arn")))
            if role and attachment.text("role") == role and managed is not None:
                yield managed.text("policy")


def user_data(resource: Existing) -> Iterator[str]:
    """Yield the user data that a state shows of an instance or a launch template; a state may only hold its hash."""
    for name in ("user_data", "user_data_base64"):
        text = resource.text(name)
        if not text:
            continue
        yield text
        try:
            raw = base64.b64decode(text, validate=True)
            yield (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8", "replace")
        except (binascii.Error, ValueError, OSError, EOFError):
            continue
