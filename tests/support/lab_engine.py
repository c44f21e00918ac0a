"""Docker's networks and containers in memory, for the tests of a Lab instance."""

from typing import Any


class Networks:
    """Docker's networks."""

    def __init__(self) -> None:
        self.made: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []

    def networks(self, names: list[str]) -> list[dict[str, Any]]:
        return [network for name, network in self.made.items() if names[0] in name]

    def create_network(
        self, name: str, *, driver: str, options: dict[str, str], ipam: dict[str, Any]
    ) -> None:
        self.calls.append(f"create {name}")
        self.made[name] = {"Id": name, "Name": name, "Options": options, "IPAM": ipam, "Driver": driver}

    def remove_network(self, name: str) -> None:
        self.calls.append(f"remove {name}")
        del self.made[name]


class Labelled:
    """An engine with containers by their label; like Docker's, it finds those that have all labels of the question."""

    def __init__(self, names: dict[str, list[str]]) -> None:
        self.names = names

    def containers(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        return [{"Names": [name]} for name in self.names.get(filters["label"], [])]
