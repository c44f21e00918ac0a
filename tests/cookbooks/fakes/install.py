"""``install.py FOLDER``: write one stand-in a command into FOLDER, which then goes first on PATH.

The stand-ins keep their state in the folder that FAKE_STATE names. They need no package but Python's own, and start
much faster without looking for others.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

PROGRAMS = {
    "aws.py": ("aws",),
    "docker.py": ("docker", "curl"),
    "system.py": (
        "apt-cache",
        "apt-get",
        "systemctl",
        "mount",
        "umount",
        "findmnt",
        "nginx",
        "iptables",
        "ip6tables",
    ),
}
HERE = Path(__file__).resolve().parent


def install(folder: Path) -> None:
    """Write the stand-ins."""
    folder.mkdir(parents=True, exist_ok=True)
    for program, names in PROGRAMS.items():
        for name in names:
            path = folder / name
            path.write_text(
                "#!/bin/sh\n"
                f"FAKE_NAME={name} exec {shlex.quote(sys.executable)} -ISB "
                f'{shlex.quote(str(HERE / "run.py"))} {program} "$@"\n',
                encoding="utf-8",
            )
            path.chmod(0o755)


if __name__ == "__main__":
    install(Path(sys.argv[1]))
