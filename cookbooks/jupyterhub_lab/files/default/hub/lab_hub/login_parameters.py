"""The hub's secrets that the operator has: SecureStrings in SSM, below the deployment's prefix."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from swarm_hub.login_settings import LoginSettings
from swarm_hub.secrets import CLIENT_ID, CLIENT_SECRET, TEST_PASSWORD

log = logging.getLogger("lab_hub.prepare")

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 3.0
# A new right takes a few seconds to reach all of AWS; one that an older stack does not give never comes.
DENIALS = 3


class ParameterError(Exception):
    """The secrets cannot be had; the message says which, and what to do."""


def parameter_names(login: LoginSettings, prefix: str) -> dict[str, str]:
    """Return variable → name of the parameter that this login needs."""
    names = {}
    if login.authenticator == "test":
        names = {TEST_PASSWORD: "test-password"}
    elif login.needs_client:
        names = {CLIENT_ID: "client-id", CLIENT_SECRET: "client-secret"}
    return {variable: f"{prefix}/hub/login/{name}" for variable, name in names.items()}


def read_parameters(
    names: dict[str, str],
    connect: Callable[[], Any],
    *,
    patience: float = PATIENCE_SECONDS,
    pause: float = PAUSE_SECONDS,
) -> dict[str, str]:
    """Return variable → value; raise ParameterError when one is missing, or when SSM does not answer in time.

    ``connect`` gives boto3's SSM client. A new instance may have to wait for its role's credentials.
    """
    if not names:
        return {}
    deadline = time.monotonic() + patience
    while True:
        try:
            return _read(names, connect())
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() + pause > deadline:
                raise ParameterError(
                    f"SSM does not give the login's secrets ({', '.join(names.values())}): {error}. Look at the instance's "
                    "role and its way to the Internet."
                ) from error
            log.info("SSM does not answer yet: %s", error)
            time.sleep(pause)


def optional_parameter(
    name: str, connect: Callable[[], Any], *, patience: float = PATIENCE_SECONDS, pause: float = PAUSE_SECONDS
) -> str:
    """Return the value of a parameter that need not exist, which is empty then; raise ParameterError as above."""
    deadline, denials = time.monotonic() + patience, 0
    while True:
        try:
            answer = connect().get_parameters(Names=[name], WithDecryption=True)
            break
        except (BotoCoreError, ClientError) as error:
            denials += "AccessDenied" in str(error)
            if denials == DENIALS:
                log.warning(
                    "this instance may not read %s, so there is none: apply the stack to allow it", name
                )
                return ""
            if time.monotonic() + pause > deadline:
                raise ParameterError(
                    f"SSM does not give {name}: {error}. Look at the instance's role and its way to the Internet."
                ) from error
            log.info("SSM does not answer yet: %s", error)
            time.sleep(pause)
    value = "".join(str(parameter["Value"]) for parameter in answer["Parameters"]).strip()
    if "\n" in value or "\r" in value:
        raise ParameterError(f"the SSM parameter {name} holds a line break. Put it as one line")
    return value


def _read(names: dict[str, str], client: Any) -> dict[str, str]:
    answer = client.get_parameters(Names=sorted(names.values()), WithDecryption=True)
    values = {parameter["Name"]: str(parameter["Value"]) for parameter in answer["Parameters"]}
    missing = [name for name in names.values() if not values.get(name, "").strip()]
    if missing:
        raise ParameterError(
            f"the login needs these SSM parameters, which do not exist or are empty: {', '.join(missing)}. Put each as a "
            "SecureString, then run: systemctl restart jupyterhub-lab-prepare jupyterhub-lab"
        )
    broken = [name for name in names.values() if "\n" in values[name].strip("\r\n")]
    if broken:
        raise ParameterError(
            f"these SSM parameters hold a line break: {', '.join(broken)}. Put each as one line"
        )
    return {variable: values[name].strip("\r\n") for variable, name in names.items()}
