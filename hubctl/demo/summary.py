"""What a stack consists of after deployment: how many of each kind, with names of some."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.demo.resource_kinds import kind_of
from hubctl.tables import Sheet
from hubctl.terraform.driver import Output

SHOWN = 3  # names a kind
_NAMES = ("name", "domain_name", "bucket", "key", "cidr_block")


@dataclass(frozen=True, kw_only=True)
class KindSummary:
    """All resources of one kind in a stack."""

    kind: str
    count: int
    examples: tuple[str, ...]


def summarize(state: Mapping[str, Any]) -> list[KindSummary]:
    """Return the managed resources of a state (``terraform show -json``) by kind, sorted by kind."""
    names: dict[str, list[str]] = defaultdict(list)
    for resource in _resources(state.get("values", {}).get("root_module", {})):
        if resource["mode"] == "managed":
            names[kind_of(resource["type"])].append(_name(resource))
    return [
        KindSummary(kind=kind, count=len(found), examples=tuple(dict.fromkeys(found))[:SHOWN])
        for kind, found in sorted(names.items(), key=lambda item: item[0].lower())
    ]


def summary_table(stack: str, kinds: list[KindSummary]) -> Sheet:
    """Return the table of a stack for the console."""
    total = sum(kind.count for kind in kinds)
    table = Sheet("kind", "count", "for example", title=f"{stack}: {total} resources", figures=(1,))
    for kind in kinds:
        table.add(kind.kind, str(kind.count), ", ".join(kind.examples))
    return table


def output_lines(outputs: Mapping[str, Output]) -> list[str]:
    """Return a line an output; the values of sensitive ones are left out."""
    width = max((len(name) for name in outputs), default=0)
    return [
        f"{name:<{width}} = {'(sensitive, not shown)' if output.sensitive else output.value}"
        for name, output in sorted(outputs.items())
    ]


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _resources(child)


def _name(resource: Mapping[str, Any]) -> str:
    """Return the name in AWS where there is one that is no secret, else the name in the configuration."""
    values, sensitive = resource.get("values", {}), resource.get("sensitive_values", {})
    tagged = (values.get("tags") or {}).get("Name")
    known = [tagged, *(values.get(name) for name in _NAMES if not sensitive.get(name))]
    return next((str(name) for name in known if name), resource["name"])
