"""boto3 sessions that a caller's own AWS settings cannot reach."""

import boto3
import botocore.session

from hubctl.service_models import share_models


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
