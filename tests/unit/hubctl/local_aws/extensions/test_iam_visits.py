import boto3
from botocore.config import Config

from hubctl.trial.aws.server import LocalAws

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
