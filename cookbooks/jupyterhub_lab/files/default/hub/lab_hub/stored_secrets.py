"""The hub's secrets on a Lab instance: made here once, or read from SSM, and handed over in files for systemd.

What an instance makes itself never leaves it, and ends with it. The operator's are SecureStrings in SSM, below the
deployment's prefix. The files have the form of systemd's EnvironmentFile:
https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#EnvironmentFile=
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hub_common.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    COOKIE_SECRET,
    CRYPT_KEY,
    METRICS_TOKEN,
    PROXY_TOKEN,
    TEST_PASSWORD,
    LoginSettings,
)
from lab_hub.settings import LIVE_NAMES

log = logging.getLogger("lab_hub.prepare")
_SPECIAL = re.compile(r'(["\\$`])')
_LINE = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="(.*)"')
# Those that JupyterHub and its proxy ask for
OWN_SECRETS = (PROXY_TOKEN, COOKIE_SECRET, CRYPT_KEY)
PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 3.0
# A new right takes a few seconds to reach all of AWS; one that an older stack does not give never comes.
DENIALS = 3


def own_secrets(file: Path) -> dict[str, str]:
    """Return the hub's secrets by variable; made and kept in ``file`` at the first call, so that logins outlive a reboot."""
    kept: dict[str, str] = {}
    if file.exists():
        kept = json.loads(file.read_text(encoding="utf-8"))
    known = {name: kept.get(name, "") for name in OWN_SECRETS}
    known[LIVE_NAMES.variable(METRICS_TOKEN)] = LIVE_NAMES.value(kept, METRICS_TOKEN)
    made = {name: value or secrets.token_hex(32) for name, value in known.items()}
    if made != kept:
        write_private(file, json.dumps(made, indent=1) + "\n")
    return made


def agent_token(file: Path) -> None:
    """Make the token by which the session agent speaks to the hub, unless there is one."""
    if not file.exists() or not file.read_text(encoding="utf-8").strip():
        write_private(file, secrets.token_hex(32) + "\n")


class ParameterError(Exception):
    """The secrets cannot be read; the message says which, and what to do."""


def parameter_names(login: LoginSettings, prefix: str) -> dict[str, str]:
    """Return variable → name of the parameter that this login needs."""
    names = {}
    if login.authenticator == "test":
        names = {TEST_PASSWORD: "test-password"}
    elif login.needs_client:
        names = {CLIENT_ID: "client-id", CLIENT_SECRET: "client-secret"}
    return {LIVE_NAMES.variable(secret): f"{prefix}/hub/login/{name}" for secret, name in names.items()}


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


def environment_text(variables: Mapping[str, str]) -> str:
    """Return the file's text: quoted, with the few characters escaped that are special inside quotes."""
    for name, value in variables.items():
        if "\n" in value or "\r" in value:
            raise ValueError(f"the value of {name} holds a line break")
    escaped = {name: _SPECIAL.sub(r"\\\1", value) for name, value in variables.items()}
    return "".join(f'{name}="{value}"\n' for name, value in escaped.items())


def parse_environment(content: str) -> dict[str, str]:
    """Return the variables of a file that :func:`environment_text` made."""
    found = (_LINE.fullmatch(line) for line in content.splitlines())
    return {match[1]: re.sub(r"\\(.)", r"\1", match[2]) for match in found if match}


def write_private(file: Path, content: str, mode: int = 0o600) -> None:
    """Write a file for its owner alone, whole or not at all."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
