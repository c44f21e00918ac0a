"""Machine images that are missing, unfit or old, and the image of the notebooks, whose age its tag says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hubctl.doctor.checks import images
from hubctl.doctor.examination import Finding, Options
from hubctl.trial.aws.server import LocalAws

Look = Callable[..., list[Finding]]


def sentences(findings: list[Finding]) -> str:
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
    assert named in sentences(findings)
    assert {finding.status for finding in findings} == {"error"}


def test_the_original_chef_hub_is_checked_for_unfit_images_too(aws: LocalAws, look: Look) -> None:
    register(aws, "us-east-1", "workstation-arm", Architecture="arm64")
    findings = look("images", "chef-hub", profile="original", chef_workstation_ami_name="workstation-arm")
    assert (
        "workstation-arm: its architecture is arm64, t3.small of aws_instance.chef-workstation"
        in sentences(findings)
    )


def test_an_old_image_draws_a_warning(look: Look) -> None:
    later = datetime.now(UTC) + timedelta(days=91)
    (finding,) = look("images", "aws-lab", now=later)
    assert finding.status == "warning"
    assert "91 days old" in finding.found
    assert not look("images", "aws-lab", now=later, options=Options(oldest_image_days=100))


NAME = "quay.io/jupyter/datascience-notebook"


DIGEST = f"@sha256:{'0a' * 32}"


NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return ``pinned(image)``: makes the project pin that base."""
    file = tmp_path / "versions.pkrvars.hcl"
    monkeypatch.setattr(images, "PINNED_VERSIONS", file)
    return lambda image: (file.write_text(f'a = "1"\nnotebook_base_image    = "{image}"\n'), None)[1]


def test_the_old_base_is_named_with_its_holes(look: Look, pinned: Callable[[str], None]) -> None:
    pinned("jupyter/datascience-notebook:2023-10-20")
    (found,) = look("notebook-image", "chef-hub", now=NOW)
    assert found.status == "warning"
    assert "1136 days old, more than 180" in found.found
    assert "CVE-2024-22420, CVE-2024-43805" in found.found
    assert "quay.io/jupyter only" in found.found
    assert "images/pin-notebook-base" in found.remedy


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        (f"2026-06-02{DIGEST}", None),
        (f"2026-06-01{DIGEST}", "181 days old"),
        (f"2027-01-01{DIGEST}", None),
        ("2026-11-01", "may be moved"),
        (f"2024-08-28{DIGEST}", "CVE-2024-43805"),
    ],
)
def test_age_holes_and_pin_are_named_by_the_tag(
    look: Look, pinned: Callable[[str], None], tag: str, words: str | None
) -> None:
    pinned(f"{NAME}:{tag}")
    found = look("notebook-image", "aws-lab", now=NOW)
    assert [words in finding.found for finding in found] == ([] if words is None else [True])
    assert all("CVE-2024-22420" not in finding.found for finding in found)


def test_an_image_that_is_deployed_as_it_is_counts_too(look: Look, pinned: Callable[[str], None]) -> None:
    pinned(f"{NAME}:2026-11-01{DIGEST}")
    old = "quay.io/jupyter/minimal-notebook:python-3.11-2024-01-10"
    (found,) = look("notebook-image", "chef-hub", now=NOW, hub_notebook_image=old)
    assert found.subject == old
    assert "CVE-2024-22420, CVE-2024-43805" in found.found
    assert (
        look("notebook-image", "chef-hub", now=NOW, hub_notebook_image="registry.example/geospatial:1") == []
    )


@pytest.mark.parametrize("image", ["registry.example/own:7", "jupyter/datascience-notebook:2023-13-45", ""])
def test_what_has_no_date_is_left_alone(look: Look, pinned: Callable[[str], None], image: str) -> None:
    pinned(image)
    assert look("notebook-image", "aws-lab", now=NOW) == []


def test_a_folder_without_images_is_no_error(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "PINNED_VERSIONS", tmp_path / "none")
    assert look("notebook-image", "aws-lab", now=NOW) == []
