"""Counts in the background: which directories are counted when, what is kept, and that large ones do not keep others waiting."""

import json
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub_common import accounting as module
from hub_common.accounting import QUICK_SLICES, Accounting
from hub_common.directory_count import MissingError, UnfinishedError
from tests.support.waiting import PATIENCE, wait_until

Make = Callable[..., Accounting]


class Counts:
    """Counts that the test scripts: so many slices of a name, each of 10 bytes, and then perhaps an error."""

    def __init__(self) -> None:
        self.slices: dict[str, int] = {}
        self.errors: dict[str, Exception] = {}
        self.begun: list[str] = []
        self.open = 0
        self.most_open = 0
        # A name that is held back counts no slice until it is let go.
        self.held: dict[str, threading.Event] = {}

    def __call__(self, directory: Path) -> Any:
        self.begun.append(directory.name)
        return Count(self, directory.name)

    def hold(self, name: str) -> threading.Event:
        self.held[name] = threading.Event()
        return self.held[name]


class Count:
    def __init__(self, counts: Counts, name: str) -> None:
        self.counts, self.name, self.found = counts, name, 0

    def slices(self) -> Generator[None, None, None]:
        counts = self.counts
        counts.open += 1
        counts.most_open = max(counts.open, counts.most_open)
        try:
            if self.name in counts.held:
                counts.held[self.name].wait(PATIENCE)
            for _ in range(counts.slices.get(self.name, 0)):
                self.found += 10
                yield
            self.found += 1
            if self.name in counts.errors:
                raise counts.errors[self.name]
        finally:
            counts.open -= 1


class Clock:
    """The monotonic clock, moved ``ahead`` by so many seconds."""

    ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@pytest.fixture
def counts() -> Counts:
    return Counts()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Make]:
    """Return ``started(count=...)``: an accounting of the folder ``users`` that counts until the test ends."""
    made: list[Accounting] = []

    def make(**options: Any) -> Accounting:
        (tmp_path / "users").mkdir(exist_ok=True)
        made.append(Accounting(tmp_path / "users", tmp_path / "sizes.json", **options))
        made[-1].start()
        return made[-1]

    yield make
    for accounting in made:
        accounting.stop(PATIENCE)


def test_counts_are_made_in_the_background_and_kept(tmp_path: Path, started: Make) -> None:
    users = tmp_path / "users"
    (users / "ada").mkdir(parents=True)
    (users / "ada" / "data").write_bytes(os.urandom(200_000))
    accounting = started()
    assert accounting.used("ada") == 0
    accounting.recount("ada")
    wait_until(lambda: accounting.used("ada") >= 200_000, "a count")
    accounting.stop(PATIENCE)
    assert Accounting(users, tmp_path / "sizes.json").used("ada") == accounting.used("ada")


def test_asking_often_counts_once(started: Make, counts: Counts) -> None:
    go = counts.hold("first")
    accounting = started(count=counts)
    accounting.recount("first")
    wait_until(lambda: counts.begun == ["first"], "the first count")
    for _ in range(10):
        accounting.recount("second")
    accounting.recount("third")
    go.set()
    wait_until(lambda: accounting.used("third"), "the last count")
    assert counts.begun == ["first", "second", "third"]


def test_who_asks_during_the_count_is_counted_once_more(started: Make, counts: Counts) -> None:
    go = counts.hold("ada")
    accounting = started(count=counts)
    accounting.recount("ada")
    wait_until(lambda: counts.begun, "the first count")
    for _ in range(5):
        accounting.recount("ada")
    accounting.recount_if_older("ada", 0)
    go.set()
    wait_until(lambda: len(counts.begun) == 2 and not counts.open, "another count")
    accounting.recount("grace")
    wait_until(lambda: accounting.used("grace"), "the count that follows")
    assert counts.begun == ["ada", "ada", "grace"]


def test_a_count_that_is_fresh_is_not_repeated(started: Make, counts: Counts) -> None:
    clock = Clock()
    accounting = started(count=counts, clock=clock)
    accounting.recount_if_older("ada", 60)
    accounting.recount("grace")
    wait_until(lambda: accounting.used("grace"), "the count that follows")
    accounting.recount_if_older("ada", 86_400)
    accounting.recount("mary")
    wait_until(lambda: accounting.used("mary"), "the next count")
    assert counts.begun == ["ada", "grace", "mary"]
    clock.ahead = 86_400.0
    accounting.recount_if_older("ada", 3600)
    wait_until(lambda: counts.begun == ["ada", "grace", "mary", "ada"], "a count of what is older")


def test_what_takes_long_to_count_is_counted_less_often(started: Make, counts: Counts) -> None:
    clock = Clock()
    go = counts.hold("ada")
    accounting = started(count=counts, clock=clock)
    counted = accounting.recount_now("ada")
    wait_until(lambda: counts.begun, "the count")
    clock.ahead = 1000.0  # so long it takes
    go.set()
    counted.result(PATIENCE)
    accounting.recount_if_older("ada", 0)
    accounting.recount_now("grace").result(PATIENCE)
    assert counts.begun == ["ada", "grace"]
    clock.ahead += 4001.0  # at most a quarter of the time is spent on counting
    accounting.recount_if_older("ada", 0)
    wait_until(lambda: counts.begun == ["ada", "grace", "ada"], "the next count")


def test_a_refused_user_is_counted_first_and_learns_of_the_end(started: Make, counts: Counts) -> None:
    go = counts.hold("first")
    accounting = started(count=counts)
    accounting.recount("first")
    wait_until(lambda: counts.begun, "the first count")
    for name in ("second", "third", "refused"):
        accounting.recount(name)
    heard = accounting.recount_now("refused")
    assert accounting.recount_now("refused") is heard
    assert not heard.done()
    go.set()
    heard.result(PATIENCE)
    assert accounting.used("refused") == 1
    wait_until(lambda: accounting.used("third"), "the last count")
    assert counts.begun == ["first", "refused", "second", "third"]


def test_a_user_who_is_refused_again_and_again_is_not_counted_each_time(
    started: Make, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SOONEST", PATIENCE)
    monkeypatch.setattr(module, "LATEST", PATIENCE)
    clock = Clock()
    accounting = started(count=counts, clock=clock)
    for _ in range(5):
        accounting.recount_now("refused").result(PATIENCE)
    assert counts.begun == ["refused"]
    clock.ahead = PATIENCE
    accounting.recount_now("refused").result(PATIENCE)
    assert counts.begun == ["refused"] * 2


def test_endless_directories_do_not_keep_others_waiting(started: Make, counts: Counts) -> None:
    hostile = [f"hostile-{number}" for number in range(12)]
    counts.slices = dict.fromkeys(hostile, 10**9) | {"ada": 2 * QUICK_SLICES}
    accounting = started(count=counts)
    for name in hostile:
        accounting.recount(name)
    accounting.recount("small")
    wait_until(lambda: accounting.used("small") == 1, "the count of a small directory")
    # Until they end, large ones take turns, and what was found so far counts.
    wait_until(lambda: accounting.used(hostile[1]) > 10 * QUICK_SLICES * 3, "a part of a large one")
    assert counts.most_open <= module.LONG_COUNTS + 1


def test_a_large_directory_is_counted_to_its_end_beside_endless_ones(
    started: Make, counts: Counts, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "LONG_SECONDS", 0.01)
    hostile = [f"hostile-{number}" for number in range(6)]
    large = 2 * QUICK_SLICES
    counts.slices = dict.fromkeys(hostile, 10**9) | {"ada": large}
    accounting = started(count=counts)
    for name in (*hostile, "ada"):
        accounting.recount(name)

    def complete() -> bool:
        return bool(json.loads((tmp_path / "sizes.json").read_text()).get("ada") == 10 * large + 1)

    wait_until(lambda: (tmp_path / "sizes.json").exists() and complete(), "the count of a large directory")


@pytest.mark.parametrize("content", ["", "[]", '{"ada": "much"}'])
def test_with_a_damaged_file_all_is_counted_again(tmp_path: Path, content: str) -> None:
    (tmp_path / "sizes.json").write_text(content)
    assert Accounting(tmp_path, tmp_path / "sizes.json").counts() == {}


@pytest.mark.parametrize(
    "error",
    [UnfinishedError("stale file handle"), ValueError("not foreseen"), MissingError("no such folder")],
)
def test_a_count_that_fails_keeps_the_last(
    tmp_path: Path, started: Make, counts: Counts, error: Exception
) -> None:
    (tmp_path / "sizes.json").write_text(json.dumps({"ada": 700}))
    counts.errors["ada"] = error
    accounting = started(count=counts, there=lambda: False)
    accounting.recount_now("ada").result(PATIENCE)
    assert accounting.used("ada") == 700
    accounting.recount_now("grace").result(PATIENCE)
    assert accounting.used("grace") == 1


def test_what_was_found_counts_where_more_is_not_known(tmp_path: Path, started: Make, counts: Counts) -> None:
    counts.slices["ada"] = 100
    counts.errors["ada"] = UnfinishedError("there are too many directories, nested too deep")
    (tmp_path / "sizes.json").write_text(json.dumps({"ada": 7}))
    (tmp_path / "users/ada").mkdir(parents=True)
    accounting = started(count=counts)
    accounting.recount_now("ada").result(PATIENCE)
    assert accounting.used("ada") == 1001
    assert json.loads((tmp_path / "sizes.json").read_text()) == {"ada": 1001}


def test_a_directory_that_was_deleted_is_forgotten(tmp_path: Path, started: Make) -> None:
    (tmp_path / "sizes.json").write_text(json.dumps({"ada": 7, "grace": 9, "mary": 11}))
    for name in ("ada", "grace"):
        (tmp_path / "users" / name).mkdir(parents=True)
    accounting = started(list_seconds=0.01)
    wait_until(lambda: accounting.counts() == {"ada": 7, "grace": 9}, "a look at the folder")
    assert accounting.users() == 2
    # Nothing at all is there: that is no users' doing.
    (tmp_path / "users").rename(tmp_path / "elsewhere")
    (tmp_path / "users").mkdir()
    accounting.recount_now("nobody").result(PATIENCE)
    assert accounting.users() == 2
    assert accounting.counts() == {"ada": 7, "grace": 9}


def test_all_are_counted_once_where_that_is_wanted(tmp_path: Path, started: Make, counts: Counts) -> None:
    (tmp_path / "sizes.json").write_text(json.dumps({"mary": 11}))
    for name in ("ada", "grace", "mary"):
        (tmp_path / "users" / name).mkdir(parents=True)
    accounting = started(count=counts, all_of_them=True, list_seconds=0.01)
    wait_until(lambda: accounting.counts() == {"ada": 1, "grace": 1, "mary": 11}, "all counts")
    (tmp_path / "users/hedy").mkdir()
    wait_until(lambda: accounting.used("hedy"), "the count of a new one")
    assert counts.begun == ["ada", "grace", "hedy"]
