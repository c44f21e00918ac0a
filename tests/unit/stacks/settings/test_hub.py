"""A setting of the hub is declared once: what the nodes and the trial know of it has the same keys, types and limits."""

from typing import Any, Literal, get_origin, get_type_hints

import pytest
from pydantic.fields import FieldInfo

from hub_common.settings import LoginSettings
from hubctl.trial.swarm.settings import LocalSwarmSettings
from stacks.settings.chef_hub import HUB_SETTINGS, ChefHubSettings
from stacks.settings.hub import contract_path, contract_sections
from swarm_hub.settings import Limits

# The sections that the hub's packages on the leader read; the certificate is Chef's.
MODELS = {("hub",): Limits, ("hub", "login"): LoginSettings}
READ = [name for name in HUB_SETTINGS if contract_path(name)[:-1] in MODELS]


def on_the_node(setting: str) -> tuple[FieldInfo, Any]:
    """Return the field that the hub's packages have for a setting, and its type; that of a choice is text."""
    *section, key = contract_path(setting)
    model = MODELS[tuple(section)]
    kind = get_type_hints(model)[key]
    return model.model_fields[key], str if get_origin(kind) is Literal else kind


def limits(field: FieldInfo) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for item in field.metadata:
        found |= {key: getattr(item, key) for key in ("ge", "le") if getattr(item, key, None) is not None}
    return found


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("hub_max_users", ("hub", "max_users")),
        ("hub_image", ("hub", "hub_image")),
        ("hub_login_scopes", ("hub", "login", "scopes")),
        ("hub_tls_key_file", ("tls", "key_file")),
    ],
)
def test_the_name_of_a_setting_says_where_the_nodes_read_it(setting: str, path: tuple[str, ...]) -> None:
    assert contract_path(setting) == path


def test_sections_hold_the_values_under_their_keys() -> None:
    assert contract_sections(
        {"hub_max_users": 3, "hub_login_allow_all": True, "hub_tls_source": "files"}
    ) == {
        "hub": {"max_users": 3, "login": {"allow_all": True}},
        "tls": {"source": "files"},
    }


def test_the_hub_on_the_nodes_reads_every_setting_and_only_the_trials_beside() -> None:
    read = {(*section, name) for section, model in MODELS.items() for name in model.model_fields}
    assert read - {contract_path(name) for name in READ} == {
        ("hub", "login"),
        ("hub", "login", "allow_test_login"),
    }


@pytest.mark.parametrize("setting", READ)
def test_the_hub_on_the_nodes_has_the_settings_type_default_and_limits(setting: str) -> None:
    ours = ChefHubSettings.model_fields[setting]
    theirs, kind = on_the_node(setting)
    assert kind == ours.annotation
    assert theirs.is_required() or theirs.default == ours.default
    assert limits(theirs) == limits(ours)


def test_the_trial_has_settings_of_the_same_types() -> None:
    hub = {contract_path(name)[-1]: name for name in READ if contract_path(name)[:-1] == ("hub",)}
    shared = {name: kind for name, kind in get_type_hints(LocalSwarmSettings).items() if name in hub}
    assert set(hub) - set(shared) == {"hub_image", "notebook_image"}  # which the trial builds
    for name, kind in shared.items():
        assert kind == ChefHubSettings.model_fields[hub[name]].annotation, name
