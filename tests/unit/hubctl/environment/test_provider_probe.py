"""Asking Terraform for the provider, with stand-ins for Terraform that behave as registries do."""

from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import PROVIDER_VERSION
from hubctl.core.terraform import provider_mirror
from hubctl.core.terraform.provider_mirror import download_provider, probe_provider
from hubctl.core.terraform.provider_search import machine_platform
from tests.support.waiting import PATIENCE


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "fake-terraform"
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(path))
    return path


def write(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_an_offer_is_enough_and_ends_the_download(terraform: Path) -> None:
    write(terraform, "echo '- Installing hashicorp/aws v5...'; exec sleep 600")
    probe = probe_provider({}, answer_within=PATIENCE)
    assert probe.offered
    assert not probe.installed  # as it would be, had the download gone on to its end


def test_silence_has_a_deadline(terraform: Path) -> None:
    write(terraform, "exec sleep 600")
    probe = probe_provider({}, answer_within=0.5)
    assert not probe.offered
    assert not probe.installed
    assert "no answer" in probe.complaint


def test_a_refusal_is_quoted_without_its_frame(terraform: Path) -> None:
    write(
        terraform,
        "echo 'Initializing...'; echo '│ Error: Failed to query'; echo '│'; echo '│ no such host'; exit 1",
    )
    probe = probe_provider({}, answer_within=PATIENCE)
    assert (probe.offered, probe.complaint) == (False, "Error: Failed to query no such host")


def test_a_download_becomes_the_projects_own_mirror(
    terraform: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_mirror, "_platform", machine_platform)
    folder = f".terraform/providers/some.host/hashicorp/aws/{PROVIDER_VERSION}/{machine_platform()}"
    program = f"{folder}/terraform-provider-aws_v{PROVIDER_VERSION}_x5"
    write(
        terraform,
        f"echo '- Installing hashicorp/aws v5...'; sleep 0.5; mkdir -p {folder}; "
        f"truncate -s 2000000 {program}; chmod 755 {program}",
    )
    provider = download_provider(tmp_path / "tools")
    assert provider.source == "download"
    assert provider.mirror == tmp_path / "tools" / "download" / ".terraform" / "providers"
    assert str(provider.mirror) in (tmp_path / "tools" / "terraform.rc").read_text()


def test_a_download_that_breaks_off_says_what_to_do(
    terraform: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provider_mirror, "_platform", machine_platform)
    write(terraform, "echo '- Installing hashicorp/aws v5...'; echo 'Error: connection reset'; exit 1")
    with pytest.raises(HubctlError, match="connection reset") as caught:
        download_provider(tmp_path / "tools")
    assert "HUBCTL_PROVIDER_MIRROR" in caught.value.remedy
