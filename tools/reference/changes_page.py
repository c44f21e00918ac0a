"""docs/reference/changes.md: what may be changed while people work, from the catalogue of changes."""

import textwrap
from collections.abc import Iterator, Mapping

from hubctl.plan.change_catalogue import BOTH, CHANGES, EFFECTS, REPLACEMENTS, NoticedChange

WIDTH = 100
INTRODUCTION = """# What may I change while people work?

Generated from the catalogue of changes by `make reference`. `.venv/bin/hubctl plan` says the same of each plan, and warns before
one that ends servers. The tests (`make e2e`) make most of these changes while two users compute in notebooks.

**Whatever the change, files stay.** They are on the shared file system, which ordinary changes do not touch. `kernels
go on` means: a running cell finishes, and JupyterLab connects again by itself.
"""
REPLACED = """## What a plan should not hold

Terraform replaces these only when someone changes what defines them. `hubctl plan` warns about
each.
"""


def render() -> str:
    """Return the whole page in Markdown: an overview, then each change with how it is done."""
    parts = [
        textwrap.fill(part, WIDTH) if not part.startswith("#") else part
        for part in INTRODUCTION.split("\n\n")
    ]
    lines = ["\n\n".join(parts).rstrip() + "\n"]
    lines += _overview(CHANGES)
    for change in CHANGES.values():
        lines += _section(change)
    lines.append(REPLACED)
    for change in REPLACEMENTS.values():
        lines += _section(change, depth=3)
    return "\n".join(lines).rstrip() + "\n"


def _overview(changes: Mapping[str, NoticedChange]) -> Iterator[str]:
    yield "| change | stack | at work | how long |"
    yield "| --- | --- | --- | --- |"
    for change in changes.values():
        stacks = "both" if change.stacks == BOTH else change.stacks[0]
        yield f"| {change.title} | {stacks} | {EFFECTS[change.effect]} | {change.lasts} |"
    yield ""


def _section(change: NoticedChange, depth: int = 2) -> Iterator[str]:
    yield f"{'#' * depth} {change.title}\n"
    for label, text in (
        ("How", change.how),
        ("Users see", change.seen),
        ("For how long", change.lasts),
        ("Lost", change.lost),
    ):
        if text != "-":
            yield textwrap.fill(
                f"- **{label}**: {text}",
                WIDTH,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
    yield ""
