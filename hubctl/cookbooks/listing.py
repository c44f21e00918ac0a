"""Which files of the cookbooks go into a bundle, and what is wrong with those that cannot."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Not needed by a node: specifications, the linter's settings, editors' leavings.
LEFT_OUT = {"spec", "test", "tests", "Gemfile", "Gemfile.lock", "Rakefile", "__pycache__"}
# Linux takes paths of 4095 bytes; a node unpacks below folders of its own.
LONGEST_PATH = 3072
_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFLNK: "a symbolic link",
}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A file: its name in the bundle, where it lies, and what is wrong with it, which is empty for a good one."""

    name: str
    path: Path
    mistake: str = ""


def listed(top: Path, name: str) -> Iterator[Listed]:
    """Yield the files below the folder ``top``, which is called ``name`` in the bundle; sorted, without what stays at home."""
    waiting = [(top, name)]
    while waiting:
        folder, inside = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Listed(name=inside, path=folder, mistake=f"cannot be read ({error.strerror})")
            continue
        for entry in entries:
            if entry.name in LEFT_OUT or entry.name.startswith("."):
                continue
            path, below = Path(entry.path), f"{inside}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append((path, below))
            else:
                yield listed_file(path, below)


def listed_file(path: Path, name: str) -> Listed:
    """Return one file, with what is wrong with it. It is not opened: a FIFO would never answer."""
    return Listed(name=name, path=path, mistake=_wrong_name(name) or _wrong_kind(path))


def shown(name: str) -> str:
    """Return a name for a sentence: line breaks and what is not text are escaped."""
    return name if name.isprintable() else ascii(name)


def _wrong_name(name: str) -> str:
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return "has a name that is not UTF-8, which Chef cannot store"
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in name):
        return "has a control character in its name, such as a line break"
    return f"has a path of {length} bytes, too long to be unpacked on a node" if length > LONGEST_PATH else ""


def _wrong_kind(path: Path) -> str:
    try:
        mode = path.lstat().st_mode
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    kind = stat.S_IFMT(mode)
    return (
        "" if kind == stat.S_IFREG else f"is {_KINDS.get(kind, 'not a file')}, and only files can be packed"
    )
