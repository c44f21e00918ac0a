"""Secrets of the environment, and sizes as people read them."""

import pytest

from hub_common.settings import GIB, MIB, LoginSettings, SettingsError, gib, read_secrets
from swarm_hub.settings import LIVE_NAMES

KEY = "ab" * 32
ENOUGH = {"CONFIGPROXY_AUTH_TOKEN": "token", "JPY_COOKIE_SECRET": KEY, "JUPYTERHUB_CRYPT_KEY": KEY}


def test_everything_that_lacks_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_secrets({"JPY_COOKIE_SECRET": "secret!"}, LoginSettings(authenticator="github"), LIVE_NAMES)
    assert len(caught.value.mistakes) == 5
    assert "secret!" not in str(caught.value)


@pytest.mark.parametrize("password", ["", "short"])
def test_test_login_needs_a_password_worth_the_name(password: str) -> None:
    login = LoginSettings(authenticator="test", allow_test_login=True)
    with pytest.raises(SettingsError, match="CHEF_HUB_TEST_PASSWORD"):
        read_secrets({**ENOUGH, "CHEF_HUB_TEST_PASSWORD": password}, login, LIVE_NAMES)


def test_secrets_are_not_shown() -> None:
    environment = {**ENOUGH, "CHEF_HUB_OAUTH_CLIENT_ID": "id", "CHEF_HUB_OAUTH_CLIENT_SECRET": "very secret"}
    secrets = read_secrets(environment, LoginSettings(authenticator="github"), LIVE_NAMES)
    assert secrets.client_secret == "very secret"
    assert "very secret" not in repr(secrets)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 GiB"),
        (1000, "less than 1 MiB"),
        (20 * MIB, "20 MiB"),
        (GIB // 8, "128 MiB"),
        (GIB // 2, "0.5 GiB"),
        (GIB - 1, "1 GiB"),
        (5 * GIB // 4, "1.2 GiB"),
        (16 * GIB, "16 GiB"),
        (1234 * GIB // 10, "123 GiB"),
    ],
)
def test_sizes_are_short_and_never_nothing(size: int, text: str) -> None:
    assert gib(size) == text
