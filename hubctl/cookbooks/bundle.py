"""Pack the cookbooks and roles into one archive: the same bytes whenever the content is the same.

What is wrong with the files, with the metadata of the cookbooks and with the roles is all found before: a cookbook that
Chef cannot load must not reach the Workstation.
"""

import gzip
import hashlib
import io
import os
import re
import stat
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from hubctl.core.errors import BadInputError
from stacks.settings.json_text import read_object

# Not needed by a node: specifications, the linter's settings, editors' leavings.
LEFT_OUT = {"spec", "test", "tests", "Gemfile", "Gemfile.lock", "Rakefile", "__pycache__"}
# Linux takes paths of 4095 bytes; a node unpacks below other folders.
LONGEST_PATH = 3072
_KINDS = {
    stat.S_IFIFO: "a FIFO",
    stat.S_IFSOCK: "a socket",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFLNK: "a symbolic link",
}
METADATA = ("metadata.json", "metadata.rb")  # Chef reads the first that is there
_PARTS = ("attributes", "libraries", "recipes", "resources")
_NAME = re.compile(r"^\s*name[\s(]+['\"]([^'\"]+)['\"]", re.MULTILINE)
# https://docs.chef.io/config_rb_metadata/
_CHEFS_NAME = re.compile(r"[A-Za-z0-9._-]+")
_DEPENDS = re.compile(r"^\s*depends[\s(]+['\"]([^'\"]+)['\"]", re.MULTILINE)
ROLES = ("server", "worker")


@dataclass(frozen=True, kw_only=True)
class BundleFile:
    """A file: its name in the bundle, where it lies, and what is wrong with it, which is empty for a good one."""

    name: str
    path: Path
    mistake: str = ""


def bundle_files(top: Path, name: str) -> Iterator[BundleFile]:
    """Yield the files below the folder ``top``, which is called ``name`` in the bundle; sorted, without what stays at home."""
    waiting = [(top, name)]
    while waiting:
        folder, inside = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield BundleFile(name=inside, path=folder, mistake=f"cannot be read ({error.strerror})")
            continue
        for entry in entries:
            if entry.name in LEFT_OUT or entry.name.startswith("."):
                continue
            path, below = Path(entry.path), f"{inside}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append((path, below))
            else:
                yield bundle_file(path, below)


def bundle_file(path: Path, name: str) -> BundleFile:
    """Return one file, with what is wrong with it. It is not opened: a FIFO would never answer."""
    return BundleFile(name=name, path=path, mistake=_wrong_name(name) or _wrong_kind(path))


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


def is_cookbook(path: Path) -> bool:
    """Say whether this is a folder with the metadata of a cookbook."""
    return path.is_dir() and any((path / name).is_file() for name in METADATA)


def metadata_mistakes(folder: Path, unreadable: Collection[Path] = ()) -> Iterator[str]:
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
        yield f"{cookbook.name} depends on {lost}, which is not a cookbook here"


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


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """An archive and what is in it.

    Attributes:
        content: Bytes of the ``.tar.gz``: ``cookbooks/NAME/...`` and ``roles/NAME.json``.
        sha256: Hexadecimal digest of ``content``; the Workstation checks it.
        digest: Hexadecimal digest of the content before compression, so the same for every build of zlib.
        cookbooks: Names of the cookbooks, sorted.

    """

    content: bytes
    sha256: str
    digest: str
    cookbooks: tuple[str, ...]


def pack(folder: Path) -> Bundle:
    """Pack the cookbooks below ``folder`` and the roles in its ``roles``.

    Raises:
        BadInputError: All that is wrong with the folder, at once.

    """
    if not folder.is_dir():
        raise BadInputError(
            f"there is no folder {folder}", remedy="Give the folder of the cookbooks with --folder."
        )
    try:
        cookbooks = sorted(path for path in folder.iterdir() if is_cookbook(path))
        roles = sorted(path for path in (folder / "roles").glob("*.json") if not path.is_dir())
    except OSError as error:
        raise BadInputError(
            f"{shown(str(error.filename or folder))} cannot be read: {error.strerror}",
            remedy="Make it readable for you.",
        ) from error
    files = [file for top in cookbooks for file in bundle_files(top, f"cookbooks/{top.name}")]
    files += [bundle_file(path, f"roles/{path.name}") for path in roles]
    files.sort(key=lambda file: file.name)
    bad = {file.path for file in files if file.mistake}
    found = [
        *_missing(cookbooks, roles),
        *metadata_mistakes(folder, unreadable=bad),
        *_bad_roles([path for path in roles if path not in bad], {path.name for path in cookbooks}),
        *(f"{shown(file.name)} {file.mistake}" for file in files if file.mistake),
    ]
    content, unread = _contents([file for file in files if not file.mistake])
    if found + unread:
        raise BadInputError(
            f"{folder}: " + "; ".join(found + unread), remedy="Correct the cookbooks, then push again."
        )
    archive = _archive(content)
    packed = gzip.compress(archive, compresslevel=9, mtime=0)
    return Bundle(
        content=packed,
        sha256=hashlib.sha256(packed).hexdigest(),
        digest=hashlib.sha256(archive).hexdigest(),
        cookbooks=tuple(path.name for path in cookbooks),
    )


def _missing(cookbooks: list[Path], roles: list[Path]) -> list[str]:
    lacking = [f"roles/{name}.json" for name in ROLES if name not in {path.stem for path in roles}]
    return ([] if cookbooks else ["there is no cookbook (a folder with a metadata.rb)"]) + [
        f"{name} is missing" for name in lacking
    ]


def _bad_roles(roles: list[Path], cookbooks: set[str]) -> list[str]:
    mistakes = []
    for path in roles:
        try:
            role = read_object(path.read_bytes())
            name, run_list = role["name"], role["run_list"]
            if not isinstance(run_list, list):
                raise TypeError("run_list is not a list")
        except (ValueError, KeyError, TypeError) as error:
            mistakes.append(f"roles/{path.name} is not a role in JSON with name and run_list ({error})")
            continue
        except OSError:  # said of the file
            continue
        if name != path.stem:
            mistakes.append(f"roles/{path.name} names itself {name!r}")
        wanted = {
            item.removeprefix("recipe[").rstrip("]").split("::")[0]
            for item in map(str, run_list)
            if item.startswith("recipe[")
        }
        mistakes += [
            f"roles/{path.name} runs {lost}, which is not a cookbook here"
            for lost in sorted(wanted - cookbooks)
        ]
    return mistakes


def _contents(files: list[BundleFile]) -> tuple[dict[str, tuple[bytes, int]], list[str]]:
    """Return content and mode of every file by its name in the bundle, and a sentence for each that cannot be read."""
    found: dict[str, tuple[bytes, int]] = {}
    mistakes = []
    for file in files:
        try:
            mode = 0o755 if file.path.stat().st_mode & 0o100 else 0o644
            found[file.name] = file.path.read_bytes(), mode
        except OSError as error:
            mistakes.append(f"{shown(file.name)} cannot be read ({error.strerror})")
    return found, mistakes


def _archive(files: dict[str, tuple[bytes, int]]) -> bytes:
    """Return a tar archive without what differs between machines: times, owners, masks, order.

    PAX takes names of any length and in UTF-8; the usual ones look as they do in its predecessor, ustar, byte by byte.
    """
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as archive:
        for name, (content, mode) in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = mode
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()
