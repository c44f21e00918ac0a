"""Every requirement that sources, tests and pages name by its id is defined in docs/requirements.md."""

import re
from pathlib import Path

import pytest

from tests.support.tracked_files import tracked_files

PROJECT = Path(__file__).resolve().parent.parent.parent
PAGE = PROJECT / "docs" / "requirements.md"
STATUSES = {"built", "partly", "planned"}
SUFFIXES = {".py", ".md", ".rb", ".sh", ".toml", ".yml", ".hcl", ".json"}
_ROW = re.compile(r"^\| ([A-Z]\d+) \| (.+?) \| (\w+) \| (.*?) ?\|$", re.MULTILINE)
_IDS = r"[A-G]\d{1,2}(?:(?:, | and | to |-)[A-G]?\d{1,2})*"
# In parentheses of their own, or after the word: (A2), (C2, C3), requirements A1 to A13
_MENTION = re.compile(rf"\(({_IDS})\)|\b[Rr]equirements? ({_IDS})\b")
_RANGE = re.compile(r"([A-G])(\d+)(?: to |-)\1?(\d+)")


def mentioned(text: str) -> set[str]:
    """Return the ids that a text names, those within a range too."""
    found: set[str] = set()
    for groups in _MENTION.findall(text):
        ids = "".join(groups)
        found.update(re.findall(r"[A-G]\d+", ids))
        for letter, first, last in _RANGE.findall(ids):
            found.update(f"{letter}{number}" for number in range(int(first), int(last) + 1))
    return found


def rows() -> list[tuple[str, str, str, str]]:
    return _ROW.findall(PAGE.read_text(encoding="utf-8"))


def sources() -> list[Path]:
    return [path for path in tracked_files(PROJECT) if path.suffix in SUFFIXES and path != Path(__file__)]


def test_every_requirement_that_is_named_is_defined() -> None:
    defined = {row[0] for row in rows()}
    named = {
        str(path.relative_to(PROJECT)): ids
        for path in sources()
        if (ids := mentioned(path.read_text(encoding="utf-8")))
    }
    assert {"docs/decisions/cdktf.md", "docs/decisions/swarm.md"} <= set(named), "the search finds no ids"
    unknown = {path: sorted(ids - defined) for path, ids in named.items() if ids - defined}
    assert not unknown, f"define these in {PAGE.name}, or correct them: {unknown}"


def test_each_group_is_complete_and_in_order() -> None:
    ids = [row[0] for row in rows()]
    letters = sorted({name[0] for name in ids})
    assert letters == list("ABCDEFG")
    for letter in letters:
        numbers = [int(name[1:]) for name in ids if name[0] == letter]
        assert numbers == list(range(1, len(numbers) + 1)), letter


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_requirement_says_how_far_it_is(row: tuple[str, str, str, str]) -> None:
    name, _, status, where = row
    assert status in STATUSES
    assert where or status == "planned", f"{name} is {status}: say where, or what there is"


def test_a_mention_is_recognised_and_other_words_are_not() -> None:
    assert mentioned('"""Alias records (A2)."""') == {"A2"}
    assert mentioned("as a run does (C2, C3). The rest (B7, B9, B12)") == {"C2", "C3", "B7", "B9", "B12"}
    assert mentioned("All of it (requirements A1 to A3, A14)") == {"A1", "A2", "A3", "A14"}
    assert mentioned("the balancer (requirement A99)") == {"A99"}
    assert mentioned('select = ["E", "C4", "C90"], instances (A, C, D), an A1 sheet (c5.large)') == set()
