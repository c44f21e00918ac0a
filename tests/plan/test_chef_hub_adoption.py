"""A real state of the original chef-hub is taken over without touching anything (C4).

The fixture in ``fixtures/original_chef`` is applied to a local AWS; then chef-hub plans against copies of its state.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.terraform.driver import Terraform, driver_environment
from hubctl.core.terraform.plan import Plan
from hubctl.core.tool_versions import terraform_binary
from hubctl.trial.aws.server import LocalAws
from tests.support.profile_switch import expected_actions
from tests.support.waiting import PATIENCE

pytestmark = [pytest.mark.terraform, pytest.mark.apply]

DOMAIN = "lab.example.test"
VARIABLES = {
    "deployer_ip": "203.0.113.10/32",
    "aws_account_id": "123456789012",
    "default_region": "us-east-1",
    "default_availability_zone": "us-east-1f",
    "secondary_availability_zone": "us-east-1d",
    "target_domain": DOMAIN,
}
ADOPTING = {"profile": "original", "adopt_from_module": "module.chef"}
WORDS = {"create": "adds", "delete": "removes", "update": "updates", "replace": "replaces"}
Folders = Callable[..., Terraform]


@pytest.fixture(scope="module")
def original(terraform: Callable[[Path], Terraform], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state file of the original, as its own configuration made it."""
    source = Path(__file__).parent / "fixtures" / "original_chef"
    folder = Path(shutil.copytree(source, tmp_path_factory.mktemp("original") / "hcl"))
    terraform(folder).apply(variables=VARIABLES)
    return folder / "terraform.tfstate"


@pytest.fixture(scope="module")
def prepared(
    local_aws: LocalAws, stacks_of: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Folders:
    """Return ``prepared(state, **context)``: chef-hub with these settings, initialized over a copy of ``state``."""
    made: dict[str, Path] = {}
    environment = driver_environment(local_aws.environment())

    def prepare(state: Path, **context: Any) -> Terraform:
        settings = json.dumps(context, sort_keys=True)
        if settings not in made:
            made[settings] = Path(
                shutil.copytree(
                    stacks_of(**context) / "chef-hub", tmp_path_factory.mktemp("stacks") / "chef-hub"
                )
            )
            Terraform(made[settings], environment).init()
        # The providers are linked there, not copied.
        folder = Path(
            shutil.copytree(made[settings], tmp_path_factory.mktemp("copy") / "chef-hub", symlinks=True)
        )
        shutil.copy(state, folder / "terraform.tfstate")
        return Terraform(folder, environment)

    return prepare


@pytest.fixture(scope="module")
def adopted(original: Path, prepared: Folders) -> Path:
    """The state file after the adoption was applied."""
    driver = prepared(original, **ADOPTING)
    driver.apply(variables=VARIABLES)
    return driver.folder / "terraform.tfstate"


def touched(plan: Plan) -> list[str]:
    """Return what the plan would do to resources, moves in the state aside."""
    return [
        change.describe()
        for change in plan.changes
        if change.mode == "managed" and change.action not in ("no-op", "forget")
    ]


@pytest.mark.parametrize("refresh", [False, True])
@pytest.mark.parametrize("extra", [{}, {"bootstrap_bucket": "given-by-the-operator"}], ids=["", "bucket"])
def test_the_adoption_moves_everything_and_touches_nothing(
    original: Path, prepared: Folders, refresh: bool, extra: Mapping[str, str]
) -> None:
    plan = prepared(original, **ADOPTING).preview(variables={**VARIABLES, **extra}, refresh=refresh)
    assert touched(plan) == []
    moved = {change.address: change.previous_address for change in plan.changes if change.previous_address}
    assert len(moved) == 38
    assert all(before == f"module.chef.{address}" for address, before in moved.items())


@pytest.mark.parametrize("context", [ADOPTING, {"profile": "original"}], ids=["adopting", "adopted"])
@pytest.mark.parametrize("refresh", [False, True])
def test_after_the_adoption_there_is_nothing_left_to_do(
    adopted: Path, prepared: Folders, context: dict[str, str], refresh: bool
) -> None:
    plan = prepared(adopted, **context).preview(variables=VARIABLES, refresh=refresh)
    assert plan.is_empty, touched(plan)


def test_images_of_someone_else_do_not_stand_in_the_way(original: Path, prepared: Folders) -> None:
    plan = prepared(original, **ADOPTING).preview(variables={**VARIABLES, "ami_owner": "210987654321"})
    assert touched(plan) == []


def test_a_new_address_of_the_deployer_still_changes_the_groups(adopted: Path, prepared: Folders) -> None:
    variables = {**VARIABLES, "deployer_ip": "198.51.100.7/32"}
    plan = prepared(adopted, profile="original").preview(variables=variables)
    updates = {change.address for change in plan.changes if change.action == "update"}
    assert updates == {
        "aws_security_group.allow_deployer_sg",
        "aws_security_group.allow_deployer_http_sg",
    }


@pytest.mark.parametrize("range_changes", [False, True])
def test_the_switch_does_what_the_table_says(adopted: Path, prepared: Folders, range_changes: bool) -> None:
    kept = {} if range_changes else {"vpc_cidr": "192.0.0.0/16"}
    optional = {"key_name": "public-jump-1", "alarm_email": "operations@example.test"}
    plan = prepared(adopted).preview(variables={**VARIABLES, **optional, **kept})
    actions = {
        change.address.split("[")[0]: WORDS[change.action]
        for change in plan.changes
        if change.mode == "managed" and change.action != "no-op"
    }
    expected = expected_actions(range_changes=range_changes)
    assert {
        a: (actions.get(a), expected.get(a))
        for a in {*actions, *expected}
        if actions.get(a) != expected.get(a)
    } == {}


@pytest.fixture
def with_time_sleep(original: Path, tmp_path: Path) -> Path:
    """A copy of the state that also holds a resource of the time provider, as a deployment's own state does."""
    document = json.loads(original.read_text(encoding="utf-8"))
    provider = document["resources"][0]["provider"].replace("hashicorp/aws", "hashicorp/time")
    attributes = {"create_duration": "30s", "id": "2024-01-01T00:00:00Z"}
    document["resources"].append(
        {
            "module": "module.chef",
            "mode": "managed",
            "type": "time_sleep",
            "name": "wait_chef_server_stable_30s",
            "provider": provider,
            "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
        }
    )
    copy = tmp_path / "terraform.tfstate"
    copy.write_text(json.dumps(document), encoding="utf-8")
    return copy


def test_where_no_time_provider_can_be_had_the_waits_are_forgotten_by_hand(
    with_time_sleep: Path, prepared: Folders
) -> None:
    """Terraform installs a provider for whatever is in the state; ``state rm`` needs none (docs/reference/profiles.md)."""
    folder = with_time_sleep.parent
    forget = [terraform_binary(), "state", "rm", "module.chef.time_sleep.wait_chef_server_stable_30s"]
    subprocess.run(forget, cwd=folder, check=True, capture_output=True, timeout=PATIENCE)
    left = {
        resource["type"] for resource in json.loads(with_time_sleep.read_text(encoding="utf-8"))["resources"]
    }
    assert "time_sleep" not in left
    assert touched(prepared(with_time_sleep, **ADOPTING).preview(variables=VARIABLES, refresh=False)) == []


def test_the_configuration_itself_needs_no_time_provider(original: Path, prepared: Folders) -> None:
    folder = prepared(original, **ADOPTING).folder
    installed = [path.name for path in (folder / ".terraform" / "providers").glob("*/*/*")]
    assert installed == ["aws"]
