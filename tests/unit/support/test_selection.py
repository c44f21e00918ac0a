"""Steps of a story and tests on hosts keep their order; long files come first; quick runs leave out what is long."""

from pathlib import Path
from typing import Any

import pytest

from tests.support import selection


class Mark:
    def __init__(self, name: str) -> None:
        self.name = name


class Item:
    """What the plugin asks of an item."""

    def __init__(self, path: str, *marks: str, fixtures: tuple[str, ...] = ()) -> None:
        self.path = Path(selection.__file__).resolve().parents[2] / path
        self.fixturenames = fixtures
        self.stash: dict[Any, int] = {}
        self._marks = [Mark(name) for name in marks]

    def iter_markers(self) -> list[Mark]:
        return self._marks

    def get_closest_marker(self, name: str) -> Mark | None:
        return next((mark for mark in self._marks if mark.name == name), None)


class Config:
    def __init__(self, *, quick: bool = False) -> None:
        self._quick = quick
        self.deselected: list[Any] = []
        self.hook = self

    def getoption(self, name: str) -> bool:
        assert name == "--quick"
        return self._quick

    def pytest_deselected(self, items: list[Any]) -> None:
        self.deselected += items


def arranged(items: list[Item], shuffled: list[Item], config: Config | None = None) -> list[Item]:
    """Return the items as the plugin leaves them after another one has shuffled them."""
    for item in items:
        selection.pytest_itemcollected(item)  # type: ignore[arg-type]
    result: list[Any] = list(shuffled)
    selection.pytest_collection_modifyitems(config or Config(), result)  # type: ignore[arg-type]
    return result


def test_files_that_apply_come_first_and_others_stay_shuffled() -> None:
    one, two = Item("tests/unit/a.py"), Item("tests/unit/b.py")
    plan, apply = Item("tests/plan/c.py", "terraform"), Item("tests/plan/d.py", "terraform", "apply")
    assert arranged([one, two, plan, apply], [two, one, plan, apply]) == [apply, plan, two, one]


def test_a_story_keeps_its_order() -> None:
    first, second, third = (Item("tests/plan/a.py", "story") for _ in range(3))
    assert arranged([first, second, third], [third, first, second]) == [first, second, third]


def test_tests_on_hosts_keep_order_and_files() -> None:
    lab, swarm, more = Item("tests/e2e/lab/a.py"), Item("tests/e2e/swarm/b.py"), Item("tests/e2e/swarm/b.py")
    assert arranged([lab, swarm, more], [more, swarm, lab]) == [lab, swarm, more]


def test_tests_that_change_the_limits_of_their_hosts_come_last() -> None:
    changes = Item("tests/e2e/swarm/a.py", "own_limits")
    first, second = Item("tests/e2e/swarm/a.py"), Item("tests/e2e/swarm/b.py")
    assert arranged([changes, first, second], [second, changes, first]) == [first, second, changes]


def test_a_quick_run_leaves_out_what_needs_terraform_node_or_a_host() -> None:
    kept = Item("tests/unit/a.py")
    left_out = [
        Item("tests/unit/b.py", "node"),
        Item("tests/unit/c.py", "terraform"),
        Item("tests/unit/d.py", fixtures=("synth",)),
        Item("tests/unit/e.py", fixtures=("deploy",)),
    ]
    config = Config(quick=True)
    assert arranged([kept, *left_out], [*left_out, kept], config) == [kept]
    assert config.deselected == left_out


@pytest.mark.parametrize(
    ("text", "ignored"),
    [
        ("from cdktf import App\n", True),
        ("from hub_constructs.core.addresses import at\n", True),
        ("from hub_constructs.core.aws_limits import regions\n", False),
        ("import json\n\nfrom stacks.settings.loading import check_context\n", False),
        ('CODE = """\nfrom json import loads\n"""\n', False),
    ],
)
def test_a_quick_run_does_not_import_what_starts_node(tmp_path: Path, text: str, ignored: bool) -> None:
    file = tmp_path / "test_it.py"
    file.write_text(text)
    found = selection.pytest_ignore_collect(file, Config(quick=True))  # type: ignore[arg-type]
    assert found is (True if ignored else None)
    assert selection.pytest_ignore_collect(file, Config()) is None  # type: ignore[arg-type]
