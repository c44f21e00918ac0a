"""The bootstrap scripts as text: lint, size, and what they read from the contract."""

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.node_host.host import BOOTSTRAP, SCRIPTS
from tools.script_lint import SHELLCHECK

KINDS = sorted(SCRIPTS)
SHELL = sorted(BOOTSTRAP.glob("*.sh"))
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html: before base64
LIMIT_BYTES = 16384


def program(kind: str) -> str:
    """Return the whole user data of a kind, with a contract of realistic length."""
    contract = "cat >/dev/null <<'CONTRACT'\n" + "QUJD" * 400 + "\nCONTRACT"
    return "\n".join([contract, *((BOOTSTRAP / name).read_text(encoding="utf-8") for name in SCRIPTS[kind])])


def shellcheck(*arguments: str, text: str | None = None) -> None:
    command = [str(SHELLCHECK), *arguments]
    checked = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_script_is_clean(path: Path) -> None:
    shellcheck(str(path))


@pytest.mark.parametrize("kind", KINDS)
def test_whole_program_is_clean_and_parses(kind: str) -> None:
    # 2119, 2120: functions with optional arguments; 2317: functions that only the installed program calls
    shellcheck("--shell=bash", "--exclude=SC2034,SC2119,SC2120,SC2317", "-", text=program(kind))
    parsed = subprocess.run(
        ["/bin/bash", "-n"], input=program(kind), capture_output=True, text=True, check=False
    )
    assert parsed.returncode == 0, parsed.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_user_data_fits(kind: str) -> None:
    assert len(gzip.compress(program(kind).encode())) < LIMIT_BYTES


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_what_is_read_from_the_contract_is_in_it(path: Path, project: Path) -> None:
    golden = json.loads((project / "cookbooks/contract/golden.json").read_text(encoding="utf-8"))["chef_hub"]
    for name in set(re.findall(r"\$\(contract ([a-z_.]+)\)", path.read_text(encoding="utf-8"))):
        value = golden
        for part in name.split("."):
            assert part in value, f"{path.name} reads {name}, which the contract does not have"
            value = value[part]


@pytest.mark.parametrize("path", SHELL, ids=lambda path: path.name)
def test_nothing_is_traced_and_every_request_is_bounded(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"set -[a-z]*x|bash -x|BASH_XTRACEFD|--debug", text), "a trace would print secrets"
    for line in text.splitlines():
        if re.search(r"(?<!command -v )\bcurl -", line):
            assert "--max-time" in line
