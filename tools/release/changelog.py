"""Reads CHANGELOG.md: its versions, newest first, and what is wrong with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

SECTIONS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
UNRELEASED = "Unreleased"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_ITEM = "- "
_CONTINUED = "  "


class ChangelogError(Exception):
    """The changelog is not written as it must be; ``mistakes`` has a line for each thing that is wrong."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, kw_only=True)
class ChangelogVersion:
    """One version; ``day`` is None for what is not released yet. ``lines`` is what stands below its heading."""

    version: str
    day: date | None
    lines: tuple[str, ...]

    @property
    def notes(self) -> str:
        """The text below the heading, each item on one line: forges break lines of notes where the text does."""
        joined: list[str] = []
        for line in self.lines:
            if line.startswith(_CONTINUED):
                joined[-1] += f" {line.strip()}"
            else:
                joined.append(line)
        return "\n".join(joined).strip() + "\n"


def read(text: str) -> list[ChangelogVersion]:
    """Return the releases of a changelog, newest first; raise ChangelogError with every mistake in it."""
    mistakes: list[str] = []
    releases = [_release(heading, lines, mistakes) for heading, lines in _parts(text)]
    if not releases:
        mistakes.append("there is no heading of a version: begin one with ## VERSION - DATE")
    for number, release in enumerate(releases):
        mistakes += _content_mistakes(release)
        if release.version == UNRELEASED and number:
            mistakes.append(f"## {UNRELEASED} is not the first version: move it to the top")
    dated = [release for release in releases if release.day and _VERSION.fullmatch(release.version)]
    for newer, older in pairwise(dated):
        mistakes += _order_mistakes(newer, older)
    if mistakes:
        raise ChangelogError(mistakes)
    return releases


def _parts(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each heading of the second level with the lines below it."""
    heading, lines = "", list[str]()
    for line in text.splitlines():
        if line.startswith("## "):
            if heading:
                yield heading, lines
            heading, lines = line[3:], []
        else:
            lines.append(line)
    if heading:
        yield heading, lines


def _release(heading: str, lines: list[str], mistakes: list[str]) -> ChangelogVersion:
    if heading == UNRELEASED:
        return ChangelogVersion(version=heading, day=None, lines=tuple(lines))
    version, _, written_day = heading.partition(" - ")
    try:
        day = date.fromisoformat(written_day)
        well_formed = _VERSION.fullmatch(version) is not None and day.isoformat() == written_day
    except ValueError:
        day, well_formed = None, False
    if not well_formed:
        mistakes.append(f"## {heading}: write ## MAJOR.MINOR.PATCH - YEAR-MONTH-DAY, or ## {UNRELEASED}")
    return ChangelogVersion(version=version, day=day, lines=tuple(lines))


def _content_mistakes(release: ChangelogVersion) -> Iterator[str]:
    sections: list[str] = []
    items = dict[str, int]()
    before = ""
    for line in release.lines:
        if line.startswith("### "):
            sections.append(line[4:])
        elif line.startswith(_ITEM) and sections:
            items[sections[-1]] = items.get(sections[-1], 0) + 1
        elif line.strip() and not (line.startswith(_CONTINUED) and before.startswith((_ITEM, _CONTINUED))):
            yield f"{release.version}: {line!r} is neither a section nor an item of one: begin it with '- '"
        before = line
    for section in sections:
        if section not in SECTIONS:
            yield f"{release.version}: there is no section {section}: use {', '.join(SECTIONS)}"
        if not items.get(section):
            yield f"{release.version}: the section {section} is empty: take it out"
    if sorted(sections, key=_place) != sections or len(set(sections)) < len(sections):
        yield f"{release.version}: have each section once, in the order {', '.join(SECTIONS)}"
    if not sections and release.version != UNRELEASED:
        yield f"{release.version}: nothing is said about it"


def _place(section: str) -> int:
    return SECTIONS.index(section) if section in SECTIONS else len(SECTIONS)


def _order_mistakes(newer: ChangelogVersion, older: ChangelogVersion) -> Iterator[str]:
    if _numbers(newer.version) <= _numbers(older.version):
        yield f"{newer.version} stands above {older.version}: put the newest version first"
    if newer.day and older.day and newer.day < older.day:
        yield f"{newer.version} is dated {newer.day}, before {older.version} on {older.day}: correct a date"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
