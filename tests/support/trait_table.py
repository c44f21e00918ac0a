"""The table of the spawners' traits in the documentation."""

import re
from pathlib import Path

PAGE = "docs/reference/spawner-traits.md"
ROW = re.compile(r"^\| `(\w+)` \| (\S[^|]*?) \| (\S[^|]*?) \|", re.MULTILINE)


def trait_table(project: Path) -> dict[str, tuple[str, str]]:
    """Return what each hub does with a trait: the Chef hub's cell and the Lab's, by the trait's name."""
    rows = ROW.findall((project / PAGE).read_text(encoding="utf-8"))
    return {name: (chef_hub, lab) for name, chef_hub, lab in rows}
