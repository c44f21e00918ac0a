"""Ask command line tools for their version, whatever else they print."""

import os
import re
import shutil
import subprocess
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
