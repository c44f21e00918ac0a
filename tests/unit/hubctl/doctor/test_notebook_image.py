"""How old the image is that notebooks are made of, told by its tag."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hubctl.doctor.checks import images
from hubctl.doctor.examination import Finding

Look = Callable[..., list[Finding]]
NAME = "quay.io/jupyter/datascience-notebook"
DIGEST = f"@sha256:{'0a' * 32}"
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return ``pinned(image)``: makes the project pin that base."""
    file = tmp_path / "versions.pkrvars.hcl"
    monkeypatch.setattr(images, "PINNED", file)
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
def test_age_holes_and_pin_are_told_by_the_tag(
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
    monkeypatch.setattr(images, "PINNED", tmp_path / "none")
    assert look("notebook-image", "aws-lab", now=NOW) == []
