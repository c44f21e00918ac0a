"""The tools that the project needs beside Python packages: which versions are there, and all that is missing, at once.

Whatever else a tool prints, such as warnings about the operator's own configuration, does no harm.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import NamedTuple

ADMINISTRATORS = "/usr/sbin:/sbin"  # where ip and dockerd lie, which is not on everybody's PATH
NODE_MINIMUM = (20,)
TERRAFORM_MINIMUM = (1, 9)  # variable validations refer to other variables
ANSWER_SECONDS = 30

Version = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that keeps the project from being set up, and what to do about it."""

    tool: str
    message: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class ToolAnswer:
    """What a tool said: exit code (None: it could not be started or did not end in time) and its texts."""

    exit_code: int | None
    output: str = ""
    errors: str = ""


class TerraformVersion(NamedTuple):
    """What ``terraform version`` said; ``platform`` is such as linux_amd64, ``said`` is all of its text."""

    version: Version | None
    platform: str | None
    said: str


def check_tools() -> list[Problem]:
    """Return everything that is missing or too old; an empty list when set-up can go ahead."""
    found = [check_python(), check_node(), check_npm(), check_terraform()]
    return [problem for problem in found if problem is not None]


def check_python() -> Problem | None:
    """Check that the running Python can create virtual environments. Its version is checked by ``tools.setup``."""
    for module in ("venv", "ensurepip"):
        if not _has_module(module):
            return Problem(
                tool="Python",
                message=f"Python {show_version(sys.version_info[:3])} has no module '{module}'",
                remedy="install it (on Debian and Ubuntu: the package python3-venv)",
            )
    return None


def check_node() -> Problem | None:
    """Check for Node; its release numbers look like v20.11.1."""
    remedy = "install Node 20 or newer and put it on PATH"
    if on_path("node") is None:
        return Problem(tool="Node", message="Node is not on PATH", remedy=remedy)
    answer = ask_tool(["node", "--version"])
    version = find_version(answer.output, r"^v(\d+(?:\.\d+)+)\s*$")
    if version is None:
        return _no_version("Node", "node --version", answer.output + answer.errors, remedy)
    return _too_old("Node", version, NODE_MINIMUM, remedy) if version < NODE_MINIMUM else None


def check_npm() -> Problem | None:
    """Check for npm; every npm that comes with a new enough Node will do."""
    remedy = "install npm (it comes with Node; on Debian and Ubuntu it is the package npm)"
    if on_path("npm") is None:
        return Problem(tool="npm", message="npm is not on PATH", remedy=remedy)
    answer = ask_tool(["npm", "--version"])
    if find_version(answer.output, r"^(\d+(?:\.\d+)+)\s*$") is None:
        return _no_version("npm", "npm --version", answer.output + answer.errors, remedy)
    return None


def check_terraform() -> Problem | None:
    """Check for Terraform; warnings it prints about the user's own configuration do no harm."""
    remedy = "install Terraform 1.9 or newer (1.11 is the tested one) and put it on PATH"
    binary = terraform_binary()
    if on_path(binary) is None:
        message = f"Terraform is not on PATH (looked for '{binary}')"
        return Problem(tool="Terraform", message=message, remedy=remedy)
    version, _, said = terraform_version()
    if version is None:
        return _no_version("Terraform", f"{binary} version -json", said, remedy)
    return _too_old("Terraform", version, TERRAFORM_MINIMUM, remedy) if version < TERRAFORM_MINIMUM else None


def terraform_binary() -> str:
    """Return the Terraform command; TERRAFORM_BINARY_NAME chooses another one, as it does for cdktf."""
    return os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"


def terraform_version() -> TerraformVersion:
    """Ask Terraform for its version and platform.

    Only the two fields are looked for: warnings may stand before, behind or between the JSON.
    """
    answer = ask_tool([terraform_binary(), "version", "-json"])
    version = find_version(answer.output, r'"terraform_version"\s*:\s*"(\d+(?:\.\d+)+)')
    if version is None:  # Terraform before 0.13 knows no -json
        version = find_version(answer.output, r"^Terraform v(\d+(?:\.\d+)+)")
    platform = re.search(r'"platform"[^"]*"([^"]*_[^"]*)"', answer.output)
    return TerraformVersion(version, platform[1] if platform else None, answer.errors + answer.output)


def ask_tool(command: list[str], environment: dict[str, str] | None = None) -> ToolAnswer:
    """Run a tool for at most 30 seconds with no input; never raise because of what it does or prints."""
    try:
        finished = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            env=environment,
            timeout=ANSWER_SECONDS,
            check=False,
        )
    except OSError as error:
        return ToolAnswer(exit_code=None, errors=str(error))
    except subprocess.TimeoutExpired:
        return ToolAnswer(exit_code=None, errors=f"no answer within {ANSWER_SECONDS} seconds")
    return ToolAnswer(exit_code=finished.returncode, output=finished.stdout, errors=finished.stderr)


def find_version(text: str, pattern: str = r"(\d+(?:\.\d+)+)") -> Version | None:
    """Return the first dotted version that ``pattern`` (one group) finds in a text, as numbers."""
    match = re.search(pattern, text, re.MULTILINE)
    return tuple(int(number) for number in match[1].split(".")) if match else None


def show_version(version: Version) -> str:
    """Return a version as people write it."""
    return ".".join(str(number) for number in version)


def on_path(name: str) -> str | None:
    """Return the absolute path of a tool on PATH, or None."""
    found = shutil.which(name)
    return os.path.abspath(found) if found else None  # noqa: PTH100 (must not follow the links of shims)


def is_installed(name: str) -> bool:
    """Tell whether PATH or the administrators' folders have a program."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{ADMINISTRATORS}") is not None


def _has_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ValueError:  # blocked in sys.modules
        return False


def _too_old(tool: str, version: Version, minimum: Version, remedy: str) -> Problem:
    message = f"{tool} {show_version(minimum)} or newer is needed, found {show_version(version)}"
    return Problem(tool=tool, message=message, remedy=remedy)


def _no_version(tool: str, command: str, said: str, remedy: str) -> Problem:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    message = f"'{command}' names no version: {lines[-1] if lines else 'it prints nothing'}"
    return Problem(tool=tool, message=message, remedy=remedy)
