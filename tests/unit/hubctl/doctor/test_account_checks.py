"""Each broken precondition is found and named; an account with all of them is green."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hubctl.doctor.checks.quotas import quota_code
from hubctl.doctor.examination import Examination, Finding, Options
from hubctl.doctor.run import Diagnosis
from hubctl.trial.aws.server import LocalAws

Look = Callable[..., list[Finding]]
WEST = {
    "default_region": "us-west-2",
    "default_availability_zone": "us-west-2a",
    "secondary_availability_zone": "us-west-2d",
}


def told(findings: list[Finding]) -> str:
    return "; ".join(f"{finding.status}: {finding.found}" for finding in findings)


def register(aws: LocalAws, region: str, name: str, **changes: Any) -> None:
    wanted = {
        "Name": name,
        "Architecture": "x86_64",
        "VirtualizationType": "hvm",
        "EnaSupport": True,
        "RootDeviceName": "/dev/sda1",
        "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "VolumeType": "gp3"}}],
    }
    aws.client("ec2", region).register_image(**{**wanted, **changes})


@pytest.mark.parametrize("profile", ["recommended", "original"])
@pytest.mark.parametrize("stack", ["aws-lab", "chef-hub"])
def test_the_demo_account_is_green(diagnose: Callable[..., Diagnosis], stack: str, profile: str) -> None:
    diagnosis = diagnose(stack, profile=profile)
    assert [told([finding]) for _, finding in diagnosis.findings if finding.status == "error"] == []
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


def test_a_removed_zone_is_named(look: Look) -> None:
    (finding,) = look("zones", "chef-hub", **WEST, options=Options(region="us-west-2"))
    assert finding.found == "there is no availability zone us-west-2d in us-west-2"
    assert "us-west-2a, us-west-2b, us-west-2c" in finding.remedy


def test_too_few_zones_to_choose_from(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Examination, "zones", {"us-east-1a": "available", "us-east-1b": "impaired"})
    (finding,) = look("zones", "aws-lab")
    assert finding.found == "2 availability zones are needed, us-east-1 has 1: us-east-1a"


@pytest.mark.parametrize(
    ("zone", "named"),
    [
        ("us-east-1", "us-east-1 is a region; a zone of it has a letter at its end"),
        ("eu-west-1a", "eu-west-1a lies in eu-west-1, not in us-east-1"),
        ("us-east-1-bos-1a", "us-east-1-bos-1a is a Local Zone"),
        ("us-east-1-wl1-bos-wlz-1", "is a Wavelength Zone"),
        ("use1-az1", "use1-az1 is the id of a zone"),
        ("us-east-1z", "there is no availability zone us-east-1z in us-east-1"),
        ("", "an empty text is not an availability zone"),
    ],
)
def test_what_is_not_a_zone_of_the_region_is_never_ok(look: Look, zone: str, named: str) -> None:
    """Case 14: such a name was taken for one that Terraform would choose, and the check said ok."""
    (finding,) = look("zones", "aws-lab", availability_zones=[zone, "us-east-1b"])
    assert (finding.status, named in finding.found) == ("error", True), finding
    (finding,) = look("zones", "chef-hub", default_availability_zone=zone)
    assert (finding.status, named in finding.found) == ("error", True), finding


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"region": "us-moon-1"}, "AWS has no region us-moon-1"),
        ({"region": "us-east-1a"}, "us-east-1a is a zone; its region is us-east-1"),
        ({"region": "us-iso-east-1"}, "us-iso-east-1 lies in the partition aws-iso"),
        (
            {"region": "eu-southwest-9"},
            "AWS has no region eu-southwest-9",
        ),  # of the right form: EC2 was asked
        ({"region": "ap-east-1"}, "the region ap-east-1 is not switched on"),
        (
            {"options": Options(region="eu-west-1")},
            "wrong region: aws-lab deploys to us-east-1 (region), --region says eu-west-1",
        ),
        (
            {"region": "eu-west-1"},
            "deploys to eu-west-1 (region), AWS_REGION and AWS_DEFAULT_REGION say us-east-1",
        ),
    ],
)
def test_a_wrong_region_is_named(look: Look, given: dict[str, Any], named: str) -> None:
    (finding,) = look("region", "aws-lab", **given)
    assert finding.status == "error"
    assert named in finding.found


@pytest.mark.parametrize("variable", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_either_of_the_regions_that_tools_obey_may_be_wrong(
    look: Look, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "eu-north-1")
    (finding,) = look("region", "aws-lab")
    assert f"deploys to us-east-1 (region), {variable} says eu-north-1" in finding.found
    assert not look("region", "aws-lab", options=Options(region="us-east-1"))


def test_a_region_of_another_partition_needs_other_credentials(look: Look) -> None:
    (finding,) = look("region", "aws-lab", options=Options(region="us-gov-west-1"))
    assert "They are of two partitions, aws and aws-us-gov" in str(finding.remedy)
    (finding,) = look("region", "aws-lab", options=Options(region="eu-west-1"))
    assert "partition" not in str(finding.remedy)


def test_an_image_of_another_region_is_pointed_out(look: Look) -> None:
    (finding,) = look("images", "aws-lab", region="eu-west-1")
    assert "no image of self matches jupyterhub-lab-* in eu-west-1" in finding.found
    assert "jupyterhub-lab-2026.11.1 is in us-east-1" in finding.found
    assert "copy-image" in finding.remedy


@pytest.mark.parametrize(
    ("name", "changes", "given", "named"),
    [
        ("missing-*", None, {}, "no image of self matches missing-* in us-east-1"),
        ("arm", {"Architecture": "arm64"}, {}, "architecture arm64"),
        ("for-arm", {}, {"instance_type": "m6g.large"}, "its architecture is x86_64, m6g.large"),
        ("store", {"BlockDeviceMappings": []}, {}, "root device instance-store"),
        (
            "large-disk",
            {"BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 100}}]},
            {},
            "it needs 100 GiB, the disk of aws_autoscaling_group.lab has 60 GiB",
        ),
        ("no-ena", {"EnaSupport": False}, {}, "no ENA support"),
    ],
)
def test_a_missing_or_unfit_image_is_named(
    aws: LocalAws, look: Look, name: str, changes: dict[str, Any] | None, given: dict[str, str], named: str
) -> None:
    if changes is not None:
        register(aws, "us-east-1", name, **changes)
    findings = look("images", "aws-lab", ami_name=name, **given)
    assert named in told(findings)
    assert {finding.status for finding in findings} == {"error"}


def test_the_original_chef_hub_is_told_of_unfit_images_too(aws: LocalAws, look: Look) -> None:
    register(aws, "us-east-1", "workstation-arm", Architecture="arm64")
    findings = look("images", "chef-hub", profile="original", chef_workstation_ami_name="workstation-arm")
    assert "workstation-arm: its architecture is arm64, t3.small of aws_instance.chef-workstation" in told(
        findings
    )


def test_an_old_image_draws_a_warning(look: Look) -> None:
    later = datetime.now(UTC) + timedelta(days=91)
    (finding,) = look("images", "aws-lab", now=later)
    assert finding.status == "warning"
    assert "91 days old" in finding.found
    assert not look("images", "aws-lab", now=later, options=Options(oldest_image_days=100))


def test_a_tiny_quota_is_named_with_what_is_needed(aws: LocalAws, look: Look) -> None:
    quotas = aws.client("service-quotas")
    for code, value in (("L-1216C47A", 15.0), ("L-34B43A08", 1.0)):
        quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode=code, DesiredValue=value)
    try:
        (on_demand,) = look("vcpus", "aws-lab")
        (spot,) = look("vcpus", "chef-hub", profile="original")
        fits = look("vcpus", "aws-lab", max_size=3)
    finally:
        for code in ("L-1216C47A", "L-34B43A08"):
            quotas.request_service_quota_increase(ServiceCode="ec2", QuotaCode=code, DesiredValue=64.0)
    assert "(L-1216C47A): 15 vCPUs, needed are 16 (4 of m6i.xlarge)" in on_demand.found
    assert "the smallest size, 4, fits, the largest does not" in on_demand.found
    assert "--desired-value 20 --region us-east-1" in on_demand.remedy
    assert "Spot Instance Requests (L-34B43A08): 1 vCPUs, needed are 10" in spot.found
    assert "not even the smallest size, 2, fits" in spot.found
    assert not fits


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


def test_a_missing_key_pair_is_named(look: Look) -> None:
    (finding,) = look("key-pair", "chef-hub", key_name="lost-key")
    assert finding.found == "there is no key pair lost-key in us-east-1; there is public-jump-1"


def test_an_instance_type_that_holds_no_server(look: Look) -> None:
    """The hub would refuse every start; it knows this when it sees its workers, and nobody before."""
    (finding,) = look("instance-types", "chef-hub", worker_instance_type="t3.small", hub_user_memory_gib=2)
    assert finding.status == "warning"
    assert (
        "t3.small has 2 GiB, of which 0.25 are not for users, and hub_user_memory_gib is 2" in finding.found
    )
    assert look("instance-types", "chef-hub", worker_instance_type="t3.small", hub_user_memory_gib=1.5) == []
    (finding,) = look("instance-types", "aws-lab", instance_type="t3.small")
    assert "user_memory_gib is 1.5: nobody could start a server" in finding.found


def test_an_instance_type_that_a_zone_lacks(look: Look) -> None:
    zones = ["us-east-1a", "us-east-1e"]
    (finding,) = look("instance-types", "aws-lab", availability_zones=zones)
    assert finding.status == "warning"
    assert "m6i.xlarge is not offered in us-east-1e" in finding.found
    (finding,) = look(
        "instance-types",
        "chef-hub",
        default_availability_zone="us-east-1e",
        chef_server_instance_type="m6i.large",
    )[:1]
    assert finding.status == "error"
    unknown = look("instance-types", "aws-lab", instance_type="zz9.plural")
    assert "zz9.plural is not offered in us-east-1" in told(unknown)
