"""Turns literal ids of existing resources into references to our resources, and everything else into plain literals."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from hubctl.adopt.existing import Existing
from hubctl.adopt.graph import existing_edges

_NAMING = ("id", "arn", "fqdn", "name", "bucket", "key_name", "zone_id", "dns_name")


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

    def add(self, theirs: str, ours: str) -> None:
        """Make known under which address an existing resource goes on."""
        self._ours[theirs] = ours

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
