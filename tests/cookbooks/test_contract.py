"""The contract between stack and cookbooks: the same verdict from both sides, on the same documents."""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hub_constructs.chef_hub.node_contract import CloudMapService, NodeContract
from stacks.settings.chef_hub import ChefHubSettings
from tests.support.hub_settings import combinations, hub
from tests.support.waiting import PATIENCE

Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def schema(project: Path) -> dict[str, Any]:
    text = (project / "cookbooks/contract/node-attributes.schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> Any:
    """The schema's validator."""
    # Takes seconds, for grammars of formats: only for tests that need it
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema)


@pytest.fixture
def example(project: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        (project / "cookbooks/contract/golden.json").read_text(encoding="utf-8")
    )
    return document


@pytest.fixture(scope="module")
def cookbook_mistakes(project: Path, ruby: str) -> dict[str, list[str]]:
    """The mistakes that the cookbooks' own check finds in each document."""
    golden = json.loads((project / "cookbooks/contract/golden.json").read_text(encoding="utf-8"))
    documents = {name: changed(golden, change) for name, change in {**GOOD, **BAD}.items()}
    return mistakes_of(project, ruby, documents)


def mistakes_of(project: Path, ruby: str, documents: dict[str, Any]) -> dict[str, list[str]]:
    """Return the mistakes in each document by its name; one Ruby for all of them."""
    library = project / "cookbooks/contract/libraries"
    program = (
        f"%w(json_schema contract).each {{ |name| require '{library}/' + name }}; "
        "puts JSON.generate(JSON.parse($stdin.read).transform_values { |it| ChefHub::Contract.errors(it) })"
    )
    answer = subprocess.run(
        [ruby, "-e", program],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    mistakes: dict[str, list[str]] = json.loads(answer.stdout)
    return mistakes


def test_stack_writes_the_golden_document(example: dict[str, Any]) -> None:
    settings = example["chef_hub"]
    written = NodeContract(
        region=settings["region"],
        domain=settings["domain"],
        hub_hostname=settings["hub_hostname"],
        namespace=settings["namespace"],
        bootstrap_bucket=settings["bootstrap_bucket"],
        chef_distribution=settings["chef_distribution"],
        chef_service=CloudMapService(**settings["services"]["chef_server"]),
        swarm_service=CloudMapService(**settings["services"]["swarm"]),
        file_system_id=settings["efs"]["file_system_id"],
        file_system_address=settings["efs"]["address"],
        log_group=settings["log_group"],
        autoscaling_group=settings["autoscaling_group"],
        lifecycle_hook=settings["lifecycle_hook"],
        tls=settings["tls"],
        hub=settings["hub"],
    ).document(settings["node_kind"])
    assert written == example


def test_schema_is_strict_and_explains_every_setting(schema: dict[str, Any], validator: Any) -> None:
    validator.check_schema(schema)

    def check(part: dict[str, Any], path: str) -> None:
        assert part.get("description"), f"{path} has no description"
        if part["type"] == "object":
            assert part["additionalProperties"] is False, path
            for name, inner in part["properties"].items():
                if inner["type"] != "object":  # an object's settings have defaults of their own
                    has_default = "default" in inner
                    assert has_default != (name in part["required"]), f"{path}.{name}: required, or a default"
                check(inner, f"{path}.{name}")

    check(schema, "")


def _set(*path: str, to: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        for name in path[:-1]:
            document = document.setdefault(name, {})
        document[path[-1]] = to

    return change


def _without(*path: str) -> Change:
    def change(document: dict[str, Any]) -> None:
        for name in path[:-1]:
            document = document[name]
        del document[path[-1]]

    return change


def test_case_12_what_the_cookbooks_refuse_synth_refuses(project: Path, ruby: str) -> None:
    golden = json.loads((project / "cookbooks/contract/golden.json").read_text(encoding="utf-8"))
    contexts = combinations(400)
    documents = {}
    for number, context in enumerate(contexts):
        documents[str(number)] = copy.deepcopy(golden)
        documents[str(number)]["chef_hub"]["hub"] |= hub(context)
    refused_by_both = 0
    for number, mistakes in mistakes_of(project, ruby, documents).items():
        context = contexts[int(number)]
        given = {name: value for name, value in context.items() if name in ChefHubSettings.model_fields}
        refused = ChefHubSettings.check(given)[1]
        assert refused or not mistakes, (context, mistakes)
        refused_by_both += bool(mistakes)
    assert 20 < refused_by_both < 380


GOOD: dict[str, Change] = {
    "the example": lambda _: None,
    "a worker without a hook": _set("chef_hub", "lifecycle_hook", to=""),
    "a mount target's address": _set("chef_hub", "efs", "address", to="10.30.0.5"),
    "fractions of cores": _set("chef_hub", "hub", "user_cpus", to=0.5),
    "a login": _set("chef_hub", "hub", "login", to={"authenticator": "github", "admin_users": ["ada"]}),
    "given files": _set(
        "chef_hub",
        "tls",
        to={"source": "files", "certificate_file": "/srv/hub.pem", "key_file": "/srv/hub.key"},
    ),
}
BAD: dict[str, Change] = {
    "no document": _without("chef_hub"),
    "a missing setting": _without("chef_hub", "region"),
    "a missing inner setting": _without("chef_hub", "services", "swarm", "id"),
    "an unknown setting": _set("chef_hub", "colour", to="blue"),
    "an unknown inner setting": _set("chef_hub", "hub", "max_user", to=5),
    "a number as text": _set("chef_hub", "hub", "max_users", to="50"),
    "a fraction of a user": _set("chef_hub", "hub", "max_users", to=1.5),
    "too few": _set("chef_hub", "hub", "max_users", to=0),
    "too many": _set("chef_hub", "hub", "max_disk_percent", to=101),
    "none of the values": _set("chef_hub", "node_kind", to="leader"),
    "a relative mount point": _set("chef_hub", "efs", "mount_point", to="mnt"),
    "a second line": _set("chef_hub", "log_group", to="/chef-hub\n/nodes"),
    "something else than a list": _set("chef_hub", "hub", "login", to={"admin_users": "ada"}),
    "a user twice": _set("chef_hub", "hub", "login", to={"admin_users": ["ada", "ada"]}),
    "a user with a space": _set("chef_hub", "hub", "login", to={"admin_users": ["ada l"]}),
    "nothing": _set("chef_hub", "domain", to=None),
    "an endpoint without TLS": _set("chef_hub", "hub", "login", to={"token_url": "http://example.org"}),
    "true for a number": _set("chef_hub", "hub", "user_memory_gib", to=True),
}


def changed(document: dict[str, Any], change: Change) -> dict[str, Any]:
    copied = copy.deepcopy(document)
    change(copied)
    return copied


@pytest.mark.parametrize("name", GOOD)
def test_both_sides_accept(
    name: str, example: dict[str, Any], validator: Any, cookbook_mistakes: dict[str, list[str]]
) -> None:
    document = changed(example, GOOD[name])
    assert not list(validator.iter_errors(document))
    assert cookbook_mistakes[name] == []


@pytest.mark.parametrize("name", BAD)
def test_both_sides_refuse(
    name: str, example: dict[str, Any], validator: Any, cookbook_mistakes: dict[str, list[str]]
) -> None:
    document = changed(example, BAD[name])
    assert document != example
    assert list(validator.iter_errors(document))
    assert len(cookbook_mistakes[name]) == 1
