"""``python -m tools.script_lint``: run shellcheck over every shell script that git knows of."""

import subprocess
import sys
from pathlib import Path

from hubctl.core.project_folders import ROOT
from hubctl.core.tool_versions import ask_tool

SHELLCHECK = Path(sys.executable).with_name("shellcheck")  # its wheel is in Pipfile.lock
_SHELLS = ("bash", "sh", "dash")


def shell_scripts(root: Path) -> list[Path]:
    """Return the tracked and new files that end in ``.sh`` or begin with a shell's ``#!`` line."""
    listing = ask_tool(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    )
    paths = [root / name for name in listing.output.split("\0") if name]
    return [path for path in paths if path.is_file() and _is_shell(path)]


def main() -> int:
    """Check all scripts; without shellcheck say so and fail."""
    scripts = shell_scripts(ROOT)
    if not SHELLCHECK.is_file():
        print(
            f"shellcheck is not installed: {len(scripts)} shell scripts were not checked; run `make setup`",
            file=sys.stderr,
        )
        return 1
    if not scripts:
        return 0
    command = [str(SHELLCHECK), "--external-sources", *map(str, scripts)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _is_shell(path: Path) -> bool:
    if path.suffix == ".sh":
        return True
    if path.suffix:
        return False
    with path.open("rb") as stream:
        first = stream.readline(200).decode("utf-8", "replace").split()
    return (
        bool(first)
        and first[0].startswith("#!")
        and any(word.split("/")[-1] in _SHELLS for word in (first[0].removeprefix("#!"), *first[1:2]))
    )


if __name__ == "__main__":
    sys.exit(main())
