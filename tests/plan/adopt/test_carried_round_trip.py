"""Whatever the local AWS can create is carried on as it is: state, arguments, and a plan that changes nothing.

The configuration in ``fixtures/carry`` is applied, each of its resources is written as ``hubctl adopt`` writes it, and only
what was written is planned against the same state. What cannot be carried stands in docs/reference/carried-resources.md.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.carrying.carried_resources import CarriedResources, NotCarriedError
from hubctl.adopt.carrying.selection import carried_addresses
from hubctl.adopt.plan_changes import PlannedChange, planned_changes
from hubctl.adopt.secrets.gate import Secrets
from hubctl.adopt.secrets.patterns import names_secret
from hubctl.adopt.state.existing import Existing, ExistingState
from hubctl.adopt.state.references import References
from hubctl.adopt.state.state_file import read_state
from hubctl.core.project_folders import PROVIDER_VERSION
from hubctl.core.terraform.driver import Terraform, TerraformError, driver_environment
from hubctl.core.terraform.provider_schemas import provider_schemas
from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws
from stacks.adoption.overlay import with_nulls

pytestmark = [pytest.mark.terraform, pytest.mark.apply]

FIXTURE = Path(__file__).parents[1] / "fixtures" / "carry"
REGION = "us-east-1"
TYPES = 260  # at least
PLANS = 12
# Passwords and what may hold one; and what the local AWS adds to a state by itself, so that no argument gives it.
MAY_BE_IGNORED = {
    "aws_api_gateway_stage.main": {"variables"},
    "aws_autoscaling_group.template": {"capacity_reservation_specification"},
    "aws_ecs_service.main": {"availability_zone_rebalancing"},
    "aws_instance.leader": {"root_block_device", "user_data"},
    "aws_lambda_function.main": {"environment"},
    "aws_launch_template.plain": {"user_data"},
    "aws_rds_cluster.main": {"master_password", "scaling_configuration"},
    "aws_secretsmanager_secret_version.main": {"secret_binary", "secret_string"},
}


@dataclass(frozen=True, kw_only=True)
class Applied:
    """The fixture as it was applied: its state, and the environment of its AWS."""

    state: ExistingState
    schemas: Mapping[str, dict[str, Any]] = field(repr=False)
    secrets: Secrets = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    with LocalAws(region=REGION) as aws:
        seed_account(aws, AccountSeed(domain="lab.example.test"))
        folder = Path(shutil.copytree(FIXTURE, tmp_path_factory.mktemp("carry") / "theirs"))
        environment = driver_environment(aws.environment())
        terraform = Terraform(folder, environment)
        terraform.init()
        terraform.apply()
        text = (folder / "terraform.tfstate").read_text(encoding="utf-8")
        state = read_state(text, "the state")
        schemas = provider_schemas()
        yield Applied(state=state, schemas=schemas, secrets=Secrets(state, schemas), environment=environment)


def carriage(applied: Applied, resources: Sequence[Existing]) -> CarriedResources:
    addresses = carried_addresses(resources, [])
    return CarriedResources(
        {addresses[resource.address]: resource for resource in resources},
        applied.schemas,
        References(applied.state.resources, addresses),
        applied.secrets,
    )


class Bench:
    """A folder with nothing but what is carried, and the state of it under our addresses."""

    def __init__(self, applied: Applied, resources: list[Existing], folder: Path) -> None:
        self._folder = folder
        self._terraform = Terraform(folder, applied.environment)
        self._secrets = applied.secrets
        addresses = carried_addresses(resources, [])
        self._state = dict(applied.state.document)
        self._state["resources"] = [_entry(applied.state, theirs, ours) for theirs, ours in addresses.items()]
        self._ready = False

    def plan(self, carried: CarriedResources, *, refresh: bool = False) -> list[PlannedChange]:
        """Plan what is carried; raise TerraformError with Terraform's words."""
        resource: dict[str, dict[str, Any]] = {}
        for address, arguments in carried.arguments.items():
            kind, _, name = address.partition(".")
            block = {argument: with_nulls(value) for argument, value in arguments.items()}
            if address in carried.ignore:
                block["lifecycle"] = {"ignore_changes": carried.ignore[address]}
            resource.setdefault(kind, {})[name] = block
        document = {
            "terraform": {
                "required_providers": {"aws": {"source": "hashicorp/aws", "version": PROVIDER_VERSION}}
            },
            "provider": {"aws": {"region": REGION}},
            "resource": resource,
        }
        (self._folder / "main.tf.json").write_text(json.dumps(document, indent=2), encoding="utf-8")
        (self._folder / "terraform.tfstate").write_text(json.dumps(self._state), encoding="utf-8")
        if not self._ready:
            self._terraform.init()
            self._ready = True
        return planned_changes(self._terraform.plan_document(refresh=refresh), self._secrets)


def _entry(state: ExistingState, theirs: str, ours: str) -> dict[str, Any]:
    """Return a resource of a state file under an address of the root module."""
    found = state.at(theirs)
    assert found is not None
    kind, _, name = ours.partition(".")
    for entry in state.document["resources"]:
        if (entry["mode"], entry["type"], entry["name"]) != ("managed", found.type, found.name):
            continue
        for instance in entry["instances"]:
            if instance.get("index_key") == found.key:
                kept = {
                    key: value for key, value in instance.items() if key not in ("index_key", "dependencies")
                }
                return {**entry, "type": kind, "name": name, "instances": [kept]}
    raise AssertionError(theirs)


@pytest.fixture(scope="module")
def refused(project: Path) -> dict[str, str]:
    """What cannot be carried though the schema does not say so: type → what stands in the page about it."""
    page = (project / "docs" / "reference" / "carried-resources.md").read_text(encoding="utf-8")
    table = page.partition("## Depending on how they are written")[2].partition("##")[0]
    return dict(re.findall(r"^\| `(aws_\w+)` \| (.+) \|$", table, re.MULTILINE))


@pytest.fixture(scope="module")
def secret_needed(project: Path) -> dict[str, str]:
    """What cannot be carried by the schema, as the page has it: type → argument."""
    page = (project / "docs" / "reference" / "carried-resources.md").read_text(encoding="utf-8")
    table = page.partition("## Never")[2].partition("##")[0]
    return dict(re.findall(r"^\| `(aws_\w+)` \| `([\w.]+)` \|$", table, re.MULTILINE))


def test_every_type_is_carried_without_a_change(
    applied: Applied, refused: Mapping[str, str], secret_needed: Mapping[str, str], tmp_path: Path
) -> None:
    """Until a plan shows something, plans are made of the state alone; those after it ask AWS anew."""
    known = {*refused, *secret_needed}
    with pytest.raises(NotCarriedError) as raised:
        carriage(applied, applied.state.resources)
    reasons = raised.value.reasons
    resources = [resource for resource in applied.state.resources if resource.address not in reasons]
    unsaid = {address: why for address, why in reasons.items() if address.partition(".")[0] not in known}
    assert unsaid == {}, "refused, but not in the page"
    carried = carriage(applied, resources)
    bench = Bench(applied, resources, tmp_path)
    left: list[PlannedChange] = []
    for _ in range(PLANS):
        found = _planned(bench, carried, refresh=bool(left))
        anew, left = bool(left), found or left
        if found is not None and not carried.learn(found) and anew:
            break
    assert {change.address: change for change in left if change.action != "no-op"} == {}
    ignored = {
        address: {*names} - MAY_BE_IGNORED.get(address, set()) for address, names in carried.ignore.items()
    }
    assert {address: names for address, names in ignored.items() if names} == {}
    assert len({resource.type for resource in resources}) >= TYPES
    assert len(left) == len(resources)


def _planned(bench: Bench, carried: CarriedResources, *, refresh: bool) -> list[PlannedChange] | None:
    """Plan; None means that it failed, and that what it failed of was corrected."""
    try:
        return bench.plan(carried, refresh=refresh)
    except TerraformError as error:
        if not carried.correct(error.said):
            raise
        return None


def test_what_cannot_be_carried_is_refused_with_a_remedy(
    applied: Applied, refused: Mapping[str, str], secret_needed: Mapping[str, str]
) -> None:
    """All at once, and each of the page's types that the fixture has."""
    resources = [r for r in applied.state.resources if r.type in {*refused, *secret_needed}]
    with pytest.raises(NotCarriedError) as raised:
        carriage(applied, resources)
    error = raised.value
    named = {resource.address: resource.type for resource in resources if resource.address in error.reasons}
    assert set(named.values()) >= {*refused}
    assert {resource.address for resource in resources if resource.type in secret_needed} <= {*named}
    assert all(f"--forget '{address}'" in error.remedy for address in named)
    assert "of-the-test" not in (error.message + error.remedy).lower()


def test_the_page_names_what_the_schema_rules_out(secret_needed: Mapping[str, str]) -> None:
    """Types of the provider that need a secret wherever they are written."""
    wanted = {}
    schemas = provider_schemas()
    for kind in sorted(schemas):
        if place := needed_secret(schemas[kind]["block"]):
            wanted[kind] = place
    table = "\n".join(f"| `{kind}` | `{place}` |" for kind, place in wanted.items())
    assert dict(secret_needed) == wanted, f"the page's table has to be:\n{table}"


def needed_secret(block: Mapping[str, Any], within: str = "") -> str:
    """Return the first secret that a block cannot do without; empty when there is none."""
    for name, attribute in sorted((block.get("attributes") or {}).items()):
        named_so = names_secret(name) and attribute["type"] == "string"
        if attribute.get("required") and (attribute.get("sensitive") or named_so):
            return within + name
    for name, nested in sorted((block.get("block_types") or {}).items()):
        if nested.get("min_items"):
            found = needed_secret(nested["block"], f"{within}{name}.")
            if found:
                return found
    return ""
