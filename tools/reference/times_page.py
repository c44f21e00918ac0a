"""The page docs/reference/simulation-times.md: the times that a simulation assumes, and where each comes from."""

from dataclasses import fields

from hubctl.simulate.assumed_times import SOURCES, Source
from hubctl.simulate.model import DEFAULTS, SimulationAssumptions

_HEAD = """# Times that a simulation assumes

`make reference` writes this page from `hubctl/simulate/`. Times are in seconds; `--assume
NAME=NUMBER` of [`hubctl simulate`](../how-to/simulate.md) changes one. CPU is in percent of an
instance with four vCPUs. **AWS** means that AWS's documentation says the number; the others are
assumptions, with the reason. The day is the one on which AWS's page was read.

| name | aws-lab | chef-hub | | why | page |
|---|---|---|---|---|---|
"""


def render() -> str:
    """Return the page."""
    return _HEAD + "".join(_row(field.name, SOURCES[field.name]) for field in fields(SimulationAssumptions))


def _row(name: str, source: Source) -> str:
    values = " | ".join(f"{getattr(DEFAULTS[kind], name):g}" for kind in ("lab", "hub"))
    kind = "**AWS**" if source.documented else "assumed"
    page = f"[{source.read}]({source.address})" if source.address else ""
    return f"| `{name}` | {values} | {kind} | {source.said} | {page} |\n"
