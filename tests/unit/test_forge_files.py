"""What the forge reads from .github/: workflows, proposals of dependencies, forms."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).resolve().parent.parent.parent
GITHUB = PROJECT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
FORMS = [path for path in sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")) if path.name != "config.yml"]
INPUTS = {"input", "textarea", "dropdown", "checkboxes"}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def triggers(workflow: dict[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = workflow[True]  # `on` is a word for true in YAML 1.1
    return found


def uses(path: Path) -> Iterator[str]:
    yield from re.findall(r"^\s*(?:- )?uses: (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_with_their_version_beside(path: Path) -> None:
    for action in uses(path):
        assert action.startswith("./.github/workflows/") or re.fullmatch(
            r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+(\.\d+)*", action
        ), f"{path.name}: {action}"


def test_all_workflows_use_the_same_commit_of_an_action() -> None:
    used = {action for path in WORKFLOWS for action in uses(path) if "@" in action}
    assert len(used) == len({action.partition("@")[0] for action in used})


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_read_only_and_keeps_no_token(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    writers = {name for name, job in workflow["jobs"].items() if "permissions" in job}
    assert writers == ({"release"} if path.name == "release.yml" else set())
    for job in workflow["jobs"].values():
        assert "uses" in job or job["timeout-minutes"] <= 60
        for step in job.get("steps", []):
            if "actions/checkout@" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
            # What a tag or a branch is called must not become part of a script
            assert "${{" not in step.get("run", "")


def test_a_release_passes_the_gate_of_every_change_first() -> None:
    ci, release = load(GITHUB / "workflows/ci.yml"), load(GITHUB / "workflows/release.yml")
    assert triggers(release) == {"push": {"tags": ["v*"]}}
    assert "workflow_call" in triggers(ci)
    assert [step["run"] for job in ci["jobs"].values() for step in job["steps"] if "run" in step] == [
        ".ci/run"
    ]
    jobs = release["jobs"]
    assert jobs["gate"]["uses"] == "./.github/workflows/ci.yml"
    assert jobs["release"]["needs"] == "gate"
    assert jobs["release"]["permissions"] == {"contents": "write"}
    scripts = [step["run"] for job in ("notes", "release") for step in jobs[job]["steps"] if "run" in step]
    assert all('python3 -m tools.release.notes --tag "$GITHUB_REF_NAME"' in script for script in scripts)
    assert "gh release create" in scripts[1]


def test_what_is_pinned_on_purpose_is_not_proposed() -> None:
    updates = {update["package-ecosystem"]: update for update in load(GITHUB / "dependabot.yml")["updates"]}
    assert set(updates) == {"pip", "npm", "github-actions"}
    ignored = {
        name: {entry["dependency-name"]: entry.get("versions") for entry in update.get("ignore", [])}
        for name, update in updates.items()
    }
    pipfile = tomllib.loads((PROJECT / "Pipfile").read_text(encoding="utf-8"))["packages"]
    exact = {name for name, version in pipfile.items() if str(version).startswith("==")}
    assert ignored["pip"] == {**dict.fromkeys(exact), "constructs": [">=10.8"]}
    assert pipfile["constructs"].endswith("<10.8")
    package = json.loads((PROJECT / "package.json").read_text(encoding="utf-8"))["devDependencies"]
    assert ignored["npm"] == dict.fromkeys(name for name, version in package.items() if version[0].isdigit())


def test_every_folder_with_a_lock_is_looked_at() -> None:
    updates = {update["package-ecosystem"]: update for update in load(GITHUB / "dependabot.yml")["updates"]}
    ours = [
        path for path in PROJECT.glob("**/Pipfile") if not {".tools", ".venv", "node_modules"} & {*path.parts}
    ]
    assert {PROJECT / folder.lstrip("/") for folder in updates["pip"]["directories"]} == {
        path.parent for path in ours
    }
    for update in updates.values():
        assert update["groups"]
        assert update["schedule"]["interval"] == "weekly"


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_the_forge_shows(path: Path) -> None:
    form = load(path)
    assert set(form) == {"name", "description", "labels", "body"}
    fields = [field for field in form["body"] if field["type"] in INPUTS]
    assert {field["type"] for field in form["body"]} <= INPUTS | {"markdown"}
    ids = [field["id"] for field in fields]
    assert len(set(ids)) == len(ids) > 0
    labels = [field["attributes"]["label"] for field in fields]
    assert len(set(labels)) == len(labels)
    for field in form["body"]:
        assert field["type"] != "markdown" or field["attributes"]["value"].strip()
        options = field["attributes"].get("options", [])
        assert (field["type"] == "dropdown") == bool(options)
        assert len(set(options)) == len(options)


def test_vulnerabilities_do_not_go_into_issues() -> None:
    assert load(GITHUB / "ISSUE_TEMPLATE/config.yml") == {"blank_issues_enabled": False}
    assert "SECURITY.md" in load(GITHUB / "ISSUE_TEMPLATE/bug-report.yml")["body"][0]["attributes"]["value"]
