"""Files of variables in the form of systemd's EnvironmentFile.

https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#EnvironmentFile=
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

_SPECIAL = re.compile(r'(["\\$`])')
_LINE = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="(.*)"')


def text(variables: Mapping[str, str]) -> str:
    """Return the file's text: quoted, with the few characters escaped that are special inside quotes."""
    for name, value in variables.items():
        if "\n" in value or "\r" in value:
            raise ValueError(f"the value of {name} holds a line break")
    escaped = {name: _SPECIAL.sub(r"\\\1", value) for name, value in variables.items()}
    return "".join(f'{name}="{value}"\n' for name, value in escaped.items())


def parse(content: str) -> dict[str, str]:
    """Return the variables of a file that :func:`text` made."""
    found = (_LINE.fullmatch(line) for line in content.splitlines())
    return {match[1]: re.sub(r"\\(.)", r"\1", match[2]) for match in found if match}


def write_private(file: Path, content: str, mode: int = 0o600) -> None:
    """Write a file for its owner alone, whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
