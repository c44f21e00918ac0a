"""Secrets from SSM, and files of variables."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab_hub.settings import check_settings
from lab_hub.stored_secrets import (
    ParameterError,
    environment_text,
    optional_parameter,
    parameter_names,
    parse_environment,
    read_parameters,
)
from tests.support.lab_parameters import LOGIN as PREFIX
from tests.support.lab_parameters import Ssm


def test_only_parameters_of_the_login_in_use_are_read(document: dict[str, Any]) -> None:
    def names(**login: Any) -> dict[str, str]:
        return parameter_names(
            check_settings({**document, "hub": {"login": login}}).hub.login, "/jupyterhub/aws-lab"
        )

    assert names() == {}
    assert set(names(authenticator="google").values()) == {f"{PREFIX}/client-id", f"{PREFIX}/client-secret"}
    assert set(names(authenticator="test", allow_test_login=True).values()) == {f"{PREFIX}/test-password"}


def test_a_new_instance_waits_for_its_credentials() -> None:
    ssm = Ssm(failures=2, client_id="id\n")
    assert read_parameters({"ID": f"{PREFIX}/client-id"}, lambda: ssm, pause=0.01) == {"ID": "id"}
    ssm.failures = 9
    with pytest.raises(ParameterError, match="way to the Internet"):
        read_parameters({"ID": f"{PREFIX}/client-id"}, lambda: ssm, patience=0.05, pause=0.01)


def test_missing_and_broken_parameters_are_named() -> None:
    names = {"ID": f"{PREFIX}/client-id", "SECRET": f"{PREFIX}/client-secret"}
    with pytest.raises(ParameterError, match=f"{PREFIX}/client-id, {PREFIX}/client-secret"):
        read_parameters(names, lambda: Ssm(client_secret=" "))
    with pytest.raises(ParameterError, match="line break"):
        read_parameters(names, lambda: Ssm(client_id="a", client_secret="a\nADMIN=1"))


def test_a_parameter_that_need_not_exist_is_empty_where_it_is_absent_or_not_allowed() -> None:
    name = f"{PREFIX}/address"
    assert optional_parameter(name, Ssm) == ""
    assert optional_parameter(name, lambda: Ssm(address="a:b\n")) == "a:b"
    flaky = Ssm(failures=2, address="a:b")
    assert optional_parameter(name, lambda: flaky, pause=0.01) == "a:b"
    with pytest.raises(ParameterError, match=f"{name} holds a line break"):
        optional_parameter(name, lambda: Ssm(address="a\nADMIN=1"))
    with pytest.raises(ParameterError, match=f"SSM does not give {name}: .*way to the Internet"):
        optional_parameter(name, lambda: Ssm(failures=9), patience=0.05, pause=0.02)
    asked: list[str] = []

    class Denying:
        def get_parameters(self, **_: Any) -> Any:
            asked.append(name)
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetParameters")

    assert optional_parameter(name, Denying, pause=0.01) == ""
    assert len(asked) > 1


def test_environment_files_keep_every_character() -> None:
    odd = {"A": 'a"b\\c$d`e f#g', "B": ""}
    assert parse_environment(environment_text(odd)) == odd
    with pytest.raises(ValueError, match="B holds a line break"):
        environment_text({"B": "1\n2"})
