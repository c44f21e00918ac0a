"""What trials on real hosts need of this machine: root, and programs of the system."""

import os
from collections.abc import Iterable

from hubctl.calling import again_as_root
from hubctl.environment.tools import is_installed
from hubctl.errors import BadInputError

INSTALL = "Run `make system-packages`, which installs what is missing."


def need_root() -> None:
    """Raise BadInputError for anybody but root."""
    if os.geteuid() != 0:
        raise BadInputError(
            "hosts in namespaces of their own need root", remedy=f"Run it with sudo: `{again_as_root()}`."
        )


def need_programs(names: Iterable[str]) -> None:
    """Raise BadInputError that names all programs that are missing."""
    if missing := [name for name in names if not is_installed(name)]:
        raise BadInputError(f"these tools are missing: {', '.join(missing)}", remedy=INSTALL)
