"""The hub's secrets: read from the environment, never written anywhere, never shown."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field

from swarm_hub.login_settings import LoginSettings
from swarm_hub.settings import SettingsError

PROXY_TOKEN = "CONFIGPROXY_AUTH_TOKEN"  # noqa: S105 - the variable's name
COOKIE_SECRET = "JPY_COOKIE_SECRET"  # noqa: S105
CRYPT_KEY = "JUPYTERHUB_CRYPT_KEY"
CLIENT_ID = "CHEF_HUB_OAUTH_CLIENT_ID"
CLIENT_SECRET = "CHEF_HUB_OAUTH_CLIENT_SECRET"  # noqa: S105
TEST_PASSWORD = "CHEF_HUB_TEST_PASSWORD"  # noqa: S105
DATABASE_URL = "CHEF_HUB_DATABASE_URL"
METRICS_TOKEN = "CHEF_HUB_METRICS_TOKEN"  # noqa: S105
MINIMAL_PASSWORD = 12


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What no file of the hub holds. ``client_id``, ``client_secret`` and ``test_password`` fit the login.

    ``database_url`` is empty for a hub that keeps its database in a file.
    """

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    test_password: str = field(default="", repr=False)
    metrics_token: str = field(default="", repr=False)
    database_url: str = field(default="", repr=False)


def read_secrets(environment: Mapping[str, str], login: LoginSettings) -> Secrets:
    """Check that every secret is there that the hub and its login need; raise SettingsError naming all that lack.

    Proxy token, cookie secret and key are read by JupyterHub itself: here they are only checked.
    """
    mistakes = [
        f"{name} is not set: it is made at random when the hub is set up"
        for name in (PROXY_TOKEN, COOKIE_SECRET, CRYPT_KEY)
        if not environment.get(name)
    ]
    mistakes += [
        f"{name} is not hexadecimal, or shorter than 32 bytes"
        for name in (COOKIE_SECRET, CRYPT_KEY)
        if environment.get(name) and not _is_key(environment[name])
    ]
    if login.needs_client:
        mistakes += [
            f"{name} is not set: put it into SSM, the login {login.authenticator} needs it"
            for name in (CLIENT_ID, CLIENT_SECRET)
            if not environment.get(name)
        ]
    if login.authenticator == "test" and len(environment.get(TEST_PASSWORD, "")) < MINIMAL_PASSWORD:
        mistakes.append(
            f"{TEST_PASSWORD} is missing or shorter than {MINIMAL_PASSWORD} characters: it lets anyone in who has it"
        )
    if mistakes:
        raise SettingsError("the environment", mistakes)
    return Secrets(
        client_id=environment.get(CLIENT_ID, ""),
        client_secret=environment.get(CLIENT_SECRET, ""),
        test_password=environment.get(TEST_PASSWORD, ""),
        metrics_token=environment.get(METRICS_TOKEN, ""),
        database_url=environment.get(DATABASE_URL, ""),
    )


def _is_key(value: str) -> bool:
    try:
        return all(len(binascii.a2b_hex(part)) >= 32 for part in value.split(";"))
    except ValueError:
        return False
