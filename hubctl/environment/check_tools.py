"""``python -m hubctl.environment.check_tools [lint]``: name every program that the checks need and this machine lacks.

A check that cannot run has to fail, and to do so before the long ones have begun.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable

from hubctl.environment.project import ROOT

# Program: the Debian package that has it. Each is in .ci/apt-packages, which CI installs.
LINTERS = {"rubocop": "rubocop", "shellcheck": "shellcheck"}
PROGRAMS = {
    **LINTERS,
    "curl": "curl",
    "dot": "graphviz",
    "ip": "iproute2",
    "jq": "jq",
    "openssl": "openssl",
    "rspec": "ruby-rspec",
    "ruby": "ruby",
    "unshare": "util-linux",
}
_ADMINISTRATORS = "/usr/sbin:/sbin"  # ip lies there, which is not on everybody's PATH


def missing(programs: Iterable[str]) -> list[str]:
    """Return those that neither PATH nor the administrators' folders have, in order."""
    path = f"{os.environ.get('PATH', '')}:{_ADMINISTRATORS}"
    return sorted(name for name in programs if shutil.which(name, path=path) is None)


def main(arguments: list[str]) -> int:
    """Report what is missing, a line each; return 1 if anything is."""
    wanted = LINTERS if arguments == ["lint"] else PROGRAMS
    lacking = missing(wanted)
    if not lacking:
        return 0
    print("The checks cannot run on this machine yet:", file=sys.stderr)
    for name in lacking:
        print(f"  - {name} is not installed: on Debian it is in the package {wanted[name]}", file=sys.stderr)
    packages = " ".join(sorted({wanted[name] for name in lacking}))
    folder = (ROOT / ".ci" / "apt-packages").relative_to(ROOT)
    print(f"Install them ({packages}; {folder} lists all packages), then run it again.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
