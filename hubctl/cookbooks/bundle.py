"""Pack the cookbooks and roles into one archive: the same bytes whenever the content is the same."""

import gzip
import hashlib
import io
import tarfile
from dataclasses import dataclass
from pathlib import Path

from hubctl.cookbooks import metadata
from hubctl.cookbooks.listing import Listed, listed, listed_file, shown
from hubctl.errors import BadInputError
from stacks.given_json import read_object

ROLES = ("server", "worker")


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
        cookbooks = sorted(path for path in folder.iterdir() if metadata.is_cookbook(path))
        roles = sorted(path for path in (folder / "roles").glob("*.json") if not path.is_dir())
    except OSError as error:
        raise BadInputError(
            f"{shown(str(error.filename or folder))} cannot be read: {error.strerror}",
            remedy="Make it readable for you.",
        ) from error
    files = [file for top in cookbooks for file in listed(top, f"cookbooks/{top.name}")]
    files += [listed_file(path, f"roles/{path.name}") for path in roles]
    files.sort(key=lambda file: file.name)
    bad = {file.path for file in files if file.mistake}
    mistakes = [
        *_missing(cookbooks, roles),
        *metadata.mistakes(folder, unreadable=bad),
        *_bad_roles([path for path in roles if path not in bad], {path.name for path in cookbooks}),
        *(f"{shown(file.name)} {file.mistake}" for file in files if file.mistake),
    ]
    content, unread = _contents([file for file in files if not file.mistake])
    if mistakes + unread:
        raise BadInputError(
            f"{folder}: " + "; ".join(mistakes + unread), remedy="Correct the cookbooks, then push again."
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
            f"roles/{path.name} runs {lost}, which is no cookbook here" for lost in sorted(wanted - cookbooks)
        ]
    return mistakes


def _contents(files: list[Listed]) -> tuple[dict[str, tuple[bytes, int]], list[str]]:
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
