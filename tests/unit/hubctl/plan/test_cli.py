"""The plan wrapper: arguments and exit status pass through, the estimate comes at the end."""

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.plan.run import check_variables
from stacks.synthesis_place import LEFT_OVERRIDE
from tests.support.printed import flat
from tests.support.waiting import PATIENCE

Run = Callable[..., subprocess.CompletedProcess[str]]
pytestmark = pytest.mark.terraform  # reads the values of variables
VARIABLES = {"TF_VAR_domain_name": "hub.lab.example.test", "TF_VAR_hosted_zone": "lab.example.test"}
# Values of variables are read by Terraform itself, in separate folders.
STUB = """#!/bin/sh
[ -f cdk.tf.json ] || exec terraform "$@"
printf '%s\\n' "$*" >> "$CALLS"
case $1 in
init) mkdir .terraform ;;
plan) echo "the plan"; exit "$STATUS" ;;
show) echo "$SHOWN" ;;
esac
"""


@pytest.fixture
def folder(synth: Callable[..., Any], tmp_path: Path) -> Path:
    made = tmp_path / "aws-lab"
    made.mkdir()
    (made / "cdk.tf.json").write_text(json.dumps(synth("aws-lab")))
    return made


@pytest.fixture
def plan(folder: Path, project: Path, tmp_path: Path) -> Run:
    """Return ``plan(*arguments, status=…)``, run with a stand-in for Terraform, or ``real=True`` with itself.

    ``more`` are variables of the environment; None takes one away. ``terminal`` is what standard input reads.
    """
    stub = tmp_path / "terraform-stub"
    stub.write_text(STUB)
    stub.chmod(stub.stat().st_mode | stat.S_IXUSR)

    def run(
        *arguments: str,
        status: int = 0,
        real: bool = False,
        terminal: int = subprocess.DEVNULL,
        **more: str | None,
    ) -> subprocess.CompletedProcess[str]:
        given = {**VARIABLES, **more}
        stand_in = {} if real else {"TERRAFORM_BINARY_NAME": str(stub)}
        code = "from hubctl.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, "plan", "--stack=aws-lab", f"--folder={folder}", *arguments],
            env={
                **{name: value for name, value in os.environ.items() if name not in given},
                "PYTHONPATH": str(project),
                "NO_COLOR": "1",
                "COLUMNS": "120",
                "CALLS": str(tmp_path / "calls"),
                "STATUS": str(status),
                **{name: value for name, value in given.items() if value is not None},
                **stand_in,
            },
            stdin=terminal,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


def test_arguments_reach_terraform_and_the_cost_comes_last(plan: Run, tmp_path: Path) -> None:
    arguments = ("-refresh=false", "-var", "max_size=7", "-out=plan", "-detailed-exitcode")
    ran = plan(*arguments, status=2)
    assert ran.returncode == 2, ran.stderr
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls == ["init -input=false -no-color", f"plan {' '.join(arguments)}"]
    before, _, after = ran.stdout.partition("aws-lab in us-east-1: USD a month, estimated")
    assert "the plan" in before
    assert "560.64" not in after
    assert "981.12" in after  # 7 instances
    plan("-no-color")
    assert (tmp_path / "calls").read_text().splitlines()[2:] == ["plan -no-color"]


def test_a_failed_plan_has_no_estimate_and_keeps_its_status(plan: Run) -> None:
    ran = plan(status=1)
    assert ran.returncode == 1
    assert "a month" not in ran.stdout


def test_a_plan_for_programs_stays_alone_on_standard_output(plan: Run) -> None:
    ran = plan("-json")
    assert ran.stdout == "the plan\n"
    assert "USD a month" in ran.stderr


def test_what_a_killed_destroy_left_is_removed_before_anything_is_planned(plan: Run, folder: Path) -> None:
    (folder / LEFT_OVERRIDE).write_text("{}")
    ran = plan()
    assert ran.returncode == 0
    assert f"removed {folder / LEFT_OVERRIDE}" in flat(ran.stderr)
    assert not (folder / LEFT_OVERRIDE).exists()
    assert "removed" not in plan().stderr


def test_a_destroy_is_not_priced(plan: Run) -> None:
    ran = plan("-destroy")
    assert ran.returncode == 0
    assert "USD" not in ran.stdout
    assert "only what it keeps" in ran.stdout


def test_an_estimate_that_fails_changes_nothing(plan: Run) -> None:
    ran = plan("-var", "max_size=many", status=2)
    assert ran.returncode == 2
    assert "the cost could not be estimated" in ran.stderr


def largest(ran: subprocess.CompletedProcess[str]) -> int:
    """Return the largest number of instances in the estimate."""
    assert ran.returncode == 0, ran.stderr
    found = re.search(r"on demand \(lab\).*?([\d,]+\.\d\d)\D*$", ran.stdout, re.MULTILINE)
    assert found, ran.stdout
    return round(float(found[1].replace(",", "")) / 140.16)


@pytest.mark.parametrize(
    ("arguments", "more", "size"),
    [
        (("-var", "max_size=10", "-var-file=six.tfvars"), {}, 6),
        (("-var-file=six.tfvars", "-var", "max_size=10"), {}, 10),
        ((), {"TF_CLI_ARGS_plan": "-var 'max_size=9'"}, 9),
        (("-var=max_size=8.0",), {"TF_CLI_ARGS": "-var max_size=9 -var-file=six.tfvars"}, 8),
        ((), {"TF_CLI_ARGS": "-var max_size=9", "TF_CLI_ARGS_plan": "-var max_size=7"}, 9),
        ((), {"TF_VAR_max_size": "7.0"}, 7),
    ],
)
def test_case_08_where_no_plan_is_kept_terraform_reads_the_values_in_the_order_given(
    plan: Run, folder: Path, arguments: tuple[str, ...], more: dict[str, str], size: int
) -> None:
    (folder / "six.tfvars").write_text("max_size = 6\n")
    assert largest(plan(*arguments, **more)) == size


@pytest.mark.parametrize(
    ("arguments", "more"),
    [(("-out=mine", "-var=max_size=7"), {}), ((), {"TF_CLI_ARGS_plan": "-out=mine -var max_size=7"})],
)
def test_case_08_the_values_of_a_kept_plan_count(
    plan: Run, folder: Path, arguments: tuple[str, ...], more: dict[str, str]
) -> None:
    (folder / "mine").touch()
    # As Terraform writes them: numbers that were given as texts stay texts
    shown = {"variables": {"max_size": {"value": "9"}, "domain_name": {"value": "x.lab.example.test"}}}
    assert largest(plan(*arguments, SHOWN=json.dumps(shown), **more)) == 9
    assert largest(plan(*arguments, SHOWN="{}", **more)) == 7  # tells of none


def test_the_estimate_stays_out_of_output_for_programs_that_the_environment_asks_for(plan: Run) -> None:
    ran = plan(TF_CLI_ARGS_plan="-json")
    assert ran.stdout == "the plan\n"
    assert "USD a month" in ran.stderr


@pytest.mark.parametrize("words", ["-var 'max_size=", "-var max_size=7 ; ignored", "-var (max_size=7)"])
def test_words_that_no_shell_would_take_are_left_to_terraform(plan: Run, tmp_path: Path, words: str) -> None:
    ran = plan(TF_CLI_ARGS_plan=words)
    assert ran.returncode == 0, ran.stderr
    assert "Traceback" not in ran.stderr
    assert (tmp_path / "calls").read_text().splitlines()[-1] == "plan"


def test_with_the_real_terraform(plan: Run, folder: Path) -> None:
    small = {
        "variable": {"max_size": {"type": "number", "default": 3}},
        "output": {"size": {"value": "${var.max_size}"}},
    }
    (folder / "cdk.tf.json").write_text(json.dumps(small))
    assert plan("-no-color", real=True).returncode == 0
    changed = plan("-no-color", "-detailed-exitcode", "-var=max_size=4", real=True)
    assert changed.returncode == 2, changed.stderr
    assert "+ size = 4" in changed.stdout
    assert "USD a month" in changed.stdout
    assert "people at work notice none of this" in flat(changed.stdout)
    kept = folder / ".terraform/hubctl.tfplan"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    named = plan("-no-color", "-out=mine", "-var=max_size=5", real=True)
    assert "people at work notice none of this" in flat(named.stdout)
    assert (folder / "mine").is_file()
    for name in ("TF_CLI_ARGS", "TF_CLI_ARGS_plan"):
        added = plan("-no-color", real=True, **{name: "-var 'max_size=6'"})
        assert "+ size = 6" in added.stdout
        assert "people at work notice none of this" in flat(added.stdout)
    wrong = plan("-no-color", "-var=max_size=many", real=True)
    assert not kept.exists()
    assert wrong.returncode == 1
    assert "Invalid value for input variable" in wrong.stderr


@pytest.mark.parametrize("no", [None, "0"])
def test_terraform_asks_on_a_terminal_only(plan: Run, folder: Path, no: str | None) -> None:
    small = {"variable": {"size": {"type": "number"}}, "output": {"size": {"value": "${var.size}"}}}
    (folder / "cdk.tf.json").write_text(json.dumps(small))
    operator, terminal = os.openpty()
    os.write(operator, b"5\n")
    try:
        ran = plan("-no-color", real=True, terminal=terminal, TF_INPUT=no)
    finally:
        os.close(operator)
        os.close(terminal)
    if no:
        assert (ran.returncode, "1 variable has no value" in flat(ran.stderr)) == (1, True)
        return
    assert "Terraform asks for them now" in flat(ran.stderr)
    assert "+ size = 5" in ran.stdout
    assert "USD a month" in ran.stdout


def test_a_folder_without_a_stack_is_refused(plan: Run, tmp_path: Path) -> None:
    ran = plan(f"--folder={tmp_path}")
    assert ran.returncode == 2
    assert "holds no cdk.tf.json" in ran.stderr


def test_variables_without_a_value_are_named_before_terraform_starts(plan: Run, tmp_path: Path) -> None:
    ran = plan("-detailed-exitcode", TF_VAR_domain_name=None, TF_VAR_hosted_zone=None)
    assert (ran.returncode, ran.stdout) == (1, "")
    said = flat(ran.stderr)
    assert "aws-lab: 2 variables have no value" in said
    assert "hosted_zone: public Route 53 hosted zone that holds the domain" in said
    assert "export TF_VAR_domain_name=hub.YOUR.DOMAIN export TF_VAR_hosted_zone=YOUR.DOMAIN" in said
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        (("-var", "hosted_zone=lab.example.test"), {}),
        (("-var-file=my.tfvars.json",), {}),
        (("-help",), {}),
        ((), {"TF_CLI_ARGS_plan": "-var hosted_zone=lab.example.test"}),
        (("-var-file=none.tfvars",), {}),  # Terraform itself says what is wrong with it
    ],
)
def test_where_they_come_from_otherwise_terraform_starts(
    plan: Run, folder: Path, tmp_path: Path, arguments: tuple[str, ...], more: dict[str, str]
) -> None:
    (folder / "my.tfvars.json").write_text('{"hosted_zone": "lab.example.test"}')
    assert plan(*arguments, TF_VAR_hosted_zone=None, **more).returncode == 0
    assert (tmp_path / "calls").read_text().splitlines()[-1] == " ".join(["plan", *arguments])


@pytest.mark.parametrize(("arguments", "asks"), [((), True), (("-input=false",), False)])
def test_on_a_terminal_terraform_asks_for_them(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    asks: bool,
) -> None:
    for name in (*VARIABLES, "TF_INPUT", "TF_CLI_ARGS", "TF_CLI_ARGS_plan"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    if asks:
        check_variables("aws-lab", folder, arguments)
        said = flat(capsys.readouterr().err)
        assert "2 variables have no value" in said
        assert "Terraform asks for them now." in said
    else:
        with pytest.raises(HubctlError, match="2 variables have no value"):
            check_variables("aws-lab", folder, arguments)
