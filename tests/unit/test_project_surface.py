"""What an open project shows: licence, changelog, security policy. Each agrees with the rest of the project."""

import json
import re
import tomllib
from pathlib import Path

from tools.release import changelog

PROJECT = Path(__file__).resolve().parent.parent.parent


def declared(key: str) -> str:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project[key])


def test_the_newest_version_in_the_changelog_is_the_projects() -> None:
    releases = changelog.read((PROJECT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert next(release.version for release in releases if release.day) == declared("version")


def test_the_licence_is_the_one_that_is_declared() -> None:
    text = (PROJECT / "LICENSE").read_text(encoding="utf-8")
    assert declared("license") == "Apache-2.0"
    assert json.loads((PROJECT / "package.json").read_text(encoding="utf-8"))["license"] == "Apache-2.0"
    assert text.split("\n", 2)[0].strip() == "Apache License"
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text


def test_the_security_policy_repairs_the_present_versions() -> None:
    text = (PROJECT / "SECURITY.md").read_text(encoding="utf-8")
    repaired = re.findall(r"^\| (\d+\.\d+)\.x \| yes \|$", text, re.MULTILINE)
    assert declared("version").rpartition(".")[0] in repaired
