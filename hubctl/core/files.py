"""Files are replaced whole: written beside their place, synced, and renamed, so that a full disk destroys nothing."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import Any

from hubctl.core.errors import BadInputError, HubctlError
from stacks.settings.json_text import JsonTextError, read_json, read_object


class UnwrittenError(HubctlError):
    """A file could not be written; what was there before is as it was. ``reason`` is the system's, such as "No space left"."""

    def __init__(self, path: "Path", reason: "str", *, remedy: "str") -> "None":
        super().__init__(
            f"{path} cannot be written: {reason}; what was there is as it was",
            remedy=remedy,
        )
        self.reason = reason


def write_whole(
    path: "Path",
    content: "str | bytes",
    *,
    mode: "int | None" = None,
    durable: "bool" = True,
    new: "bool" = False,
    folders: "bool" = False,
    remedy: "str" = "Make room or give the right to write there, and run it again.",
) -> "None":
    """Put ``content`` (text as UTF-8) where ``path`` says, all of it or nothing.

    A link stays a link: the file that it names is replaced. An existing file keeps its permissions unless ``mode`` gives
    others; a new one gets those that the process's umask leaves. ``durable`` waits until the disk has it. ``new`` refuses to
    replace a file, and ``folders`` makes the folders that are missing. Raises UnwrittenError.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    aside = None
    try:
        target = Path(os.path.realpath(str(path)))
        if folders:
            target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if (
            target.exists() and not target.is_file()
        ):  # a pipe or a device, such as /dev/stdout: it cannot be replaced
            path.write_bytes(data)
            return
        number, name = tempfile.mkstemp(dir=str(target.parent), prefix=".", suffix=".new")
        aside = Path(name)
        with os.fdopen(number, "wb") as file:
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        aside.chmod(_mode(target) if mode is None else mode)
        if new:
            os.link(str(aside), str(target))
        else:
            aside.replace(target)
            aside = None
        if durable:
            _sync_folder(target.parent)
    except OSError as error:
        raise UnwrittenError(path, error.strerror or str(error), remedy=remedy) from error
    finally:
        if aside is not None:
            with contextlib.suppress(OSError):
                aside.unlink()


def _mode(target: "Path") -> "int":
    try:
        return target.stat().st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _sync_folder(folder: "Path") -> "None":
    """Let the disk have the new name too; some file systems cannot, which costs only this certainty."""
    with contextlib.suppress(OSError):
        number = os.open(str(folder), os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def given_object(content: bytes | str, name: str, *, remedy: str) -> dict[str, Any]:
    """Return the JSON object in what somebody gave; ``name`` is what errors call it.

    Raises:
        BadInputError: It is in no known encoding, not JSON, nested too deeply, or not an object; line and column are named.

    """
    try:
        return read_object(content)
    except JsonTextError as error:
        raise BadInputError(error.of(name), remedy=remedy) from error


def given_file(file: Path, *, remedy: str) -> dict[str, Any]:
    """Return the JSON object in a file. Raises BadInputError, also when the file cannot be read."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInputError(f"{file} cannot be read: {error.strerror}", remedy=remedy) from error
    return given_object(content, str(file), remedy=remedy)


def object_or_none(content: bytes | str) -> dict[str, Any] | None:
    """Return the JSON object in a text, None where it is anything else: what that means is for the caller to say."""
    try:
        return read_object(content)
    except JsonTextError:
        return None


def json_or_text(text: str) -> Any:
    """Return the JSON value that a text is, and the text itself where it is none."""
    try:
        return read_json(text)
    except JsonTextError:
        return text
