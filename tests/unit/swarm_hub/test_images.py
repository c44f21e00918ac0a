"""Which image a start uses while a new one reaches the workers."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from swarm_hub.admission import WORKER_RESERVE, Worker
from swarm_hub.images import Choice, ImageHistory, choose, image_label, placement, usable

GIB = 1024**3
OLD, NEW = "hub/notebook:1", "hub/notebook:2"
NOBODY: Mapping[str, str | None] = {}


def worker(*images: str, places: int = 4, ready: bool = True) -> Worker:
    labels = frozenset(image_label(image) for image in images)
    return Worker(name="w", memory=places * GIB + WORKER_RESERVE, promised=0, ready=ready, images=labels)


def chosen(*workers: Worker, unplaced: Mapping[str, str | None] = NOBODY) -> str | None:
    found = choose([NEW, OLD], workers, GIB, unplaced)
    return found.image if found else None


def test_the_label_is_that_which_the_leaders_keeper_makes() -> None:
    assert image_label(OLD) == "chef-hub.image-f7c7407a387e"
    assert placement(OLD) == ["node.role==worker", f"node.labels.{image_label(OLD)}==true"]


@pytest.mark.parametrize(
    ("workers", "image"),
    [
        ([worker(OLD), worker(OLD)], OLD),  # neither has the new one yet
        ([worker(OLD), worker(OLD, NEW)], NEW),
        ([worker(OLD), worker(OLD, NEW, ready=False)], OLD),  # paused
        ([worker(OLD), worker(OLD, NEW, places=0)], OLD),  # full
        ([worker("another")], None),
        ([], None),
    ],
)
def test_a_start_takes_the_newest_image_that_has_a_place(workers: list[Worker], image: str | None) -> None:
    assert chosen(*workers) == image


def test_places_that_others_were_promised_are_taken() -> None:
    two = worker(OLD), worker(OLD, NEW, places=1)
    assert chosen(*two, unplaced={"ada": NEW}) == OLD
    # It may land on the worker with the new image.
    assert chosen(*two, unplaced={"ada": OLD}) == OLD
    assert chosen(worker(OLD, NEW, places=1), unplaced={"ada": None}) is None


def test_workers_that_do_not_say_what_they_hold_take_the_wanted_image_by_the_older_label() -> None:
    assert choose([NEW, OLD], [worker()], GIB, {}) == Choice(image=NEW, labelled=False)
    assert placement(NEW, labelled=False) == ["node.role==worker", "node.labels.chef-hub.ready==true"]


def test_a_worker_with_other_images_only_takes_no_users() -> None:
    seen = usable([NEW, OLD], [worker(OLD), worker("another"), worker()])
    assert [one.ready for one in seen] == [True, False, True]


def test_the_images_used_are_remembered_newest_first(tmp_path: Path) -> None:
    file = tmp_path / "images.json"
    assert ImageHistory(file).remember(OLD, ["hub/notebook:0"]) == (OLD, "hub/notebook:0")
    assert ImageHistory(file).remember(NEW) == (NEW, OLD, "hub/notebook:0")
    assert ImageHistory(file).remember(OLD) == (OLD, NEW, "hub/notebook:0")  # rolled back
    assert json.loads(file.read_text(encoding="utf-8"))[0] == OLD
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("broken", ["{", '{"a": 1}', "[1, 2]"])
def test_a_broken_file_costs_the_history_alone(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "images.json"
    file.write_text(broken, encoding="utf-8")
    assert ImageHistory(file).remember(NEW) == (NEW,)


def test_a_state_folder_that_cannot_be_written_does_not_keep_the_hub_from_starting(tmp_path: Path) -> None:
    assert ImageHistory(tmp_path / "missing" / "images.json").remember(NEW) == (NEW,)
