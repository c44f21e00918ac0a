import json
import os
import threading
import time
from pathlib import Path

import pytest

from swarm_hub.accounting import Accounting, directory_size


def wait_for(condition: object) -> None:
    for _ in range(300):
        if condition():  # type: ignore[operator]
            return
        time.sleep(0.01)
    raise AssertionError("did not happen")


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


def test_counts_are_made_in_the_background_and_kept(tmp_path: Path) -> None:
    users = tmp_path / "users"
    (users / "ada").mkdir(parents=True)
    (users / "ada" / "data").write_bytes(os.urandom(200_000))
    accounting = Accounting(users, tmp_path / "sizes.json")
    assert accounting.used("ada") == 0
    accounting.start()
    accounting.recount("ada")
    wait_for(lambda: accounting.used("ada") >= 200_000)
    wait_for((tmp_path / "sizes.json").exists)
    assert Accounting(users, tmp_path / "sizes.json").used("ada") == accounting.used("ada")


def test_asking_often_counts_once(tmp_path: Path) -> None:
    counted: list[str] = []
    go = threading.Event()

    def size(directory: Path) -> int:
        go.wait(5)
        counted.append(directory.name)
        return 1

    accounting = Accounting(tmp_path, tmp_path / "sizes.json", size=size)
    accounting.start()
    accounting.recount("first")
    time.sleep(0.05)
    for _ in range(10):
        accounting.recount("second")
    go.set()
    wait_for(lambda: len(counted) == 2)
    time.sleep(0.05)
    assert counted == ["first", "second"]


def test_a_count_that_is_fresh_is_not_repeated(tmp_path: Path) -> None:
    counted: list[str] = []

    def size(directory: Path) -> int:
        counted.append(directory.name)
        return 1

    accounting = Accounting(tmp_path, tmp_path / "sizes.json", size=size)
    accounting.start()
    accounting.recount_if_older("ada", 60)
    wait_for(lambda: counted == ["ada"] and accounting.used("ada") == 1)
    time.sleep(0.05)
    accounting.recount_if_older("ada", 60)
    accounting.recount_if_older("ada", 0)
    wait_for(lambda: counted == ["ada", "ada"])


@pytest.mark.parametrize("content", ["", "[]", '{"ada": "much"}'])
def test_a_file_that_is_broken_is_counted_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "sizes.json").write_text(content)
    assert Accounting(tmp_path, tmp_path / "sizes.json").counts() == {}


def test_a_count_that_fails_keeps_the_last(tmp_path: Path) -> None:
    (tmp_path / "sizes.json").write_text(json.dumps({"ada": 7}))
    tried = threading.Event()

    def size(_directory: Path) -> int:
        tried.set()
        raise OSError("stale file handle")

    accounting = Accounting(tmp_path, tmp_path / "sizes.json", size=size)
    accounting.start()
    accounting.recount("ada")
    assert tried.wait(3)
    assert accounting.used("ada") == 7
