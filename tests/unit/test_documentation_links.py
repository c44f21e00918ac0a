"""Links and paths in the documentation lead somewhere, and every page can be found."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.support.documentation import pages

PROJECT = Path(__file__).resolve().parent.parent.parent
PAGES = pages.pages(PROJECT)
INDEX = PROJECT / "docs" / "README.md"
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"[\w.*-]+(?:/[\w.*-]+)*/?")
# Words in backticks that begin like a path of the project and are none, each with what it is
NO_PATHS = {"cookbooks/live": "a parameter in SSM"}
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def _name(page: Path) -> str:
    return str(page.relative_to(PROJECT))


def links(page: Path) -> list[str]:
    """Return the targets of a page's links within the project; ``../../actions/`` is the forge's page of its runs."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    elsewhere = re.compile(r"[a-z]+:|\.\./\.\./actions/")
    return [target for target in _LINK.findall(text) if not elsewhere.match(target)]


def project_paths(texts: Iterable[str]) -> Iterator[str]:
    """Yield those texts that look like a path from the project's folder: a/b where a is there and not ignored by git."""
    ignored = (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()
    tops = {entry.name for entry in PROJECT.iterdir()} - {name.rstrip("/") for name in ignored}
    for text in texts:
        if _PATH.fullmatch(text) and "/" in text.rstrip("/") and text.partition("/")[0] in tops:
            yield text


def is_there(path: str) -> bool:
    """Tell whether the project has such a file or folder; * and words such as NAME stand for anything."""
    return any(PROJECT.glob(re.sub(r"\b[A-Z][A-Z_]+\b", "*", path).rstrip("/")))


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


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_paths_of_the_project_exist(page: Path) -> None:
    missing = [path for path in project_paths(pages.inline(page)) if not is_there(path)]
    assert not set(missing) - set(NO_PATHS), "the project has no such file or folder"


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


def test_a_path_that_leads_nowhere_would_be_found() -> None:
    texts = [
        "stacks/app.py",
        "stacks/none.py",
        "make test",
        "a/b",
        "stacks/settings/*.py",
        "tests/",
        "stacks/NAME.py",
    ]
    found = list(project_paths([*texts, "docs/decisions/", ".venv/bin/python"]))
    assert found == [
        "stacks/app.py",
        "stacks/none.py",
        "stacks/settings/*.py",
        "stacks/NAME.py",
        "docs/decisions/",
    ]
    assert [path for path in found if not is_there(path)] == ["stacks/none.py"]
