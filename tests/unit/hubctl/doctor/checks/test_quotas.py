"""Service quotas, and what counts against them."""

from collections.abc import Callable

import pytest

from hubctl.doctor.checks.quotas import quota_code
from hubctl.doctor.examination import Finding
from hubctl.trial.aws.server import LocalAws

Look = Callable[..., list[Finding]]
SPOT = {"worker_spot": "on", "worker_instance_types": ["c6i.2xlarge"]}


def test_a_tiny_quota_is_named_with_what_is_needed(aws: LocalAws, look: Look) -> None:
    quotas = aws.client("service-quotas")
    for code, value in (("L-1216C47A", 15.0), ("L-34B43A08", 1.0)):
        quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode=code, DesiredValue=value)
    try:
        (on_demand,) = look("vcpus", "aws-lab")
        (spot,) = look("vcpus", "chef-hub", profile="original")
        fits = look("vcpus", "aws-lab", max_size=3, settings={"warm_pool": "off"})
    finally:
        for code in ("L-1216C47A", "L-34B43A08"):
            quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode=code, DesiredValue=64.0)
    assert "(L-1216C47A): 15 vCPUs, needed are 16 (4 of m6i.xlarge)" in on_demand.found
    assert "the smallest size, 4, fits, the largest does not" in on_demand.found
    assert "--desired-value 20 --region us-east-1" in on_demand.remedy
    assert "Spot Instance Requests (L-34B43A08): 1 vCPUs, needed are 10" in spot.found
    assert "not even the smallest size, 2, fits" in spot.found
    assert not fits


def test_a_warm_pool_needs_quota_while_it_boots_only(aws: LocalAws, look: Look) -> None:
    quotas = aws.client("service-quotas")
    quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode="L-1216C47A", DesiredValue=18.0)
    try:
        (pooled,) = look("vcpus", "aws-lab", settings={"warm_pool": "stopped"})
        without = look("vcpus", "aws-lab", settings={"warm_pool": "off"})
    finally:
        quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode="L-1216C47A", DesiredValue=64.0)
    assert pooled.status == "warning"
    assert "8 more for the first boots of its warm pool would not fit" in pooled.found
    assert "--desired-value 30" in pooled.remedy
    assert not without


def test_spot_workers_count_against_both_quotas(aws: LocalAws, look: Look) -> None:
    quotas = aws.client("service-quotas")
    for code in ("L-1216C47A", "L-34B43A08"):
        quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode=code, DesiredValue=3.0)
    try:
        on_demand, spot = look("vcpus", "chef-hub", settings=SPOT)
    finally:
        for code in ("L-1216C47A", "L-34B43A08"):
            quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode=code, DesiredValue=64.0)
    assert "1 of c6i.2xlarge" in on_demand.found  # the base, of the type with the most vCPUs
    assert "needed are 32 (4 of c6i.2xlarge)" in spot.found


def test_the_stack_s_elastic_ips_count_against_the_quota_also_when_it_is_deployed_already(
    aws: LocalAws, look: Look
) -> None:
    ec2, quotas = aws.client("ec2"), aws.client("service-quotas")
    taken = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(3)]
    try:
        (few,) = look("limits", "chef-hub")
        # The leader's is there already: two more would be needed.
        name = {"Key": "Name", "Value": "chef-hub-leader"}
        ec2.create_tags(Resources=taken[:1], Tags=[name])
        (fits,) = look("limits", "chef-hub")
        quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode="L-0263D0A3", DesiredValue=4)
        (still,) = look("limits", "chef-hub")
    finally:
        quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode="L-0263D0A3", DesiredValue=5)
        for allocation in taken:
            ec2.release_address(AllocationId=allocation)
    assert few.status == "error"
    assert "Elastic IPs (ec2/L-0263D0A3): 3 of 5 used, 3 more needed" in few.found
    assert "--quota-code L-0263D0A3" in few.remedy
    assert fits.status == "warning"
    assert "3 of 5 used, 2 more needed: it just fits" in fits.found
    assert still.status == "error"


def test_both_stacks_together_may_need_more(aws: LocalAws, look: Look) -> None:
    quotas = aws.client("service-quotas")
    quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode="L-1216C47A", DesiredValue=40.0)
    try:
        (finding,) = look("vcpus", "aws-lab", beside=["chef-hub"])
        alone = look("vcpus", "aws-lab")
    finally:
        quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode="L-1216C47A", DesiredValue=64.0)
    assert not alone
    assert finding.status == "warning"
    assert "with chef-hub at its largest, 26 more, it would not suffice" in finding.found


def test_instances_of_others_count_against_the_quota(aws: LocalAws, look: Look) -> None:
    ec2 = aws.client("ec2")
    image = ec2.describe_images(Owners=["self"])["Images"][0]["ImageId"]
    started = ec2.run_instances(ImageId=image, InstanceType="m6i.16xlarge", MinCount=1, MaxCount=1)[
        "Instances"
    ]
    try:
        (finding,) = look("vcpus", "aws-lab")
    finally:
        ec2.terminate_instances(InstanceIds=[started[0]["InstanceId"]])
    assert "needed are 16 beside" in finding.found


@pytest.mark.parametrize(
    ("name", "spot", "code"),
    [
        ("m6i.xlarge", False, "L-1216C47A"),
        ("t3.small", True, "L-34B43A08"),
        ("g5.xlarge", False, "L-DB2E81BA"),
        ("p4d.24xlarge", True, "L-7212CCBC"),
        ("inf1.xlarge", False, "L-1945791B"),
    ],
)
def test_each_family_counts_against_its_quota(name: str, spot: bool, code: str) -> None:
    assert quota_code(name, spot=spot) == code


def test_a_full_limit_is_named(aws: LocalAws, look: Look) -> None:
    quotas = aws.client("service-quotas")
    vpcs = len(aws.client("ec2").describe_vpcs()["Vpcs"])
    quotas.request_service_quota_increase(ServiceCode="vpc", QuotaCode="L-F678F1CE", DesiredValue=vpcs)
    try:
        (finding,) = look("limits", "aws-lab")
    finally:
        quotas.request_service_quota_increase(ServiceCode="vpc", QuotaCode="L-F678F1CE", DesiredValue=5)
    assert f"VPCs per Region (vpc/L-F678F1CE): {vpcs} of {vpcs} used, 1 more needed" in finding.found
