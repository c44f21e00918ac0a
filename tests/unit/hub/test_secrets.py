import pytest

from swarm_hub.login_settings import LoginSettings
from swarm_hub.secrets import read_secrets
from swarm_hub.settings import SettingsError

KEY = "ab" * 32
ENOUGH = {"CONFIGPROXY_AUTH_TOKEN": "token", "JPY_COOKIE_SECRET": KEY, "JUPYTERHUB_CRYPT_KEY": KEY}


def test_everything_that_lacks_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_secrets({"JPY_COOKIE_SECRET": "secret!"}, LoginSettings(authenticator="github"))
    assert len(caught.value.mistakes) == 5
    assert "secret!" not in str(caught.value)


@pytest.mark.parametrize("password", ["", "short"])
def test_test_login_needs_a_password_worth_the_name(password: str) -> None:
    login = LoginSettings(authenticator="test", allow_test_login=True)
    with pytest.raises(SettingsError, match="CHEF_HUB_TEST_PASSWORD"):
        read_secrets({**ENOUGH, "CHEF_HUB_TEST_PASSWORD": password}, login)


def test_secrets_are_not_shown() -> None:
    environment = {**ENOUGH, "CHEF_HUB_OAUTH_CLIENT_ID": "id", "CHEF_HUB_OAUTH_CLIENT_SECRET": "very secret"}
    secrets = read_secrets(environment, LoginSettings(authenticator="github"))
    assert secrets.client_secret == "very secret"
    assert "very secret" not in repr(secrets)
