"""Secrets are shown nowhere: not in tables, not in JSON, not in the adoption file."""

import pytest

from hubctl.adopt.differences import Explainer
from hubctl.adopt.plan_changes import planned_changes
from hubctl.adopt.secrets.gate import HIDDEN, is_secret, shown


@pytest.mark.parametrize(
    "name", ["password", "db_password", "secret_string", "private_key", "token", "join_token", "user_data"]
)
def test_names_that_say_secret_are_hidden(name: str) -> None:
    assert is_secret(name)
    assert shown(name, "hush") == HIDDEN


@pytest.mark.parametrize("name", ["name", "creation_token", "http_tokens", "key_name", "tags"])
def test_other_names_are_shown(name: str) -> None:
    assert not is_secret(name)
    assert shown(name, "seen") == "'seen'"


def test_marked_values_and_maps_with_secret_keys_are_hidden() -> None:
    assert shown("value", "hush", {"value"}) == HIDDEN
    assert shown("settings", {"db_password": "hush"}) == HIDDEN


def test_a_sensitive_change_is_told_without_its_values() -> None:
    document = {
        "address": "aws_ssm_parameter.p",
        "type": "aws_ssm_parameter",
        "mode": "managed",
        "change": {
            "actions": ["delete", "create"],
            "before": {"value": "hush-old", "name": "/a"},
            "after": {"value": "hush-new", "name": "/b"},
            "before_sensitive": {"value": True},
            "after_sensitive": {"value": True},
            "replace_paths": [["name"]],
        },
    }
    (change,) = planned_changes({"resource_changes": [document]})
    difference = Explainer({}, [], [], {}).explain(change)
    assert "hush" not in repr(change)
    assert "hush" not in repr(difference)
    assert {a.name: a.existing for a in difference.attributes} == {"value": HIDDEN, "name": "'/a'"}
    assert "--keep aws_ssm_parameter.p.name" in difference.remedy
