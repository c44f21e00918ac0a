"""Availability zones, instance types and key pairs."""

from collections.abc import Callable

import pytest

from hubctl.doctor.examination import Examination, Finding, Options

Look = Callable[..., list[Finding]]


WEST = {
    "default_region": "us-west-2",
    "default_availability_zone": "us-west-2a",
    "secondary_availability_zone": "us-west-2d",
}


def sentences(findings: list[Finding]) -> str:
    return "; ".join(f"{finding.status}: {finding.found}" for finding in findings)


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


def test_a_missing_key_pair_is_named(look: Look) -> None:
    (finding,) = look("key-pair", "chef-hub", key_name="lost-key")
    assert finding.found == "there is no key pair lost-key in us-east-1; there is public-jump-1"


def test_an_instance_type_that_holds_no_server(look: Look) -> None:
    """The hub would refuse every start; it knows this when it sees its workers, and no part of it before."""
    (finding,) = look("instance-types", "chef-hub", worker_instance_type="t3.small", hub_user_memory_gib=2)
    assert finding.status == "warning"
    assert (
        "t3.small has 2 GiB, of which 0.25 are not for users, and hub_user_memory_gib is 2" in finding.found
    )
    assert look("instance-types", "chef-hub", worker_instance_type="t3.small", hub_user_memory_gib=1.5) == []
    (finding,) = look("instance-types", "aws-lab", instance_type="t3.small")
    assert "user_memory_gib is 1.5: no user could start a server" in finding.found


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
    assert "zz9.plural is not offered in us-east-1" in sentences(unknown)


def test_every_type_of_a_group_is_looked_at(look: Look) -> None:
    settings = {"instance_types": ["m6a.xlarge"]}
    assert look("instance-types", "aws-lab", settings=settings, instance_type="m6i.xlarge") == []
    found = look("instance-types", "aws-lab", settings=settings, user_memory_gib=40)
    assert {finding.subject for finding in found} == {"m6a.xlarge", "m6i.xlarge"}
