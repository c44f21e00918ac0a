"""What the aws-lab stack tells its instances is what the hub reads, with the same limits; and units fit the code."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_common.database import PARAMETER
from hub_common.settings import LoginSettings
from lab_hub.prepare import FILE_SYSTEM_NAME
from lab_hub.settings import (
    AGENT_TOKEN_FILE,
    DRAINING_FLAG,
    RUN_FOLDER,
    STATE_FOLDER,
    HubSection,
    LabSettings,
    check_settings,
)
from lab_hub.stored_secrets import parameter_names
from session_agent.__main__ import RUN_FOLDER as AGENT_FOLDER
from session_agent.__main__ import TOKEN_FILE
from stacks.aws_lab.instances import HOMES
from stacks.settings.aws_lab import AwsLabSettings

pytestmark = pytest.mark.node

VARIABLES = {"domain": "domain_name"}  # others have the setting's name


def variable_of(key: str) -> str:
    return VARIABLES.get(key, key)


@pytest.fixture
def told(synth: Callable[..., Any]) -> dict[str, Any]:
    """What an instance is told, with every variable at its default."""
    defaults = AwsLabSettings.model_validate(
        {"domain_name": "lab.example.org", "hosted_zone": "example.org"}
    ).model_dump(mode="json")

    def filled(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: filled(inner) for key, inner in value.items()}
        if isinstance(value, str) and (whole := re.fullmatch(r"\$\{var\.(\w+)\}", value)):
            return defaults[whole[1]]
        if isinstance(value, str):
            value = re.sub(r"\$\{aws_efs_file_system[^}]*\}", "fs-0123456789abcdef0", value)
            return re.sub(r"\$\{var\.(\w+)\}", lambda match: str(defaults[match[1]]), value)
        return value

    document: dict[str, Any] = filled(synth("aws-lab")["locals"]["instance_settings"])
    return document


def test_the_hub_reads_what_the_stack_writes(told: dict[str, Any]) -> None:
    settings = check_settings(told)
    assert settings.domain == "lab.example.org"
    assert settings.homes.mount_point == HOMES
    assert set(LabSettings.model_fields) <= set(told)
    assert set(HubSection.model_fields) == set(told["hub"])
    # Only the trial may ask for the test login.
    assert set(LoginSettings.model_fields) - set(told["hub"]["login"]) == {"allow_test_login"}


def test_values_that_the_stack_accepts_are_accepted_by_the_hub() -> None:
    limits = {
        "hub_port": LabSettings,
        "user_memory_gib": LabSettings,
        "hub_user_cpus": HubSection,
        "hub_user_disk_gib": HubSection,
        "hub_idle_timeout_minutes": HubSection,
        "idle_timeout_seconds": LabSettings,
    }
    for name, model in limits.items():
        own = model.model_fields[name if name in model.model_fields else name.removeprefix("hub_")]
        stack = AwsLabSettings.model_fields[name]

        def bound(field: Any, what: str) -> float:
            return float(next(getattr(item, what) for item in field.metadata if hasattr(item, what)))

        assert bound(own, "ge") <= bound(stack, "ge"), name
        assert bound(own, "le") >= bound(stack, "le"), name


def test_the_role_may_read_the_logins_parameters_and_the_labs_own_and_no_others(
    told: dict[str, Any], synth: Callable[..., Any]
) -> None:
    names = parameter_names(LoginSettings(authenticator="github"), told["parameter_prefix"])
    written = json.dumps(synth("aws-lab")["resource"])
    found = set(re.findall(r":parameter(/[^\"\\]*)", written))
    below = "/jupyterhub/${var.name}"
    assert found == {
        f"{below}/{name}" for name in ("hub/login/*", PARAMETER, "hub/maintenance", "rollout", "rollout/*")
    }
    path = f"{below}/hub/login/*".replace("${var.name}", "aws-lab")
    assert all(name.startswith(path.removesuffix("*")) for name in names.values())
    # SSM refuses such names.
    assert not told["parameter_prefix"].lstrip("/").lower().startswith(("aws", "ssm"))


def test_hubs_carry_out_the_policy_for_spare_places_where_the_stack_has_it(
    told: dict[str, Any], synth: Callable[..., Any]
) -> None:
    spare = check_settings(told).spare
    assert spare is not None
    resources = synth("aws-lab")["resource"]
    policy = resources["aws_autoscaling_policy"]["spare_up"]
    assert spare.policy == policy["name"].replace("${var.name}", "aws-lab")
    assert policy["policy_type"] == "StepScaling"
    (rest,) = json.dumps(resources).split("autoscaling:ExecutePolicy")[1:]
    assert re.match(r'\W+Resource\W+arn:[^"]*:autoScalingGroup:\*:autoScalingGroupName/[^*"]+"', rest)
    for without in ({"profile": "original"}, {"scaling_policies": "simple"}):
        stack = synth("aws-lab", **without)
        assert "spare" not in stack["locals"]["instance_settings"], without
        assert "ExecutePolicy" not in json.dumps(stack), without


@pytest.fixture(scope="module")
def files(project: Path) -> Path:
    return project / "cookbooks/jupyterhub_lab/files/default"


def test_hub_and_agent_agree_on_token_and_flag() -> None:
    assert AGENT_TOKEN_FILE == TOKEN_FILE
    assert DRAINING_FLAG.parent == AGENT_FOLDER


def test_units_say_what_the_code_expects(files: Path) -> None:
    units = {file.name: file.read_text() for file in files.glob("*.service")}
    hub = units["jupyterhub-lab.service"]
    assert f"RequiresMountsFor={HOMES}" in hub
    assert f"EnvironmentFile={RUN_FOLDER}/hub.env" in hub
    assert f"/var/lib/{re.findall('StateDirectory=(.*)', hub)[0]}" == str(STATE_FOLDER)
    # A restart of one of them must end neither pages nor connections of the others.
    assert [name for name, text in units.items() if "Requires=" in text] == []
    for word in ("Wants", "After"):
        assert "jupyterhub-lab-proxy.service" in re.findall(rf"{word}=(.*)", hub)[0].split()
    proxy = units["jupyterhub-lab-proxy.service"]
    assert f"EnvironmentFile={RUN_FOLDER}/proxy.env" in proxy
    assert set(re.findall(r"\$\{(\w+)\}", proxy)) == {"PROXY_PORT", "HUB_URL", "PROXY_KEEP_ALIVE"}
    assert "--no-x-forward" in proxy
    assert "--keep-alive-timeout ${PROXY_KEEP_ALIVE}" in proxy
    prepare = units["jupyterhub-lab-prepare.service"]
    assert f"/run/{re.findall('RuntimeDirectory=(.*)', prepare)[0]}" == str(RUN_FOLDER)
    assert f"ConditionPathExists={RUN_FOLDER}/efs.conf" in units["jupyterhub-lab-efs.service"]
    for name in ("jupyterhub-lab", "jupyterhub-lab-proxy", "jupyterhub-lab-prepare", "session-agent"):
        assert "ConditionPathExists=/etc/jupyterhub-lab/instance.json" in units[f"{name}.service"]


def test_the_first_boot_starts_the_unit_that_the_recipe_enables(project: Path) -> None:
    script = (project / "constructs/hub_constructs/aws_lab/first_boot.sh").read_text()
    recipe = (project / "cookbooks/jupyterhub_lab/recipes/hub.rb").read_text()
    unit = re.findall(r"service=(\S+)", script)[0]
    assert unit in recipe
    assert "/hub/health" in script


def test_the_recipe_writes_the_words_that_prepare_replaces(project: Path) -> None:
    library = (project / "cookbooks/jupyterhub_lab/libraries/lab_image.rb").read_text()
    assert f"FILE_SYSTEM_NAME = '{FILE_SYSTEM_NAME}'" in library
    assert f"HOMES = '{HOMES}'" in library


def test_the_notebook_image_has_the_name_that_the_machine_image_builds(project: Path) -> None:
    attributes = (project / "cookbooks/jupyterhub_lab/attributes/default.rb").read_text()
    name = re.findall(r"\['notebook_image'\] = '(.*)'", attributes)[0]
    assert f"--tag {name} " in (project / "images/provision/lab.sh").read_text()


def test_settings_in_the_example_of_the_tests_are_the_stacks(
    document: dict[str, Any], told: dict[str, Any]
) -> None:
    assert set(document) == set(told)
    json.dumps(told)
