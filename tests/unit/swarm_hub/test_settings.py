import json
from pathlib import Path
from typing import Any

import pytest

from hub_common.settings import LoginSettings, SettingsError
from swarm_hub.settings import Limits, check_settings, load_settings


def test_golden_contract_is_accepted_as_chef_hands_it_on(document: dict[str, Any]) -> None:
    settings = check_settings(document)
    assert settings.hub.max_users == document["hub"]["max_users"]
    assert settings.hub.cluster_memory == document["hub"]["max_cluster_memory_gib"] * 1024**3
    assert settings.hub.login.authenticator == "none"


@pytest.mark.parametrize(("model", "path"), [(Limits, ["hub"]), (LoginSettings, ["hub", "login"])])
def test_fields_and_defaults_are_those_of_the_contract(project: Path, model: Any, path: list[str]) -> None:
    node = json.loads((project / "cookbooks/contract/node-attributes.schema.json").read_text())["properties"][
        "chef_hub"
    ]
    for name in path:
        node = node["properties"][name]
    assert set(model.model_fields) == set(node["properties"])
    for name, field in model.model_fields.items():
        schema = node["properties"][name]
        if name == "login":
            continue
        assert field.is_required() == (name in node["required"])
        if not field.is_required():
            default = list(field.default) if isinstance(field.default, tuple) else field.default
            assert default == schema["default"], name


@pytest.mark.parametrize(
    ("name", "bounds"),
    [("user_memory_gib", (0.125, 1024)), ("user_cpus", (0.1, 192)), ("start_timeout_seconds", (30, 3600))],
)
def test_bounds_are_those_of_the_contract(
    project: Path, document: dict[str, Any], name: str, bounds: tuple[float, float]
) -> None:
    text = (project / "cookbooks/contract/node-attributes.schema.json").read_text()
    schema = json.loads(text)["properties"]["chef_hub"]["properties"]["hub"]["properties"][name]
    assert (schema["minimum"], schema["maximum"]) == bounds
    for wrong in (bounds[0] - 0.01, bounds[1] + 1):
        document["hub"][name] = wrong
        with pytest.raises(SettingsError, match=rf"hub\.{name}"):
            check_settings(document)


def test_all_mistakes_are_told_at_once(document: dict[str, Any]) -> None:
    document["hub"]["max_users"] = 0
    document["hub"]["max_user"] = 5
    document["network"] = "Not A Name"
    del document["region"]
    with pytest.raises(SettingsError) as caught:
        check_settings(document, source="settings.json")
    text = str(caught.value)
    assert len(caught.value.mistakes) == 4
    for part in (
        "settings.json",
        "hub.max_users = 0",
        "hub.max_user is unknown",
        "network",
        "region is missing",
    ):
        assert part in text


def test_settings_that_do_not_fit_together_are_refused(document: dict[str, Any]) -> None:
    document["hub"] |= {"user_memory_gib": 64, "max_cluster_memory_gib": 32}
    document["users_folder"] = "/home"
    with pytest.raises(SettingsError) as caught:
        check_settings(document)
    assert "no user could start" in str(caught.value)
    assert "not below shared_folder" in str(caught.value)


@pytest.mark.parametrize(
    ("login", "part"),
    [
        ({"authenticator": "test"}, "allow_test_login"),
        ({"authenticator": "generic"}, "token_url is needed"),
        (
            {
                "authenticator": "generic",
                "authorize_url": "https://a.example/a",
                "token_url": "https://a.example/t",
                "userdata_url": "https://a.example/u",
                "allowed_groups": ["staff"],
            },
            "groups_claim",
        ),
        ({"authenticator": "google", "allowed_groups": ["staff@example.org"]}, "not a hosted domain"),
        (
            {"authenticator": "google", "allowed_groups": ["example.org"], "admin_users": ["a@other.org"]},
            "none of the domains",
        ),
        ({"authenticator": "ldap"}, "hub.login.authenticator"),
    ],
)
def test_logins_that_cannot_work_are_refused(
    document: dict[str, Any], login: dict[str, Any], part: str
) -> None:
    document["hub"]["login"] = login
    with pytest.raises(SettingsError, match=part):
        check_settings(document)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CHEF_HUB_SETTINGS"):
        load_settings(tmp_path / "settings.json")
    (tmp_path / "settings.json").write_text("{")
    with pytest.raises(SettingsError, match="no JSON"):
        load_settings(tmp_path / "settings.json")


def test_domains_of_users_need_a_certificate_that_covers_them(document: dict[str, Any]) -> None:
    document["hub"]["user_domains"] = "on"
    with pytest.raises(
        SettingsError, match=r"user_domains = 'on' needs a certificate .* \*\.notebooks\.example\.org"
    ):
        check_settings(document)
    assert check_settings(document | {"wildcard_certificate": True}).own_domains
