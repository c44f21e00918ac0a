"""One seeded local AWS without the zone us-west-2d, and examinations of synthesized stacks in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from hubctl.core.configuration.stack import Stack
from hubctl.doctor.account import AwsAccount
from hubctl.doctor.examination import Examination, Finding, Options
from hubctl.doctor.run import CHECKS, Diagnosis, examine
from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws
from tests.support.hosted_zones import Look, Zone

DOMAIN = "lab.example.test"
REMOVED = "us-west-2d"
GIVEN = {
    "aws-lab": {"domain_name": f"hub.{DOMAIN}", "hosted_zone": DOMAIN},
    "chef-hub": {"target_domain": DOMAIN, "deployer_ip": "203.0.113.10/32"},
}


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    with LocalAws(without_zones=(REMOVED,)) as running:
        seed_account(running, AccountSeed(domain=DOMAIN))
        yield running


@pytest.fixture
def account(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> AwsAccount:
    """The account as an operator's environment reaches it: for one test, since later ones have other accounts."""
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    return AwsAccount()


@pytest.fixture
def diagnose(synth: Callable[..., Any], account: AwsAccount) -> Callable[..., Diagnosis]:
    """Return ``diagnose(stack, profile, options, now, terraform, only, beside, settings, **variables)``.

    ``only`` names checks, ``settings`` are those that shape the stack.
    """

    def run(
        stack: str,
        *,
        profile: str = "recommended",
        options: Options | None = None,
        now: datetime | None = None,
        terraform: Mapping[str, Any] | None = None,
        only: Sequence[str] = (),
        beside: Sequence[str] = (),
        settings: Mapping[str, Any] | None = None,
        **variables: Any,
    ) -> Diagnosis:
        configuration = dict(synth(stack, profile=profile, **(settings or {})))
        if terraform is not None:
            configuration["terraform"] = terraform
        given = {**GIVEN[stack], **variables}
        examined = Stack(
            stack, configuration, {key: value for key, value in given.items() if value is not None}
        )
        others = tuple(Stack(other, synth(other), GIVEN[other]) for other in beside)
        examination = Examination(examined, account, options or Options(), now or datetime.now(UTC), others)
        return examine(examination, checks=[check for check in CHECKS if not only or check.name in only])

    return run


@pytest.fixture
def look(diagnose: Callable[..., Diagnosis]) -> Look:
    """Return ``look(check, stack, …)``: the warnings and errors of one check."""

    def run(check: str, stack: str, **given: Any) -> list[Finding]:
        diagnosis = diagnose(stack, only=[check], **given)
        found = [finding for _, finding in diagnosis.findings if finding.status in ("warning", "error")]
        assert all(finding.remedy for finding in found), found
        return found

    return run


@pytest.fixture
def zone(aws: LocalAws) -> Iterator[Zone]:
    """Return ``zone(name, (record, type, value), …)``: makes a zone with records, for this test; a value may be an alias."""
    route53 = aws.client("route53")
    made = []

    def make(name: str, *records: tuple[str, str, str | dict[str, Any]]) -> str:
        zone_id = route53.create_hosted_zone(Name=f"{name}.", CallerReference=name)["HostedZone"]["Id"]
        made.append(zone_id)
        for record, kind, value in records:
            change: dict[str, Any] = {"Name": f"{record}.", "Type": kind}
            change |= (
                {"AliasTarget": value}
                if isinstance(value, dict)
                else {"TTL": 60, "ResourceRecords": [{"Value": each} for each in value.split("|")]}
            )
            route53.change_resource_record_sets(
                HostedZoneId=zone_id,
                ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": change}]},
            )
        return str(zone_id)

    yield make
    for zone_id in made:
        for record in route53.list_resource_record_sets(HostedZoneId=zone_id)["ResourceRecordSets"]:
            if record["Type"] not in ("SOA", "NS") or record["Name"].count(".") > 3:
                route53.change_resource_record_sets(
                    HostedZoneId=zone_id,
                    ChangeBatch={"Changes": [{"Action": "DELETE", "ResourceRecordSet": record}]},
                )
        route53.delete_hosted_zone(Id=zone_id)
