"""``python -m tools.release.notes [--tag TAG]``: check that everything names one version, and print its notes.

The tag, pyproject.toml and the newest version in CHANGELOG.md have to be the same. Exits with 1 when they are not.
"""

import argparse
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from hubctl.core.errors import HubctlError
from tools.release.changelog import UNRELEASED, ChangelogError, read

ROOT = Path(__file__).resolve().parent.parent.parent


class ReleaseError(HubctlError):
    """The project cannot be released as it is."""


def release_notes(project: Path, tag: str | None = None) -> str:
    """Return the notes of the version that the project is at; raise ReleaseError when it cannot be released."""
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    if tag is not None and tag != f"v{declared}":
        raise ReleaseError(
            f"the tag is {tag}, but pyproject.toml has version {declared}",
            remedy=f"Tag the commit whose pyproject.toml has that version, or name the tag v{declared}.",
        )
    try:
        newest = read((project / "CHANGELOG.md").read_text(encoding="utf-8"))[0]
    except ChangelogError as error:
        lines = "\n".join(f"  - {mistake}" for mistake in error.mistakes)
        raise ReleaseError(
            f"CHANGELOG.md is not written as it must be:\n{lines}", remedy="Correct these lines."
        ) from error
    if newest.version == UNRELEASED:
        raise ReleaseError(
            f"CHANGELOG.md has a part {UNRELEASED}",
            remedy=f"Give it the heading ## {declared} - DATE, and pyproject.toml the same version.",
        )
    if newest.version != declared:
        raise ReleaseError(
            f"the newest version in CHANGELOG.md is {newest.version}, but pyproject.toml has {declared}",
            remedy=f"Write a part ## {declared} - DATE, or correct the version.",
        )
    return newest.notes


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the notes to standard output; return 1 with an error when there can be no release."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.release.notes", description="Print the notes of the version in pyproject.toml."
    )
    parser.add_argument("--tag", help="the tag that is released, such as v0.2.0: it must name the version")
    try:
        print(release_notes(ROOT, parser.parse_args(arguments).tag), end="")
    except ReleaseError as error:
        print(f"error: {error.message}\n       {error.remedy}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
