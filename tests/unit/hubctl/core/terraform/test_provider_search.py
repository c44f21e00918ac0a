"""The search for the AWS provider on this machine's disks: both layouts, damage, and the bounds of the search."""

from pathlib import Path

import pytest

from hubctl.core.project_folders import PROVIDER_VERSION
from hubctl.core.terraform import provider_search
from hubctl.core.terraform.provider_search import FoundMirror, inspect_mirror, search_mirrors
from tests.support.provider_folders import HOST, PLATFORM, packed, unpacked


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home, and data folders of the test alone."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "data"))


@pytest.mark.parametrize("layout", [unpacked, packed])
def test_both_layouts_are_recognised(tmp_path: Path, layout: object) -> None:
    layout(tmp_path)  # type: ignore[operator]
    assert inspect_mirror(tmp_path, PLATFORM) == FoundMirror(tmp_path, None)


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
        f"{no_archive} is damaged: it is not a zip archive",
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
    findings = search_mirrors([tmp_path], PLATFORM)
    assert [finding.folder for finding in findings] == [tmp_path / "a", tmp_path / "b" / "deeper" / "mirror"]
    assert [finding.defect is None for finding in findings] == [False, True]


def test_the_search_follows_no_links_and_keeps_its_bounds(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    unpacked(elsewhere)
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(elsewhere)
    unpacked(root.joinpath(*"abcdefgh"))
    assert search_mirrors([root], PLATFORM) == []
    assert search_mirrors([elsewhere], PLATFORM, seconds=0.0) == []


def test_network_file_systems_are_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked(tmp_path / "remote")
    monkeypatch.setattr(provider_search, "remote_mounts", lambda: frozenset([str(tmp_path / "remote")]))
    assert search_mirrors([tmp_path], PLATFORM) == []


def test_terraforms_implied_mirrors_come_first(tmp_path: Path) -> None:
    unpacked(tmp_path / "disk")
    unpacked(tmp_path / "home" / ".terraform.d" / "plugins")
    (first,) = search_mirrors([tmp_path / "disk"], PLATFORM)
    assert first.folder == tmp_path / "home" / ".terraform.d" / "plugins"
