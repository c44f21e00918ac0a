"""``hubctl destroy``: bad use."""

from pathlib import Path

from click.testing import CliRunner

from hubctl.cli import hubctl
from hubctl.core.errors import BadInputError


def test_a_stack_that_does_not_exist_and_one_that_is_not_named_are_bad_use() -> None:
    for arguments in (["destroy"], ["destroy", "--stack", "lab"]):
        assert CliRunner().invoke(hubctl, arguments).exit_code == 2


def test_a_folder_without_a_stack_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(hubctl, ["destroy", "--stack", "aws-lab", "--folder", str(tmp_path)])
    assert isinstance(result.exception, BadInputError)
    assert str(tmp_path) in result.exception.message
    assert "make synth" in result.exception.remedy
