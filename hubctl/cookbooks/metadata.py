"""What the cookbooks say of themselves: a cookbook that nobody can load must not reach the Workstation."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from hubctl.cookbooks.listing import shown
from stacks.given_json import read_object

METADATA = ("metadata.json", "metadata.rb")  # Chef reads the first that is there
_PARTS = ("attributes", "libraries", "recipes", "resources")
_NAME = re.compile(r"^\s*name[\s(]+['\"]([^'\"]+)['\"]", re.MULTILINE)
# https://docs.chef.io/config_rb_metadata/
_CHEFS_NAME = re.compile(r"[A-Za-z0-9._-]+")
_DEPENDS = re.compile(r"^\s*depends[\s(]+['\"]([^'\"]+)['\"]", re.MULTILINE)


def is_cookbook(path: Path) -> bool:
    """Say whether this is a folder with the metadata of a cookbook."""
    return path.is_dir() and any((path / name).is_file() for name in METADATA)


def mistakes(folder: Path, unreadable: Collection[Path] = ()) -> Iterator[str]:
    """Yield what is wrong with the metadata of the cookbooks in ``folder``: missing, nameless, or needing others.

    Files in ``unreadable`` are left alone.
    """
    there = {path.name for path in folder.iterdir() if is_cookbook(path)}
    for path in sorted(folder.iterdir()):
        if path.name in there:
            yield from _of_cookbook(path, there, unreadable)
        elif path.is_symlink() and not path.exists():
            yield f"{shown(path.name)} is a symbolic link to nothing"
        elif not path.name.startswith(".") and any((path / part).is_dir() for part in _PARTS):
            yield f"{path.name} has no metadata.rb"


def _of_cookbook(cookbook: Path, there: set[str], unreadable: Collection[Path]) -> Iterator[str]:
    file = next(cookbook / name for name in METADATA if (cookbook / name).is_file())
    if file in unreadable:
        return
    if not _CHEFS_NAME.fullmatch(cookbook.name):
        yield f"{shown(cookbook.name)} is not a name of a cookbook for Chef, which takes letters, digits, . _ and -"
    try:
        name, needed = _read(file)
    except OSError:  # said of the file
        return
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        yield f"{cookbook.name}/{file.name} cannot be read ({error})"
        return
    if name != cookbook.name:
        says = f"names itself {name!r}" if name else "gives no name"
        yield f"{cookbook.name}/{file.name} {says}"
    for lost in sorted(needed - there):
        yield f"{cookbook.name} depends on {lost}, which is no cookbook here"


def _read(file: Path) -> tuple[str, set[str]]:
    """Return name and dependencies."""
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".json":
        document = read_object(text)
        needed = document.get("dependencies") or {}
        if not isinstance(needed, dict):
            raise ValueError("its dependencies are not an object")
        return str(document.get("name") or ""), set(needed)
    found = _NAME.search(text)
    return found.group(1) if found else "", set(_DEPENDS.findall(text))
