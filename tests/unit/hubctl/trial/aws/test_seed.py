import pytest

from hubctl.core.errors import BadInputError
from hubctl.trial.aws.seed import DEFAULT_IMAGES, AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws


def test_prepares_what_the_stacks_look_up(aws: LocalAws) -> None:
    account = seed_account(aws, AccountSeed(domain="seed.example.test", bucket="seed-bucket"))

    zone = aws.client("route53").get_hosted_zone(Id=account.hosted_zone_id)["HostedZone"]
    assert zone["Name"] == "seed.example.test."
    assert not zone["Config"]["PrivateZone"]
    assert set(account.image_ids) == set(DEFAULT_IMAGES)
    assert aws.client("ec2").describe_key_pairs(KeyNames=["public-jump-1"])["KeyPairs"]
    assert aws.client("s3").head_bucket(Bucket="seed-bucket")


def test_seeding_twice_changes_nothing(aws: LocalAws) -> None:
    seed = AccountSeed(domain="twice.example.test", bucket="twice-bucket")
    first = seed_account(aws, seed)
    assert seed_account(aws, seed) == first
    zones = aws.client("route53").list_hosted_zones()["HostedZones"]
    assert [zone["Name"] for zone in zones].count("twice.example.test.") == 1


def test_a_bucket_can_be_prepared_in_another_region() -> None:
    with LocalAws(region="eu-central-1") as aws:
        seed_account(aws, AccountSeed(domain="eu.example.test", bucket="eu-bucket"))
        location = aws.client("s3").get_bucket_location(Bucket="eu-bucket")
    assert location["LocationConstraint"] == "eu-central-1"


def test_all_mistakes_are_reported_before_anything_is_created(aws: LocalAws) -> None:
    seed = AccountSeed(domain="no domain", bucket="No_Bucket", images=("a", "a"))
    with pytest.raises(BadInputError) as caught:
        seed_account(aws, seed)
    for mistake in ("no domain", "No_Bucket", "twice"):
        assert mistake in caught.value.message
