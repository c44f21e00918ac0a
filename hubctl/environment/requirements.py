"""Check that the machine has the tools the project needs, and name all that are missing at once."""

import sys
from typing import NamedTuple

from hubctl.environment.tools import (
    Version,
    ask_tool,
    find_version,
    on_path,
    show_version,
    terraform_binary,
)

PYTHON_MINIMUM = (3, 11)
NODE_MINIMUM = (20,)
TERRAFORM_MINIMUM = (1, 9)  # variable validations refer to other variables


class Problem(NamedTuple):
    """One thing that keeps the project from being set up, and what to do about it."""

    tool: "str"
    message: "str"
    remedy: "str"


def check_tools() -> "list[Problem]":
    """Return everything that is missing or too old; an empty list when set-up can go ahead."""
    found = [check_python(), check_node(), check_npm(), check_terraform()]
    return [problem for problem in found if problem is not None]


def check_python() -> "Problem | None":
    """Check the version of the running Python and that it can create virtual environments."""
    remedy = "install Python 3.11 or newer, then: make setup PYTHON=/path/to/that/python3"
    version = sys.version_info[:3]
    if version < PYTHON_MINIMUM:
        return _too_old("Python", version, PYTHON_MINIMUM, remedy)
    for module in ("venv", "ensurepip"):
        try:
            __import__(module)
        except ImportError:
            return Problem(
                "Python",
                f"Python {show_version(version)} has no module '{module}'",
                "install it (on Debian and Ubuntu: the package python3-venv)",
            )
    return None


def check_node() -> "Problem | None":
    """Check for Node; its release numbers look like v20.11.1."""
    remedy = "install Node 20 or newer and put it on PATH"
    if on_path("node") is None:
        return Problem("Node", "Node is not on PATH", remedy)
    answer = ask_tool(["node", "--version"])
    version = find_version(answer.output, r"^v(\d+(?:\.\d+)+)\s*$")
    if version is None:
        return _no_version("Node", "node --version", answer.output + answer.errors, remedy)
    return _too_old("Node", version, NODE_MINIMUM, remedy) if version < NODE_MINIMUM else None


def check_npm() -> "Problem | None":
    """Check for npm; every npm that comes with a new enough Node will do."""
    remedy = "install npm (it comes with Node; on Debian and Ubuntu it is the package npm)"
    if on_path("npm") is None:
        return Problem("npm", "npm is not on PATH", remedy)
    answer = ask_tool(["npm", "--version"])
    if find_version(answer.output, r"^(\d+(?:\.\d+)+)\s*$") is None:
        return _no_version("npm", "npm --version", answer.output + answer.errors, remedy)
    return None


def check_terraform() -> "Problem | None":
    """Check for Terraform; warnings it prints about the user's own configuration do no harm."""
    remedy = "install Terraform 1.9 or newer (1.11 is the tested one) and put it on PATH"
    binary = terraform_binary()
    if on_path(binary) is None:
        return Problem("Terraform", f"Terraform is not on PATH (looked for '{binary}')", remedy)
    version, _, complaint = terraform_version()
    if version is None:
        return _no_version("Terraform", f"{binary} version -json", complaint, remedy)
    return _too_old("Terraform", version, TERRAFORM_MINIMUM, remedy) if version < TERRAFORM_MINIMUM else None


def terraform_version() -> "tuple[Version | None, str | None, str]":
    """Return Terraform's version, its platform (such as linux_amd64) and, without a version, what it said.

    Only the two fields are looked for: warnings may stand before, behind or between the JSON.
    """
    answer = ask_tool([terraform_binary(), "version", "-json"])
    version = find_version(answer.output, r'"terraform_version"\s*:\s*"(\d+(?:\.\d+)+)')
    if version is None:  # Terraform before 0.13 knows no -json
        version = find_version(answer.output, r"^Terraform v(\d+(?:\.\d+)+)")
    _, _, behind = answer.output.partition('"platform"')
    parts = behind.split('"')
    platform = parts[1] if len(parts) > 1 and "_" in parts[1] else None
    return version, platform, (answer.errors + answer.output)


def _too_old(tool: "str", version: "Version", minimum: "Version", remedy: "str") -> "Problem":
    return Problem(
        tool,
        f"{tool} {show_version(minimum)} or newer is needed, found {show_version(version)}",
        remedy,
    )


def _no_version(tool: "str", command: "str", said: "str", remedy: "str") -> "Problem":
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return Problem(
        tool, f"'{command}' names no version: {lines[-1] if lines else 'it prints nothing'}", remedy
    )
