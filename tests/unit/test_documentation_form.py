"""Pages are readable where they are read: lines fit, and commands can be typed as they stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.documentation import pages, shell

PROJECT = Path(__file__).resolve().parent.parent.parent
WIDTH = 100
PAGES = [page for page in pages.pages(PROJECT) if page.is_relative_to(PROJECT / "docs")]
# Everything that a reader opens: folders' own pages, pages of the cookbooks' resources and the changelog, too
READ = sorted({PROJECT / "CHANGELOG.md", *pages.pages(PROJECT), *(PROJECT / "cookbooks").rglob("*.md")})
# Blocks whose lines are as long as what they show
SHOWN = {"text", "json", "console"}
# Commands in a sentence, and values in quotes
_WHOLE = re.compile(r"`[^`]*`|'[^']*'")


def _name(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def too_long(text: str) -> Iterator[str]:
    """Yield the lines of a page that are too long though they could be broken: no rows of tables, pictures or addresses."""
    language = ""
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            language = "" if language else line.strip().strip("`")
        elif len(line) > WIDTH and language not in SHOWN and _may_be_broken(line):
            yield line


def _may_be_broken(line: str) -> bool:
    if line.lstrip().startswith(("|", "![")) or "](http" in line:
        return False
    return len(_WHOLE.sub("whole", line).split()) > 1


def bare(page: Path) -> Iterator[str]:
    """Yield what is to be typed and names hubctl without its folder; a command's mere name in a sentence is none."""
    for block in pages.blocks(PROJECT, page):
        for line in shell.lines(block.script() or ""):
            for words in shell.commands(line):
                if "hubctl" in words[:2]:
                    yield " ".join(words)
    for text in pages.inline(page):
        named = re.match(r"(sudo )?hubctl(?P<arguments>(?: .*)?)$", text)
        if named and (named[1] or not re.fullmatch(r"( [a-z][a-z-]*){0,2}", named["arguments"])):
            yield text


@pytest.mark.parametrize("page", READ, ids=_name)
def test_lines_fit(page: Path) -> None:
    assert list(too_long(page.read_text(encoding="utf-8"))) == [], f"wrap these at {WIDTH} columns"


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_commands_are_written_as_they_are_typed(page: Path) -> None:
    assert list(bare(page)) == [], "write .venv/bin/hubctl, or sudo .venv/bin/hubctl"


def test_what_is_not_so_would_be_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "PROJECT", tmp_path)
    page = tmp_path / "page.md"
    page.write_text(
        "`hubctl nodes` and `hubctl cost --json`, `sudo hubctl local-lab up`\n"
        "```sh\nhubctl cost\nsudo hubctl local-lab up\n.venv/bin/hubctl local-aws -- hubctl doctor\n```\n"
    )
    assert list(bare(page)) == [
        "hubctl cost",
        "sudo hubctl local-lab up",
        "hubctl cost --json",
        "sudo hubctl local-lab up",
    ]
    long = "word " * 30
    assert list(too_long(f"{long}\n| {long} |\n```text\n{long}\n```\n{'x' * 120}\n")) == [long]
