"""What a Lab on this machine needs, all of it checked before anything is started."""

import os
import shutil

from hubctl.calling import again_as_root
from hubctl.environment.tools import terraform_binary
from hubctl.errors import BadInputError, HubctlError
from hubctl.terraform.environment import driver_environment

TOOLS = (
    "curl",
    "docker",
    "dockerd",
    "ip",
    "iptables",
    "jq",
    "mkfs.ext4",
    "mmdebstrap",
    "node",
    "npm",
    "nsenter",
    "openssl",
    "unshare",
)


def check_machine() -> None:
    """Raise BadInputError that names everything that is missing."""
    need_root()
    problems, remedies = [], []
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [tool for tool in TOOLS if not shutil.which(tool, path=path)]
    if missing:
        problems.append(f"these tools are missing: {', '.join(missing)}")
        remedies.append("Run `make system-packages`, which installs what is missing.")
    for check in (terraform_binary, driver_environment):
        try:
            check()
        except HubctlError as error:
            problems.append(error.message)
            remedies.append(error.remedy)
    if problems:
        raise BadInputError("; ".join(dict.fromkeys(problems)), remedy=" ".join(dict.fromkeys(remedies)))


def need_root() -> None:
    """Raise BadInputError for anybody but root."""
    if os.geteuid() != 0:
        raise BadInputError(
            "hosts in namespaces of their own need root", remedy=f"Run it with sudo: `{again_as_root()}`."
        )
