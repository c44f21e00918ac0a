"""A new host's Docker engine that has the image at once, as a machine image would: the layers are shared, not copied.

Layers are never written to. So a host gets an empty disk with a copy of the engine's books, which are small, and the folder of
each layer's files mounted from the one disk into which the image was loaded. All hosts also share what of it is in memory.
"""

import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from hubctl.local_swarm.commands import run
from hubctl.local_swarm.engine_disk import attach, detach, make_disk

LAYERS = "overlay2"
FILES = "diff"


@contextmanager
def loaded_image(disk: Path, folder: Path) -> Iterator[Path]:
    """Have the disk with the image at ``folder``, read-only, until the block ends."""
    folder.mkdir(parents=True, exist_ok=True)
    run("mount", "-o", "loop,ro,noatime", str(disk), str(folder))
    try:
        yield folder
    finally:
        detach(folder)


def furnish_engine(disk: Path, folder: Path, image: Path) -> None:
    """Make the engine's disk in the file ``disk`` and mount it at ``folder``, with the image of :func:`loaded_image` in it."""
    make_disk(disk)
    attach(disk, folder)
    shutil.copytree(image, folder, symlinks=True, dirs_exist_ok=True, ignore=_left_out(image / LAYERS))
    for files in (image / LAYERS).glob(f"*/{FILES}"):
        own = folder / files.relative_to(image)
        own.mkdir()
        run("mount", "--bind", "-o", "ro", str(files), str(own))


def _left_out(layers: Path) -> Callable[[str, list[str]], list[str]]:
    """Return what of a folder is not copied: the layers' files, and devices, of which a copy would be their content."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        here = Path(folder)
        files = [FILES] if here.parent == layers and FILES in names else []
        return files + [name for name in names if _is_special((here / name).lstat().st_mode)]

    return left_out


def _is_special(mode: int) -> bool:
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or stat.S_ISLNK(mode))
