"""Pack the cookbooks and roles into one archive: the same bytes whenever the content is the same."""

import gzip
import hashlib
import io
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hubctl.cookbooks import metadata
from hubctl.errors import BadInputError
from stacks.given_json import read_object

ROLES = ("server", "worker")
# Not needed by a node: specifications, the linter's settings, editors' leavings.
_LEFT_OUT = {"spec", "test", "tests", "Gemfile", "Gemfile.lock", "Rakefile", "__pycache__"}


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
    cookbooks = sorted(path for path in folder.iterdir() if metadata.is_cookbook(path))
    roles = sorted((folder / "roles").glob("*.json"))
    files = {
        **{
            f"cookbooks/{path.relative_to(folder).as_posix()}": path
            for top in cookbooks
            for path in _files(top)
        },
        **{f"roles/{path.name}": path for path in roles},
    }
    mistakes = [
        *_missing(cookbooks, roles),
        *metadata.mistakes(folder),
        *_bad_roles(roles, {path.name for path in cookbooks}),
        *_links(files),
    ]
    if mistakes:
        raise BadInputError(
            f"{folder}: " + "; ".join(mistakes), remedy="Correct the cookbooks, then push again."
        )
    archive = _archive(files)
    content = gzip.compress(archive, compresslevel=9, mtime=0)
    return Bundle(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        digest=hashlib.sha256(archive).hexdigest(),
        cookbooks=tuple(path.name for path in cookbooks),
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _LEFT_OUT or path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        else:
            yield path


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
            name, run_list = role["name"], [str(item) for item in role["run_list"]]
        except (ValueError, KeyError, TypeError) as error:
            mistakes.append(f"roles/{path.name} is not a role in JSON with name and run_list ({error})")
            continue
        if name != path.stem:
            mistakes.append(f"roles/{path.name} names itself {name!r}")
        wanted = {
            item.removeprefix("recipe[").rstrip("]").split("::")[0]
            for item in run_list
            if item.startswith("recipe[")
        }
        mistakes += [
            f"roles/{path.name} runs {lost}, which is no cookbook here" for lost in sorted(wanted - cookbooks)
        ]
    return mistakes


def _links(files: dict[str, Path]) -> list[str]:
    return [f"{name} is a symbolic link" for name, path in files.items() if path.is_symlink()]


def _archive(files: dict[str, Path]) -> bytes:
    """Return a tar archive without what differs between machines: times, owners, masks, order."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            content = path.read_bytes()
            entry.size = len(content)
            entry.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()
