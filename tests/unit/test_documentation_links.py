"""Links in the documentation lead somewhere, and every page can be found."""

import re
from pathlib import Path

import pytest

from tests.support.documentation import pages

PROJECT = Path(__file__).resolve().parent.parent.parent
PAGES = pages.pages(PROJECT)
INDEX = PROJECT / "docs" / "README.md"
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def _name(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def links(page: Path) -> list[str]:
    """Return the targets of a page's links within the project."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    return [target for target in _LINK.findall(text) if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """Return the anchors that a forge makes of a page's headings."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            broken.append(f"{link}: there is no such file")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            broken.append(f"{link}: {target.name} has no such heading")
    assert not broken, "\n".join(broken)


def test_every_page_is_in_the_index() -> None:
    found = {(INDEX.parent / link.partition("#")[0]).resolve() for link in links(INDEX)}
    lost = [
        _name(page) for page in PAGES if page.is_relative_to(INDEX.parent) and page not in {INDEX, *found}
    ]
    assert not lost, f"name these in docs/README.md: {lost}"


def test_a_broken_link_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# A `heading`, of *two*\n[one](page.md#a-heading-of-two) [two](none.md) `[three](x)` [four](https://a.b)\n"
    )
    assert links(page) == ["page.md#a-heading-of-two", "none.md"]
    assert anchors(page) == {"a-heading-of-two"}
