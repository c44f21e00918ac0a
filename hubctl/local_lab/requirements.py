"""What a Lab on this machine needs, all of it checked before anything is started."""

from hubctl.environment.tools import terraform_binary
from hubctl.errors import BadInputError, HubctlError
from hubctl.terraform.environment import driver_environment
from hubctl.trial_machine import need_programs, need_root

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
    for check in (lambda: need_programs(TOOLS), terraform_binary, driver_environment):
        try:
            check()
        except HubctlError as error:
            problems.append(error.message)
            remedies.append(error.remedy)
    if problems:
        raise BadInputError("; ".join(dict.fromkeys(problems)), remedy=" ".join(dict.fromkeys(remedies)))
