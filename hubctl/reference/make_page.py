"""docs/reference/make-targets.md: what `make` offers, from the Makefile."""

import re
from pathlib import Path

INTRODUCTION = """# Make targets

Generated from the `Makefile` by `make reference`. `make` alone prints the same list. Every target that needs tools runs `setup`
first, which takes well under a second when there is nothing to install.

| target | what it does |
| --- | --- |
"""
VARIABLES = """
| variable | default | meaning |
| --- | --- | --- |
"""
_TARGET = re.compile(r"^([a-z0-9-]+):.*?## (.+)$", re.MULTILINE)
_VARIABLE = re.compile(r"^((?:# .+\n)+)([A-Z][A-Z0-9]*) \?= ?(.*)$", re.MULTILINE)


def render(makefile: Path) -> str:
    """Return the whole page in Markdown: targets and the variables that can be set on the command line."""
    text = makefile.read_text(encoding="utf-8")
    targets = [
        f"| `make {name}` | {about.replace('|', chr(92) + '|')} |\n" for name, about in _TARGET.findall(text)
    ]
    variables = [
        f"| `{name}` | {_default(default)} | {_joined(about)} |\n"
        for about, name, default in _VARIABLE.findall(text)
    ]
    return INTRODUCTION + "".join(targets) + (VARIABLES + "".join(variables) if variables else "")


def _joined(comment: str) -> str:
    return " ".join(line.removeprefix("# ") for line in comment.splitlines()).replace("|", "\\|")


def _default(text: str) -> str:
    if not text.strip():
        return "none"
    return "looked for" if "$(shell" in text else f"`{text.strip()}`"
