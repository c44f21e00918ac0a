"""Finding the AWS provider: settings, mirrors on disk, damage, and what is remembered."""

import json
import re
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.project_folders import PROVIDER_VERSION
from hubctl.core.terraform import provider_mirror, provider_search
from hubctl.core.terraform.provider_mirror import Probe, Provider, resolve_provider, terraform_environment
from hubctl.core.terraform.provider_search import Finding, inspect_mirror, machine_platform, search
from hubctl.core.tool_versions import Problem

PLATFORM = machine_platform()
HOST = "registry.example.test"
NOT_OFFERED = Probe(offered=False, installed=False, complaint="Error: could not connect")
OFFERED = Probe(offered=True, installed=False, complaint="")


def unpacked(mirror: Path, *, size: int = 2_000_000, platform: str = PLATFORM) -> Path:
    """Lay out a provider as an unpacked mirror; the program is a sparse file."""
    folder = mirror / HOST / "hashicorp" / "aws" / PROVIDER_VERSION / platform
    folder.mkdir(parents=True)
    program = folder / f"terraform-provider-aws_v{PROVIDER_VERSION}_x5"
    with program.open("wb") as stream:
        stream.truncate(size)
    program.chmod(0o755)
    return program


def packed(mirror: Path) -> Path:
    archive = (
        mirror / HOST / "hashicorp" / "aws" / f"terraform-provider-aws_{PROVIDER_VERSION}_{PLATFORM}.zip"
    )
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr(f"terraform-provider-aws_v{PROVIDER_VERSION}_x5", "program")
    return archive


@pytest.fixture(autouse=True)
def nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without settings, an empty home, and a search that sees only the test's own folder."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("HUBCTL_PROVIDER_MIRROR", "TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "data"))
    monkeypatch.setattr(provider_mirror, "_platform", lambda: PLATFORM)
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


@pytest.mark.parametrize("layout", [unpacked, packed])
def test_both_layouts_are_recognised(tmp_path: Path, layout: object) -> None:
    layout(tmp_path)  # type: ignore[operator]
    assert inspect_mirror(tmp_path, PLATFORM) == Finding(tmp_path, None)


def test_another_version_or_platform_is_not_it(tmp_path: Path) -> None:
    unpacked(tmp_path, platform="plan9_mips")
    (tmp_path / HOST / "hashicorp" / "aws" / "4.0.0" / PLATFORM).mkdir(parents=True)
    assert inspect_mirror(tmp_path, PLATFORM) is None


def test_damage_is_named(tmp_path: Path) -> None:
    cut_off = unpacked(tmp_path / "a", size=0)
    not_executable = unpacked(tmp_path / "b")
    not_executable.chmod(0o644)
    empty = unpacked(tmp_path / "c")
    empty.unlink()
    no_archive = packed(tmp_path / "d")
    no_archive.write_bytes(b"PK but then nothing")
    defects = {name: inspect_mirror(tmp_path / name, PLATFORM) for name in "abcd"}
    assert [finding.defect for finding in defects.values() if finding] == [
        f"{cut_off} is damaged: it has only 0 bytes",
        f"{not_executable} is not executable",
        f"{empty.parent} holds no terraform-provider-aws_v{PROVIDER_VERSION}",
        f"{no_archive} is damaged: it is no zip archive",
    ]


def test_what_every_user_can_write_is_refused(tmp_path: Path) -> None:
    program = unpacked(tmp_path)
    program.parent.chmod(0o777)
    found = inspect_mirror(tmp_path, PLATFORM)
    assert found is not None
    assert found.defect == f"{program.parent} can be written by every user of this machine"


def test_the_search_finds_a_mirror_and_passes_over_the_damaged(tmp_path: Path) -> None:
    unpacked(tmp_path / "a", size=10)
    unpacked(tmp_path / "b" / "deeper" / "mirror")
    unpacked(tmp_path / "c" / "node_modules" / "never")
    findings = search([tmp_path], PLATFORM)
    assert [finding.mirror for finding in findings] == [tmp_path / "a", tmp_path / "b" / "deeper" / "mirror"]
    assert [finding.defect is None for finding in findings] == [False, True]


def test_the_search_follows_no_links_and_keeps_its_bounds(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    unpacked(elsewhere)
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(elsewhere)
    unpacked(root.joinpath(*"abcdefgh"))
    assert search([root], PLATFORM) == []
    assert search([elsewhere], PLATFORM, seconds=0.0) == []


def test_network_file_systems_are_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked(tmp_path / "remote")
    monkeypatch.setattr(provider_search, "remote_mounts", lambda: frozenset([str(tmp_path / "remote")]))
    assert search([tmp_path], PLATFORM) == []


def test_terraforms_implied_mirrors_come_first(tmp_path: Path) -> None:
    unpacked(tmp_path / "disk")
    unpacked(tmp_path / "home" / ".terraform.d" / "plugins")
    (first,) = search([tmp_path / "disk"], PLATFORM)
    assert first.mirror == tmp_path / "home" / ".terraform.d" / "plugins"


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

    monkeypatch.setattr(provider_mirror, "search", lambda *_: pytest.fail("searched again"))
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
