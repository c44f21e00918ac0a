"""Who refers to whom, in an existing state (by the values that stand there) and in our configuration (by expressions)."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hub_constructs.core.aws_limits.regions import suffixes
from hubctl.adopt.state.existing import Existing
from stacks.adoption.addresses import without_key

# Ids and ARNs name one thing wherever they stand.
_STRONG = re.compile(
    rf"^(arn:.+|[a-z]{{1,12}}-[0-9a-f]{{8,17}}|[a-z0-9.-]+\.(?:{'|'.join(map(re.escape, suffixes()))}))$"
)
# Names mean something only in these arguments: argument → type and the attribute that is named.
_BY_NAME: Mapping[str, tuple[tuple[str, str], ...]] = {
    "role": (("aws_iam_role", "name"),),
    "roles": (("aws_iam_role", "name"),),
    "iam_instance_profile": (("aws_iam_instance_profile", "name"),),
    "autoscaling_group_name": (("aws_autoscaling_group", "name"),),
    "AutoScalingGroupName": (("aws_autoscaling_group", "name"),),
    "group_names": (("aws_autoscaling_group", "name"),),
    "launch_configuration": (("aws_launch_configuration", "name"),),
    "key_name": (("aws_key_pair", "key_name"),),
    "bucket": (("aws_s3_bucket", "bucket"),),
    "zone_id": (("aws_route53_zone", "zone_id"),),
    "validation_record_fqdns": (("aws_route53_record", "fqdn"),),
    "name": (("aws_iam_instance_profile", "name"), ("aws_launch_template", "name")),
}
_NAME_IN_BLOCK = {"name": ("iam_instance_profile", "launch_template", "launch_template_specification")}
_NAMING = ("id", "arn", "fqdn", "name", "bucket", "key_name", "zone_id", "dns_name")


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A reference: ``source`` names ``target`` somewhere in its argument ``argument`` (top level)."""

    source: str
    argument: str
    target: str


def existing_edges(resources: Iterable[Existing]) -> list[Edge]:
    """Return the references between existing resources."""
    resources = list(resources)
    strong: dict[str, list[Existing]] = {}
    named: dict[tuple[str, str, str], list[Existing]] = {}
    for resource in resources:
        for attribute, value in resource.values.items():
            if not isinstance(value, str) or not value:
                continue
            if attribute in ("id", "arn", "dns_name") and _STRONG.match(value):
                strong.setdefault(value, []).append(resource)
            named.setdefault((resource.type, attribute, value.rstrip(".")), []).append(resource)
            if attribute == "id":
                named.setdefault(("", "id", value), []).append(resource)
    edges: set[tuple[str, str, str]] = set()
    for resource in resources:
        for argument, value in resource.values.items():
            if argument in ("id", "arn", "tags", "tags_all"):
                continue
            for key, block, text in _texts(value, argument, ""):
                targets = [*strong.get(text, ()), *_named_targets(named, key, block, text)]
                edges |= {
                    (resource.address, argument, target.address)
                    for target in targets
                    if target.address != resource.address
                }
    edges |= {(record.address, "name", owner.address) for record, owner in _validations(resources)}
    return [
        Edge(source=source, argument=argument, target=target) for source, argument, target in sorted(edges)
    ]


def _validations(resources: list[Existing]) -> Iterator[tuple[Existing, Existing]]:
    """Yield each record that validates a certificate's own domain, with the certificate. Further names do not count."""
    for certificate in resources:
        if certificate.type != "aws_acm_certificate":
            continue
        names = {
            str(option.get("resource_record_name", "")).rstrip(".")
            for option in certificate.values.get("domain_validation_options") or ()
            if option.get("domain_name") == certificate.text("domain_name")
        } - {""}
        for record in resources:
            if record.type == "aws_route53_record" and record.text("fqdn").rstrip(".") in names:
                yield record, certificate


def our_edges(configurations: Mapping[str, Mapping[str, Any]]) -> list[Edge]:
    """Return the references between our resources (address → synthesized block)."""
    pattern = re.compile(r"(?<![\w.-])([a-z][a-z0-9_]*\.[A-Za-z_][\w-]*)(?=[.\[\]),}\s])")
    # An expression says which instance is meant in many ways; of ours there is one.
    full = {without_key(address): address for address in configurations}
    edges: set[tuple[str, str, str]] = set()
    for address, block in configurations.items():
        for argument, value in block.items():
            for _, _, text in _texts(value, argument, ""):
                if "${" in text:
                    edges |= {
                        (address, argument, full[target])
                        for target in pattern.findall(text)
                        if target in full and full[target] != address
                    }
    return [
        Edge(source=source, argument=argument, target=target) for source, argument, target in sorted(edges)
    ]


def _texts(value: object, key: str, block: str) -> Iterator[tuple[str, str, str]]:
    """Yield every text in a value with its own key and the block around it."""
    if isinstance(value, str):
        yield key, block, value
    elif isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _texts(item, str(inner), key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, key, block)


def _named_targets(
    named: Mapping[tuple[str, str, str], list[Existing]], key: str, block: str, text: str
) -> Iterator[Existing]:
    if key in _NAME_IN_BLOCK and block not in _NAME_IN_BLOCK[key]:
        return
    if key.endswith(("_id", "_ids")):
        yield from named.get(("", "id", text), ())
    for kind, attribute in _BY_NAME.get(key, ()):
        yield from named.get((kind, attribute, text.rstrip(".")), ())


class References:
    """Knows under which of our addresses each existing resource goes on."""

    def __init__(self, resources: Iterable[Existing], ours: Mapping[str, str]) -> None:
        resources = list(resources)
        self._by_address = {resource.address: resource for resource in resources}
        self._ours = dict(ours)
        self._targets: dict[tuple[str, str], list[Existing]] = {}
        for edge in existing_edges(resources):
            self._targets.setdefault((edge.source, edge.argument), []).append(self._by_address[edge.target])

    @property
    def resources(self) -> Iterable[Existing]:
        """All resources of the state."""
        return self._by_address.values()

    def literal(self, theirs: str, argument: str, value: Any, without: Collection[str] = frozenset()) -> Any:
        """Return a value of ``argument`` of an existing resource, fit for Terraform JSON.

        Ids of resources that go on under our addresses become references to them, except to those of ``without``
        (existing addresses).
        """
        if isinstance(value, Mapping):
            return {escape(key): self.literal(theirs, argument, item, without) for key, item in value.items()}
        if isinstance(value, list):
            return [self.literal(theirs, argument, item, without) for item in value]
        if not isinstance(value, str) or not value:
            return value
        for target in self._targets.get((theirs, argument), ()):
            ours = None if target.address in without else self._ours.get(target.address)
            for attribute in _NAMING if ours else ():
                if target.values.get(attribute) == value:
                    return f"${{{ours}.{attribute}}}"
        return escape(value)

    def foreign(self, theirs: str, argument: str) -> list[str]:
        """Return the existing resources that ``argument`` refers to and that do not go on."""
        found = self._targets.get((theirs, argument), ())
        return [target.address for target in found if target.address not in self._ours]


def escape(text: str) -> str:
    """Return a text that Terraform takes literally, whatever stands in it."""
    return text.replace("${", "$${").replace("%{", "%%{")
