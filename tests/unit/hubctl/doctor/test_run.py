"""All checks together: a good account is green, and an error in one check does not stop the others."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError, SSOTokenLoadError

from hubctl.core.console import Writer
from hubctl.doctor.cli import CHECK_NAMES
from hubctl.doctor.examination import LOGIN, Examination, Finding
from hubctl.doctor.report import print_report
from hubctl.doctor.run import CHECKS, Diagnosis
from stacks.registry import STACK_NAMES
from tests.support.hosted_zones import Look
from tests.support.printed import flat


def sentences(findings: list[Finding]) -> str:
    return "; ".join(f"{finding.status}: {finding.found}" for finding in findings)


@pytest.mark.parametrize("profile", ["recommended", "original"])
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_the_demo_account_is_green(diagnose: Callable[..., Diagnosis], stack: str, profile: str) -> None:
    diagnosis = diagnose(stack, profile=profile)
    assert [sentences([finding]) for _, finding in diagnosis.findings if finding.status == "error"] == []
    looked_at = {check for check, finding in diagnosis.findings if finding.status == "ok"}
    assert looked_at >= {
        "variables",
        "credentials",
        "region",
        "zones",
        "instance-types",
        "images",
        "key-pair",
        "hosted-zone",
        "vcpus",
        "limits",
        "service-roles",
        "backend",
    }
    if profile == "recommended":
        assert diagnosis.status == "ok"


def refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, operation)


def test_a_stack_whose_sizes_cannot_be_read(diagnose: Callable[..., Diagnosis]) -> None:
    by_name = dict(diagnose("aws-lab", max_size="many").findings)
    assert by_name["variables"].status == "error"
    assert "max_size = 'many'" in by_name["variables"].found
    assert by_name["vcpus"].status == "skipped"
    assert by_name["backend"].status == "ok"


def test_without_credentials_nothing_else_is_asked(
    diagnose: Callable[..., Diagnosis], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_self: Examination, service: str) -> Any:
        raise refusal("ExpiredToken", service)

    monkeypatch.setattr(Examination, "client", refused)
    diagnosis = diagnose("aws-lab")
    by_name = dict(diagnosis.findings)
    assert diagnosis.status == "error"
    assert by_name["credentials"].found == "AWS refuses the credentials: ExpiredToken"
    for check in set(by_name) - {"variables", "credentials", "protection", "notebook-image"}:
        assert by_name[check].found == "not looked at: first set right the credentials"


@pytest.mark.parametrize(
    "lost",
    [
        refusal("ExpiredTokenException", "DescribeImages"),
        NoCredentialsError(),
        SSOTokenLoadError(error_msg="x"),
    ],
)
def test_without_credentials_single_checks_say_so_too(
    diagnose: Callable[..., Diagnosis], monkeypatch: pytest.MonkeyPatch, lost: Exception
) -> None:
    def fails(_self: Examination, _service: str) -> Any:
        raise lost

    monkeypatch.setattr(Examination, "client", fails)
    diagnosis = diagnose("aws-lab", only=["zones", "images"])
    assert [finding.status for _, finding in diagnosis.findings] == ["error", "error"]
    assert {finding.remedy for _, finding in diagnosis.findings} == {LOGIN}
    stream = io.StringIO()
    print_report([diagnosis], Writer(file=stream))
    assert flat(stream.getvalue()).count(LOGIN) == 1
    assert "(zones, images)" in flat(stream.getvalue())


def test_what_one_may_not_look_at_is_a_warning(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    def zones(_self: Examination) -> Any:
        raise refusal("UnauthorizedOperation", "DescribeAvailabilityZones")

    monkeypatch.setattr(Examination, "zones", property(zones))
    (finding,) = look("zones", "chef-hub")
    assert (finding.status, finding.found) == (
        "warning",
        "could not be looked at: you may not call DescribeAvailabilityZones",
    )
    assert "ec2:DescribeAvailabilityZones" in finding.remedy


def test_no_check_is_forgotten(project: Path) -> None:
    written = {
        name.removesuffix("_CHECK").lower().replace("_", "-")
        for file in (project / "hubctl/doctor/checks").glob("*.py")
        for name in re.findall(r"^(\w+_CHECK) = ", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert {check.name for check in CHECKS} == written
    assert tuple(check.name for check in CHECKS) == CHECK_NAMES


def test_the_reference_describes_every_check(project: Path) -> None:
    page = (project / "docs/reference/doctor.md").read_text(encoding="utf-8")
    for check in CHECKS:
        assert f"| `{check.name}` | {check.about} |" in page, f"{check.name}: {check.about}"
        for action in check.actions:
            assert action in page, action


def test_checks_only_read() -> None:
    reading = ("Get", "List", "Describe", "Simulate")
    actions = {action for check in CHECKS for action in check.actions}
    assert {action for action in actions if not action.partition(":")[2].startswith(reading)} == set()
