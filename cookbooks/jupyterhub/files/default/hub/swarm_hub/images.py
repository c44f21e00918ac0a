"""Which notebook image a start uses: the newest one that a worker with a place for it holds.

A worker says which images it holds, and the leader gives its node a label for each: :func:`image_label`. A service
requires the label of its image. While a new image reaches the workers one after the other, users start on the one
before it, and whoever runs goes on.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from swarm_hub.admission import Worker

log = logging.getLogger("swarm_hub.images")

LABEL_PREFIX = "chef-hub.image-"
# Workers that an older version of the keeper has labelled hold the image of their time, without saying which.
READY_LABEL = "chef-hub.ready"
KEPT = 8
PIN = "node.id=="  # how the constraint begins by which a service starts on one worker


def image_label(image: str) -> str:
    """Return the label of nodes that hold the image; the leader's keep-swarm makes the same."""
    return LABEL_PREFIX + hashlib.sha256(image.encode()).hexdigest()[:12]


def placement(image: str, *, labelled: bool = True, node: str = "") -> list[str]:
    """Return the constraints of a service of that image, ``labelled`` as soon as workers carry labels of images.

    With ``node`` it starts on that node only; the constraint is taken away once it has a place.
    """
    label = image_label(image) if labelled else READY_LABEL
    return ["node.role==worker", f"node.labels.{label}==true", *([PIN + node] if node else [])]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The image of a start, and the id of the worker for it; nothing where Swarm chooses one.

    ``labelled`` is False only where workers do not say yet which images they hold.
    """

    image: str
    labelled: bool = True
    node: str = ""


class ImageHistory:
    """The images that the hub has used, newest first, in a file that outlives the hub."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._images: tuple[str, ...] = ()

    def remember(self, wanted: str, seen: Iterable[str] = ()) -> tuple[str, ...]:
        """Put ``wanted`` first and what was only ``seen`` last; return all, and write them down."""
        before = self._read()
        self._images = tuple(dict.fromkeys((wanted, *before, *seen)))[:KEPT]
        if self._images != before:
            self._write()
        return self._images

    def _read(self) -> tuple[str, ...]:
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            log.warning("the images used before cannot be read from %s: %s", self._file, error)
            return ()
        return tuple(one for one in known if isinstance(one, str)) if isinstance(known, list) else ()

    def _write(self) -> None:
        unfinished = self._file.with_suffix(".new")
        try:
            unfinished.write_text(json.dumps(self._images, indent=1), encoding="utf-8")
            unfinished.replace(self._file)
        except OSError as error:  # starts go on; only a restart during a roll-out would miss it
            log.warning("the images used cannot be written to %s: %s", self._file, error)


def usable(images: Sequence[str], workers: Iterable[Worker]) -> tuple[Worker, ...]:
    """Return the workers, those no longer as ready that hold none of the images."""
    labels = {image_label(image) for image in images}
    return tuple(
        worker if not worker.images or worker.images & labels else replace(worker, ready=False)
        for worker in workers
    )


def choose(
    images: Sequence[str], workers: Sequence[Worker], memory: int, unplaced: Mapping[str, str | None]
) -> Choice | None:
    """Return the newest image with a place of ``memory`` bytes on a worker that holds it, None where none has one.

    ``unplaced`` are servers that were promised a place and are not on a worker yet, with their images; one without
    may land anywhere.
    """
    waiting = Counter(unplaced.values())
    for image in images:
        there = holding(image, workers)
        taken = sum(
            count
            for other, count in waiting.items()
            if other is None or any(worker in there for worker in holding(other, workers))
        )
        if sum(worker.room_for(memory) for worker in there) > taken:
            return Choice(image=image, labelled=any_labelled(workers))
    return None


def any_labelled(workers: Iterable[Worker]) -> bool:
    """Tell whether the keeper has labelled any worker with its images; older versions did not."""
    return any(worker.images for worker in workers)


def holding(image: str, workers: Sequence[Worker]) -> list[Worker]:
    """Return the workers on which Swarm may place a service of the image."""
    if not any_labelled(workers):
        return [worker for worker in workers if worker.ready]
    return [worker for worker in workers if worker.ready and image_label(image) in worker.images]
