"""The price files as an operator has edited them, in the place of this release's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from hubctl.prices import files

Edit = Callable[[str, str, str], Path]


def editing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Edit:
    """Return ``edit(file, old, new)``: replaces the first ``old`` in a copy in ``folder``, which hubctl reads from then on."""

    def edit(name: str, old: str, new: str) -> Path:
        for each in ("ec2.json", "services.json"):
            if not (folder / each).exists():
                (folder / each).write_bytes((files.FOLDER / each).read_bytes())
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
        monkeypatch.setattr(files, "FOLDER", folder)
        files.forget()
        return folder / name

    return edit
