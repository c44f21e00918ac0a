from typing import Any

import pytest

from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws

VCPUS = {"ServiceCode": "ec2", "QuotaCode": "L-1216C47A"}


@pytest.fixture
def quotas(aws: LocalAws) -> Any:
    return aws.client("service-quotas", "eu-west-3")  # no test prepares an account there


def value(answer: dict[str, Any]) -> float:
    return float(answer["Quota"]["Value"])


def test_a_new_account_has_the_published_defaults(quotas: Any) -> None:
    assert value(quotas.get_service_quota(ServiceCode="ec2", QuotaCode="L-34B43A08")) == 5
    assert value(quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")) == 5
    assert value(quotas.get_aws_default_service_quota(ServiceCode="acm", QuotaCode="L-F141DD1D")) == 2500
    listed = quotas.list_service_quotas(ServiceCode="elasticloadbalancing")["Quotas"]
    assert "Application Load Balancers per Region" in {quota["QuotaName"] for quota in listed}


@pytest.mark.parametrize("wanted", [128.0, 2.0])
def test_a_change_is_granted_at_once_and_leaves_the_default(quotas: Any, wanted: float) -> None:
    granted = quotas.request_service_quota_increase(**VCPUS, DesiredValue=wanted)["RequestedQuota"]
    assert granted["Status"] == "APPROVED"
    assert value(quotas.get_service_quota(**VCPUS)) == wanted
    assert value(quotas.get_aws_default_service_quota(**VCPUS)) == 5
    listed = {
        quota["QuotaCode"]: quota["Value"]
        for quota in quotas.list_service_quotas(ServiceCode="ec2")["Quotas"]
    }
    assert listed["L-1216C47A"] == wanted


def test_unknown_quotas_are_refused(quotas: Any) -> None:
    for unknown in ({"ServiceCode": "ec2", "QuotaCode": "L-0"}, {"ServiceCode": "none", "QuotaCode": "L-0"}):
        with pytest.raises(quotas.exceptions.NoSuchResourceException):
            quotas.get_service_quota(**unknown)


def test_seeding_leaves_what_was_changed_since(aws: LocalAws) -> None:
    quotas = aws.client("service-quotas")
    seed_account(aws, AccountSeed(domain="quota.example.test"))
    assert value(quotas.get_service_quota(**VCPUS)) == 64
    quotas.request_service_quota_increase(**VCPUS, DesiredValue=7)
    seed_account(aws, AccountSeed(domain="quota.example.test"))
    assert value(quotas.get_service_quota(**VCPUS)) == 7
