"""Variables, and the protection of homes."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from hubctl.core.configuration.stack import Stack
from hubctl.doctor.account import AwsAccount
from hubctl.doctor.checks.stack import PROTECTION_CHECK
from hubctl.doctor.examination import Examination, Finding, Options
from stacks.synthesis_place import LEFT_OVERRIDE

Look = Callable[..., list[Finding]]


def test_variables_without_or_with_a_bad_value_are_named(look: Look) -> None:
    found = look("variables", "aws-lab", hosted_zone=None, min_size=9)
    assert [finding.subject for finding in found] == ["hosted_zone", "min_size, max_size"]
    assert "TF_VAR_hosted_zone" in found[0].remedy


def test_a_file_that_lifts_the_protection_of_homes_is_found(tmp_path: Path) -> None:
    def found(folder: Path | None) -> Finding:
        stack = Stack("aws-lab", {}, {}, folder=folder)
        (finding,) = PROTECTION_CHECK.run(Examination(stack, AwsAccount(), Options(), datetime.now(UTC)))
        return finding

    assert found(None).status == "skipped"
    assert found(tmp_path).status == "ok"
    (tmp_path / LEFT_OVERRIDE).touch()
    assert found(tmp_path).status == "warning"
    assert str(tmp_path / LEFT_OVERRIDE) in found(tmp_path).found
    assert "hubctl plan --stack aws-lab" in found(tmp_path).remedy
