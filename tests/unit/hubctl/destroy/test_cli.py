"""``hubctl destroy``: bad use, and asking."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from hubctl.cli import hubctl
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.destroy.cli import _agree
from hubctl.destroy.holdings import DestroyDecision, Holding
from hubctl.destroy.run import DestroyProspect

HOMES = Holding(address="aws_efs_file_system.homes", kind="file system", id="fs-1", amount=7, unit="MiB")


def test_a_stack_that_does_not_exist_and_one_that_is_not_named_are_bad_use() -> None:
    for arguments in (["destroy"], ["destroy", "--stack", "lab"]):
        assert CliRunner().invoke(hubctl, arguments).exit_code == 2


def test_a_folder_without_a_stack_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(hubctl, ["destroy", "--stack", "aws-lab", "--folder", str(tmp_path)])
    assert isinstance(result.exception, BadInputError)
    assert str(tmp_path) in result.exception.message
    assert "make synth" in result.exception.remedy


@pytest.mark.parametrize(("typed", "agreed"), [("aws-lab\n", True), ("yes\n", False), ("\n", False)])
def test_only_the_stacks_name_is_a_yes(typed: str, agreed: bool) -> None:
    prospect = DestroyProspect(decision=DestroyDecision(kept=(), lost=(HOMES,)), resources=60)
    runner = CliRunner()
    with runner.isolation(input=typed) as (_, errors, _all):
        assert _agree(prospect, "aws-lab", yes=False) is agreed
        assert b"aws-lab" in errors.getvalue()


def test_without_anybody_to_ask_nothing_is_destroyed() -> None:
    prospect = DestroyProspect(decision=DestroyDecision(kept=(HOMES,), lost=()), resources=60)
    with CliRunner().isolation(input=""), pytest.raises(HubctlError, match="there is no terminal to ask on"):
        _agree(prospect, "aws-lab", yes=False)
    assert _agree(prospect, "aws-lab", yes=True) is True
