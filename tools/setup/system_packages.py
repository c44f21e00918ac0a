"""``python -m tools.setup.system_packages check|test|e2e``: install the system packages that these need.

Runs before anything else, with the system's Python. Says what it installs, and does nothing where nothing is
missing. Where it cannot install (no apt, no rights) it prints the one command to run, and exits 2.
"""

import os
import shutil
import subprocess
import sys
import threading
from dataclasses import dataclass

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import ROOT
from hubctl.core.tool_versions import is_installed
from tools.setup.running import run_setup_step, say

LIST = ROOT / "tools" / "setup" / "system-packages.txt"
PURPOSES = ("check", "test", "e2e")
_UPDATE_SECONDS, _INSTALL_SECONDS = 300.0, 1200.0
_REMEDY = "see the lines above; set right what apt names, then run it again"


@dataclass(frozen=True)
class SystemPackage:
    """A package of Debian and Ubuntu, the program by which it is known, and what needs it."""

    name: str
    program: str
    purposes: tuple[str, ...]
    reason: str


def read_package_list(text: str) -> list[SystemPackage]:
    """Read the list; raise ValueError for a line that is not ``package program purposes… what for``."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        end = 2
        while end < len(words) and words[end] in PURPOSES:
            end += 1
        purposes, reason = tuple(words[2:end]), " ".join(words[end:])
        if not purposes or not reason:
            raise ValueError(f"{LIST.name}: {line!r} is not: package program purposes what-for")
        found.append(SystemPackage(words[0], words[1], purposes, reason))
    return found


def missing(packages: list[SystemPackage], purpose: str) -> list[SystemPackage]:
    """Return those that a purpose needs and that are not there."""
    return [
        package for package in packages if purpose in package.purposes and not is_installed(package.program)
    ]


def install_command(packages: list[SystemPackage]) -> list[str]:
    """Return apt's command for the packages, as root runs it."""
    names = [package.name for package in packages]
    return ["apt-get", "install", "--yes", "--no-install-recommends", *names]


def root_prefix() -> list[str] | None:
    """Return what makes a command run as root: nothing for root, sudo for others; None where neither works.

    Without a terminal sudo could not ask for a password, so that it must work without one there.
    """
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") is None:
        return None
    if sys.stdin.isatty():
        return ["sudo"]
    asked = subprocess.run(
        ["sudo", "-n", "true"],  # noqa: S607
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return ["sudo", "-n"] if asked.returncode == 0 else None


def main(arguments: list[str]) -> int:
    """Install what is missing; return 0 when nothing is missing any more, 1 when apt failed, 2 when it cannot be used."""
    if len(arguments) != 1 or arguments[0] not in PURPOSES:
        print("usage: python -m tools.setup.system_packages check|test|e2e", file=sys.stderr)
        return 2
    packages = missing(read_package_list(LIST.read_text(encoding="utf-8")), arguments[0])
    if not packages:
        return 0
    prefix = root_prefix()
    if shutil.which("apt-get") is None:
        programs = ", ".join(f"{package.program} ({package.name})" for package in packages)
        print(f"Install these programs with this system's package manager: {programs}", file=sys.stderr)
        return 2
    if prefix is None:
        command = " ".join(install_command(packages))
        print(f"Run this as root, then `make {arguments[0]}` again:", file=sys.stderr)
        print(f"  apt-get update && {command}", file=sys.stderr)
        return 2
    return _install(packages, prefix)


def _install(packages: list[SystemPackage], prefix: list[str]) -> int:
    say("Installing system packages:")
    for package in packages:
        say(f"  {package.name:<14} {package.reason}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # sudo starts with a new environment
    as_root = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    steps = (
        ("package lists", ["apt-get", "update"], _UPDATE_SECONDS),
        ("system packages", install_command(packages), _INSTALL_SECONDS),
    )
    try:
        for name, command, deadline in steps:
            run_setup_step(
                name,
                [*as_root, *command],
                remedy=_REMEDY,
                environment=environment,
                stop=threading.Event(),
                deadline=deadline,
            )
    except HubctlError as error:
        print(f"error: {error.message}\n       {error.remedy}", file=sys.stderr)
        return 1
    lacking = [package.program for package in packages if not is_installed(package.program)]
    if lacking:
        print(
            f"error: apt has installed the packages, but these programs are still not there: {', '.join(lacking)}",
            file=sys.stderr,
        )
        return 1
    say("System packages: done")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("interrupted; running it again resumes", file=sys.stderr)
        sys.exit(130)
