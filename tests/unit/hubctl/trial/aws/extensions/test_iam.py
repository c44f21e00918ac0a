"""Roles of instance profiles are removed once, and only from where they are; requests make no further accounts."""

import json

import boto3
import pytest
from botocore.config import Config
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


POLICY = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def test_the_key_of_a_user_is_noticed_at_work(aws: LocalAws) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="visitor")
    key = iam.create_access_key(UserName="visitor")["AccessKey"]
    before = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert before["ServiceName"] == "N/A"

    theirs = boto3.session.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name="eu-central-1")
    sts = theirs.client("sts", endpoint_url=aws.endpoint_url, config=Config(proxies={}))
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::123456789012:user/visitor"

    last = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert (last["ServiceName"], last["Region"]) == ("sts", "eu-central-1")


def test_the_policies_of_aws_are_there_when_they_are_asked_for(aws: LocalAws) -> None:
    assert aws.client("iam").get_policy(PolicyArn=POLICY)["Policy"]["IsAttachable"]
