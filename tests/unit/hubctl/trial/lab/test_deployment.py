"""The trial Lab is what its own settings say, whatever an operator has set for the stacks in an account."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.configuration.synthesized import JSON
from hubctl.core.errors import BadInputError
from hubctl.core.project_folders import ROOT
from hubctl.trial.lab import deployment
from hubctl.trial.lab.settings import DOMAIN, LocalLabSettings

# What would change the trial's group, or would be refused beside its own settings
OPERATORS = {
    "timetable": "timetable.yaml",
    "sized_for": 300,
    "warm_pool": "hibernated",
    "spare_places": 9,
    "max_size": 2,
    "min_size": 2,
    "instance_types": ["m6a.xlarge"],
    "profile": "original",
    "worker_spot": "on",
    "adoption": "taken-over",
    "unknown": True,
}


@pytest.fixture
def operators_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose cdktf.json has settings, and whose adoption files cannot be read."""
    project = tmp_path / "project"
    (project / "taken-over").mkdir(parents=True)
    (project / "taken-over" / "aws-lab.json").write_text("not JSON")
    for name in ("stacks", "constructs", "hubctl"):
        (project / name).symlink_to(ROOT / name)
    (project / "main.py").write_bytes((ROOT / "main.py").read_bytes())
    (project / "cdktf.json").write_text(json.dumps({"context": OPERATORS}))
    monkeypatch.setattr(deployment, "ROOT", project)
    monkeypatch.setenv("CDKTF_CONTEXT_JSON", json.dumps({"zone_count": 0}))
    return project


@pytest.mark.node
@pytest.mark.usefixtures("operators_project")
def test_an_operators_settings_do_not_reach_the_trial(tmp_path: Path) -> None:
    settings = LocalLabSettings(state=tmp_path, min_size=1, max_size=3)
    settings.work.mkdir()
    folder = deployment.synthesize_stack(settings)
    made: dict[str, Any] = json.loads((folder / JSON).read_text())
    assert "aws_autoscaling_schedule" not in made["resource"]
    (group,) = made["resource"]["aws_autoscaling_group"].values()
    assert "warm_pool" not in group
    assert "mixed_instances_policy" not in group
    defaults = {name: block.get("default") for name, block in made["variable"].items()}
    assert (defaults["min_size"], defaults["max_size"], defaults["spare_places"]) == (1, 3, 0)
    assert defaults["domain_name"] == DOMAIN


@pytest.mark.node
def test_they_would_otherwise_be_refused_beside_it(operators_project: Path, tmp_path: Path) -> None:
    settings = LocalLabSettings(state=tmp_path).context()
    with pytest.raises(BadInputError, match="unknown"):
        deployment.run_app(
            operators_project,
            tmp_path / "out",
            environment=deployment.driver_environment(),
            settings=settings,
        )


class Applied:
    """Takes Terraform's place: keeps what it was called with."""

    environment: Mapping[str, str]
    variables: Mapping[str, Any]

    def __init__(self, _folder: Path, environment: Mapping[str, str], **_: Any) -> None:
        Applied.environment = environment

    def apply(self, *, variables: Mapping[str, Any] | None = None) -> None:
        Applied.variables = variables or {}


class Aws:
    """Takes the local AWS's place."""

    def environment(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> deployment.DeployedLab:
    monkeypatch.setattr(deployment, "Terraform", Applied)
    monkeypatch.setattr(deployment, "seed_account", lambda *_: None)
    return deployment.DeployedLab(folder=Path(), url="", dns_name="", group="")


def test_an_operators_variables_do_not_reach_the_trial(
    deployed: deployment.DeployedLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_VAR_max_size", "9")
    monkeypatch.setenv("AWS_PROFILE", "work")
    aws: Any = Aws()
    deployment.apply_newer_image(deployed, aws, "jupyterhub-lab-2026.12.1")
    assert Applied.environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert not {"TF_VAR_max_size", "AWS_PROFILE"} & set(Applied.environment)


def test_other_values_of_variables_are_applied(deployed: deployment.DeployedLab) -> None:
    aws: Any = Aws()
    deployment.apply_values(deployed, aws, {"user_memory_gib": 2.8})
    assert Applied.variables == {"user_memory_gib": 2.8}
