"""Check that the machine has the tools the project needs, and name all that are missing at once."""

import os
import re
import shutil
import subprocess
import sys
from typing import NamedTuple, Tuple  # noqa: UP035 (Python 3.6 loads this file)

ADMINISTRATORS = "/usr/sbin:/sbin"  # where ip and dockerd lie, which is not on everybody's PATH
Version = Tuple[int, ...]  # noqa: UP006 (Python 3.6 loads this file)


class ToolAnswer(NamedTuple):
    """What a tool said: exit code (None: it could not be started or did not end in time) and its texts."""

    exit_code: "int | None"
    output: "str"
    errors: "str"


def ask_tool(command: "list[str]", environment: "dict[str, str] | None" = None) -> "ToolAnswer":
    """Run a tool for at most 30 seconds with no input; never raise because of what it does or prints."""
    try:
        process = subprocess.Popen(  # capture_output and text are newer than Python 3.6
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        return ToolAnswer(None, "", str(error))
    try:
        output, errors = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return ToolAnswer(None, "", "no answer within 30 seconds")
    return ToolAnswer(
        process.returncode, output.decode("utf-8", "replace"), errors.decode("utf-8", "replace")
    )


def find_version(text: "str", pattern: "str" = r"(\d+(?:\.\d+)+)") -> "Version | None":
    """Return the first dotted version that ``pattern`` (one group) finds in a text, as numbers."""
    match = re.search(pattern, text, re.MULTILINE)
    return tuple(int(number) for number in match.group(1).split(".")) if match else None


def show_version(version: "Version") -> "str":
    """Return a version as people write it."""
    return ".".join(str(number) for number in version)


def terraform_binary() -> "str":
    """Return the Terraform command; TERRAFORM_BINARY_NAME chooses another one, as it does for cdktf."""
    return os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"


def is_installed(name: "str") -> "bool":
    """Tell whether PATH or the administrators' folders have a program."""
    path = "{}:{}".format(os.environ.get("PATH", ""), ADMINISTRATORS)
    return shutil.which(name, path=path) is not None


def on_path(name: "str") -> "str | None":
    """Return the absolute path of a tool on PATH, or None."""
    found = shutil.which(name)
    return os.path.abspath(found) if found else None  # noqa: PTH100 (must not follow the links of shims)


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
