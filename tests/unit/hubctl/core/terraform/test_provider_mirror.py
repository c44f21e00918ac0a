"""Where the AWS provider comes from: the setting, the operator's configuration, mirrors, a registry; what is remembered."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import PROVIDER_VERSION
from hubctl.core.terraform import provider_mirror
from hubctl.core.terraform.provider_mirror import (
    Probe,
    Provider,
    download_provider,
    probe_provider,
    resolve_provider,
    terraform_environment,
)
from hubctl.core.tool_versions import Problem
from tests.support.provider_folders import PLATFORM, unpacked
from tests.support.waiting import PATIENCE

NOT_OFFERED = Probe(offered=False, installed=False, complaint="Error: could not connect")
OFFERED = Probe(offered=True, installed=False, complaint="")


@pytest.fixture(autouse=True)
def nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without settings, an empty home, and a search that sees only the test's own folder."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HUBCTL_PROVIDER_MIRROR", "TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "data"))
    monkeypatch.setattr(provider_mirror, "provider_platform", lambda: PLATFORM)
    monkeypatch.setattr(provider_mirror, "search_roots", lambda: [tmp_path / "disk"])


@pytest.fixture
def probes(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Let Terraform offer the provider exactly when a mirror is configured; return the environments asked with."""
    asked: list[dict[str, str]] = []

    def probe(environment: dict[str, str]) -> Probe:
        asked.append(environment)
        return OFFERED if "TF_CLI_CONFIG_FILE" in environment else NOT_OFFERED

    monkeypatch.setattr(provider_mirror, "probe_provider", probe)
    return asked


def test_the_version_is_the_one_of_the_bindings() -> None:
    spec = find_spec("cdktf_cdktf_provider_aws")
    assert spec is not None
    assert spec.origin is not None
    bindings = (Path(spec.origin).parent / "provider" / "__init__.py").read_text(encoding="utf-8")
    assert set(re.findall(r"hashicorp/aws/(\d+\.\d+\.\d+)/docs", bindings)) == {PROVIDER_VERSION}


def test_a_found_mirror_is_configured_and_remembered(
    tmp_path: Path, probes: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(tmp_path / "disk" / "it's ${here}")
    tools = tmp_path / "tools"
    environment = terraform_environment(tools)
    assert environment["TF_CLI_CONFIG_FILE"] == str(tools / "terraform.rc")
    assert environment["CHECKPOINT_DISABLE"] == "1"
    text = (tools / "terraform.rc").read_text()
    assert "it's $${here}" in text
    assert 'include = ["hashicorp/aws"]' in text
    assert len(probes) == 1

    monkeypatch.setattr(provider_mirror, "search_mirrors", lambda *_: pytest.fail("searched again"))
    assert terraform_environment(tools) == environment


def test_a_remembered_mirror_that_went_away_is_looked_for_again(
    tmp_path: Path, probes: list[dict[str, str]]
) -> None:
    old = unpacked(tmp_path / "disk" / "old")
    tools = tmp_path / "tools"
    terraform_environment(tools)
    old.unlink()
    unpacked(tmp_path / "disk" / "younger")
    terraform_environment(tools)
    assert str(tmp_path / "disk" / "younger") in (tools / "terraform.rc").read_text()
    assert len(probes) == 2


def test_a_damaged_record_is_replaced(tmp_path: Path, probes: list[dict[str, str]]) -> None:
    unpacked(tmp_path / "disk")
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "provider.json").write_text('{"version":')
    assert resolve_provider(tools) == Provider("mirror", tmp_path / "disk", PLATFORM)
    assert len(probes) == 1


def test_the_setting_wins_over_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked(tmp_path / "disk")
    unpacked(tmp_path / "chosen")
    monkeypatch.setenv("HUBCTL_PROVIDER_MIRROR", str(tmp_path / "chosen"))
    found = resolve_provider(tmp_path / "tools")
    assert found == Provider("setting", tmp_path / "chosen", PLATFORM)


def test_a_wrong_setting_is_an_error_even_when_a_mirror_could_be_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(tmp_path / "disk")
    monkeypatch.setenv("HUBCTL_PROVIDER_MIRROR", str(tmp_path / "nothing here"))
    with pytest.raises(HubctlError) as caught:
        terraform_environment(tmp_path / "tools")
    assert f"HUBCTL_PROVIDER_MIRROR={tmp_path / 'nothing here'}" in caught.value.message
    assert "unset it" in caught.value.remedy
    assert not (tmp_path / "tools").exists()


def test_the_users_own_configuration_is_used_unchanged(
    tmp_path: Path, probes: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.rc"
    own.write_text("# mine\nprovider_installation {\n  direct {}\n}\n")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    problem = resolve_provider(tmp_path / "tools")
    assert isinstance(problem, Problem)
    assert str(own) in problem.message

    monkeypatch.setattr(provider_mirror, "probe_provider", lambda _: OFFERED)
    environment = terraform_environment(tmp_path / "tools")
    assert "TF_CLI_CONFIG_FILE" not in environment
    assert len(probes) == 1


def test_a_configuration_file_that_is_missing_or_says_nothing_is_not_the_users_own(
    tmp_path: Path, probes: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked(tmp_path / "disk")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing.rc"))
    assert isinstance(resolve_provider(tmp_path / "tools"), Provider)
    (tmp_path / "home" / ".terraformrc").write_text("# provider_installation {}\ndisable_checkpoint = true\n")
    monkeypatch.delenv("TF_CLI_CONFIG_FILE")
    found = resolve_provider(tmp_path / "tools")
    assert isinstance(found, Provider)
    assert found.source == "mirror"
    assert probes


def test_a_reachable_registry_is_the_last_resort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider_mirror, "probe_provider", lambda _: OFFERED)
    assert resolve_provider(tmp_path / "tools") == Provider("registry", None, PLATFORM)


def test_nothing_anywhere_names_what_was_passed_over(tmp_path: Path, probes: list[dict[str, str]]) -> None:
    damaged = unpacked(tmp_path / "disk", size=3)
    problem = resolve_provider(tmp_path / "tools")
    assert isinstance(problem, Problem)
    assert "could not connect" in problem.message
    assert str(damaged) in problem.message
    assert "HUBCTL_PROVIDER_MIRROR" in problem.remedy
    assert len(probes) == 1


def test_a_mirror_of_another_registry_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked(tmp_path / "disk")
    monkeypatch.setattr(provider_mirror, "probe_provider", lambda _: NOT_OFFERED)
    tools = tmp_path / "tools"
    assert isinstance(resolve_provider(tools), Problem)
    assert not (tools / "provider.json").exists()
    assert not (tools / "terraform.rc").exists()


def test_the_record_names_its_version(tmp_path: Path, probes: list[dict[str, str]]) -> None:
    unpacked(tmp_path / "disk")
    tools = tmp_path / "tools"
    resolve_provider(tools)
    record = json.loads((tools / "provider.json").read_text())
    assert record["version"] == PROVIDER_VERSION
    (tools / "provider.json").write_text(json.dumps({**record, "version": "1.0.0"}))
    resolve_provider(tools)
    assert len(probes) == 2


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
    monkeypatch.setattr(provider_mirror, "provider_platform", lambda: PLATFORM)
    folder = f".terraform/providers/some.host/hashicorp/aws/{PROVIDER_VERSION}/{PLATFORM}"
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
    monkeypatch.setattr(provider_mirror, "provider_platform", lambda: PLATFORM)
    write(terraform, "echo '- Installing hashicorp/aws v5...'; echo 'Error: connection reset'; exit 1")
    with pytest.raises(HubctlError, match="connection reset") as caught:
        download_provider(tmp_path / "tools")
    assert "HUBCTL_PROVIDER_MIRROR" in caught.value.remedy
