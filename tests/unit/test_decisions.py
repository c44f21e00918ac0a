"""The pages of docs/decisions: all in the index, all of one shape."""

import re
from pathlib import Path

import pytest

DECISIONS = Path(__file__).resolve().parent.parent.parent / "docs" / "decisions"
PAGES = [page for page in sorted(DECISIONS.glob("*.md")) if page.name != "README.md"]
HEADINGS = ["Status", "Context", "Decision", "Consequences"]


def test_every_decision_has_its_row() -> None:
    assert PAGES
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[[^\]]+\]\(([^)]+)\) \| .+ \|$", index, re.MULTILINE)
    assert sorted(rows) == [page.name for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_decision_says_status_context_decision_and_consequences(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    status = text.partition("## Status\n")[2].partition("\n## ")[0]
    assert re.match(r"\s*(Accepted|Replaced), \d{1,2} \w+ \d{4}\.", status), (
        "begin it with: Accepted, DAY MONTH YEAR."
    )
    for heading in HEADINGS:
        assert text.partition(f"## {heading}\n")[2].partition("\n## ")[0].strip(), f"nothing under {heading}"
