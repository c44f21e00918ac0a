"""What a changelog has to look like, and what is said when it does not."""

from datetime import date

import pytest

from tools.release.changelog import ChangelogError, read

GOOD = """\
# Changelog

Any text may stand here.

## Unreleased

## 0.10.0 - 2026-12-02

### Added

- One thing, which
  takes two lines.
- Another.

### Fixed

- A mistake.

## 0.9.1 - 2026-12-02

### Security

- A repair.
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(ChangelogError) as raised:
        read(text)
    return raised.value.mistakes


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_versions_are_read_newest_first_with_their_days() -> None:
    assert [(release.version, release.day) for release in read(GOOD)] == [
        ("Unreleased", None),
        ("0.10.0", date(2026, 12, 2)),
        ("0.9.1", date(2026, 12, 2)),
    ]


def test_notes_have_each_item_on_one_line() -> None:
    notes = read(GOOD)[1].notes
    assert (
        notes == "### Added\n\n- One thing, which takes two lines.\n- Another.\n\n### Fixed\n\n- A mistake.\n"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("# Changelog\n", "there is no heading of a version"),
        (changed("0.10.0 - 2026-12-02", "0.10 - 2026-12-02"), "## 0.10 - 2026-12-02: write"),
        (changed("0.10.0 - 2026-12-02", "0.10.0 - 2026-02-30"), "## 0.10.0 - 2026-02-30: write"),
        (changed("0.10.0 - 2026-12-02", "0.10.0 - 20261202"), "## 0.10.0 - 20261202: write"),
        (changed("0.10.0 - 2026-12-02", "[0.10.0] - 2026-12-02"), "## [0.10.0] - 2026-12-02: write"),
        (changed("0.10.0 - 2026-12-02", "0.10.0"), "## 0.10.0: write"),
        (changed("0.9.1", "0.11.0"), "0.10.0 stands above 0.11.0"),
        (changed("0.9.1", "0.10.0"), "0.10.0 stands above 0.10.0"),
        (changed("0.10.0 - 2026-12-02", "0.10.0 - 2026-12-01"), "dated 2026-12-01, before 0.9.1"),
        (changed("### Fixed", "### Mended"), "there is no section Mended"),
        (changed("- A mistake.\n", ""), "the section Fixed is empty"),
        (changed("### Fixed", "### Added"), "have each section once"),
        (changed("### Added", "### Security"), "have each section once"),
        (changed("- Another.", "Another."), "'Another.' is neither a section nor an item"),
        (changed("### Security\n\n- A repair.\n", ""), "0.9.1: nothing is said about it"),
        (changed("### Security\n", ""), "'- A repair.' is neither a section nor an item"),
        (GOOD + "\n## Unreleased\n", "## Unreleased is not the first version"),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    assert [mistake for mistake in mistakes(text) if problem in mistake]


def test_all_mistakes_are_said_at_once() -> None:
    text = changed("### Fixed", "### Mended").replace("0.9.1", "9.1")
    assert len(mistakes(text)) == 2
