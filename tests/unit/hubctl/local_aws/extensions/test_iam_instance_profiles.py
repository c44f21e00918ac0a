"""Roles of instance profiles: removed once, and only from where they are."""

import json

import pytest
from botocore.exceptions import ClientError

from hubctl.trial.aws.server import LocalAws

NAME = "removed-twice"


def test_a_role_can_be_removed_once(aws: LocalAws) -> None:
    iam = aws.client("iam")
    iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"}))
    iam.create_instance_profile(InstanceProfileName=NAME)
    iam.add_role_to_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    iam.remove_role_from_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    assert iam.get_instance_profile(InstanceProfileName=NAME)["InstanceProfile"]["Roles"] == []
    with pytest.raises(ClientError, match="does not have the role removed-twice") as caught:
        iam.remove_role_from_instance_profile(InstanceProfileName=NAME, RoleName=NAME)
    assert caught.value.response["Error"]["Code"] == "NoSuchEntity"
