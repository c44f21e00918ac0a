"""The environment that points every AWS client at the local endpoint, and at nothing else.

A caller may have a profile, a session token, endpoints of single services or a role to assume in its own
environment; each could send a request to a real account. Everything that AWS clients read is therefore set
here, also to values that only undo the caller's. Sessions of :func:`isolated_session` do not read that environment at all.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import boto3
import botocore.session

from hubctl.core.aws import share_models

ACCESS_KEY_ID = "local-aws"
SECRET_ACCESS_KEY = "local-aws"  # noqa: S105 - moto accepts any; this one opens nothing
PROFILE = "default"
_CONFIG = """\
[default]
region = {region}
endpoint_url = {endpoint_url}
aws_access_key_id = {access_key_id}
aws_secret_access_key = {secret_access_key}
"""


def write_profile(folder: Path, *, endpoint_url: str, region: str) -> Path:
    """Write an AWS config file whose only profile is the local endpoint; return its path.

    A file is needed because ``AWS_PROFILE`` cannot be undone by an empty value: botocore then looks for a
    profile of that name. So it names the profile of this file instead.
    """
    path = folder / "config"
    path.write_text(
        _CONFIG.format(
            region=region,
            endpoint_url=endpoint_url,
            access_key_id=ACCESS_KEY_ID,
            secret_access_key=SECRET_ACCESS_KEY,
        ),
        encoding="utf-8",
    )
    return path


def local_environment(
    *, endpoint_url: str, region: str, profile_file: Path, caller: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the variables to lay over a process's environment.

    Args:
        endpoint_url: ``http://127.0.0.1:PORT``.
        region: AWS region name.
        profile_file: What :func:`write_profile` wrote.
        caller: The environment they will be laid over; by default this process's.

    """
    caller = os.environ if caller is None else caller
    variables = {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": "",
        "AWS_SECURITY_TOKEN": "",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_PROFILE": PROFILE,
        "AWS_DEFAULT_PROFILE": PROFILE,
        "AWS_CONFIG_FILE": str(profile_file),
        "AWS_SHARED_CREDENTIALS_FILE": str(profile_file),
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
        "AWS_USE_FIPS_ENDPOINT": "false",
        "AWS_USE_DUALSTACK_ENDPOINT": "false",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ROLE_ARN": "",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "",
        "NO_PROXY": _with_loopback(caller.get("NO_PROXY") or caller.get("no_proxy") or ""),
    }
    variables["no_proxy"] = variables["NO_PROXY"]
    # The endpoint of a single service beats the general one.
    variables.update({name: endpoint_url for name in caller if name.startswith("AWS_ENDPOINT_URL_")})
    return variables


def _with_loopback(no_proxy: str) -> str:
    """Add loopback to a comma-separated list of hosts that are reached without a proxy."""
    hosts = [host.strip() for host in no_proxy.split(",") if host.strip()]
    return ",".join([*hosts, *(host for host in ("127.0.0.1", "localhost") if host not in hosts)])


def isolated_session(profile_file: str) -> boto3.session.Session:
    """Make a boto3 session that reads our profile file whatever the caller's environment says."""
    core = botocore.session.Session()
    for variable, value in (
        ("config_file", profile_file),
        ("credentials_file", profile_file),
        ("profile", "default"),
        ("ignore_configured_endpoint_urls", True),
        ("use_fips_endpoint", False),
        ("use_dualstack_endpoint", False),
    ):
        core.set_config_variable(variable, value)
    share_models(core)
    return boto3.session.Session(botocore_session=core)
