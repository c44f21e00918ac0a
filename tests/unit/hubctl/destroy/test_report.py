"""What an operator is asked before a destroy: only the name of the stack is a yes."""

import pytest
from click.testing import CliRunner

from hubctl.core.errors import HubctlError
from hubctl.destroy.holdings import DestroyDecision, Holding
from hubctl.destroy.report import agreed
from hubctl.destroy.run import DestroyProspect

HOMES = Holding(address="aws_efs_file_system.homes", kind="file system", id="fs-1", amount=7, unit="MiB")


@pytest.mark.parametrize(("typed", "yes"), [("aws-lab\n", True), ("yes\n", False), ("\n", False)])
def test_only_the_stacks_name_is_a_yes(typed: str, yes: bool) -> None:
    prospect = DestroyProspect(decision=DestroyDecision(kept=(), lost=(HOMES,)), resources=60)
    runner = CliRunner()
    with runner.isolation(input=typed) as (_, errors, _all):
        assert agreed(prospect, "aws-lab", yes=False) is yes
        assert b"aws-lab" in errors.getvalue()


def test_without_a_terminal_nothing_is_destroyed() -> None:
    prospect = DestroyProspect(decision=DestroyDecision(kept=(HOMES,), lost=()), resources=60)
    with CliRunner().isolation(input=""), pytest.raises(HubctlError, match="there is no terminal to ask on"):
        agreed(prospect, "aws-lab", yes=False)
    assert agreed(prospect, "aws-lab", yes=True) is True
