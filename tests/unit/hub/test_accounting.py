import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from swarm_hub.accounting import Accounting, directory_size
from tests.support.waiting import PATIENCE, wait_until

Make = Callable[..., Accounting]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Make]:
    """Return ``started(size=...)``: an accounting of the folder ``users`` that counts until the test ends."""
    made: list[Accounting] = []

    def make(**options: Any) -> Accounting:
        made.append(Accounting(tmp_path / "users", tmp_path / "sizes.json", **options))
        made[-1].start()
        return made[-1]

    yield make
    for accounting in made:
        accounting.stop(PATIENCE)


def test_what_files_occupy_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data").write_bytes(os.urandom(1_000_000))
    before = directory_size(tmp_path)
    assert before >= 1_000_000
    os.link(tmp_path / "folder" / "data", tmp_path / "again")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "outside").symlink_to("/usr")
    assert directory_size(tmp_path) <= before + 8192


def test_a_directory_that_is_not_there_counts_nothing(tmp_path: Path) -> None:
    assert directory_size(tmp_path / "nobody") == 0


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


def test_asking_often_counts_once(started: Make) -> None:
    counted: list[str] = []
    begun, go = threading.Event(), threading.Event()

    def size(directory: Path) -> int:
        begun.set()
        go.wait(PATIENCE)
        counted.append(directory.name)
        return 1

    accounting = started(size=size)
    accounting.recount("first")
    assert begun.wait(PATIENCE)
    for _ in range(10):
        accounting.recount("second")
    go.set()
    accounting.stop(PATIENCE)  # what was asked for before comes first
    assert counted == ["first", "second"]


def test_a_count_that_is_fresh_is_not_repeated(started: Make) -> None:
    counted: list[str] = []

    def size(directory: Path) -> int:
        counted.append(directory.name)
        return 1

    accounting = started(size=size)
    accounting.recount_if_older("ada", 60)
    accounting.recount("grace")
    wait_until(lambda: accounting.used("grace"), "the count that follows")
    accounting.recount_if_older("ada", 86_400)
    accounting.recount("mary")
    wait_until(lambda: accounting.used("mary"), "the next count")
    assert counted == ["ada", "grace", "mary"]
    accounting.recount_if_older("ada", 0)
    accounting.stop(PATIENCE)
    assert counted == ["ada", "grace", "mary", "ada"]


@pytest.mark.parametrize("content", ["", "[]", '{"ada": "much"}'])
def test_a_file_that_is_broken_is_counted_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "sizes.json").write_text(content)
    assert Accounting(tmp_path, tmp_path / "sizes.json").counts() == {}


def test_a_count_that_fails_keeps_the_last(tmp_path: Path, started: Make) -> None:
    (tmp_path / "sizes.json").write_text(json.dumps({"ada": 7}))
    tried: list[str] = []

    def size(directory: Path) -> int:
        tried.append(directory.name)
        raise OSError("stale file handle")

    accounting = started(size=size)
    accounting.recount("ada")
    accounting.stop(PATIENCE)
    assert tried == ["ada"]
    assert accounting.used("ada") == 7
