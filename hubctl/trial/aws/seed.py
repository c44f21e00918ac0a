"""Prepare what an AWS account would already have before either stack is deployed into it.

An account may also lack availability zones: :func:`remove_zones`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from hubctl.core.errors import BadInputError
from hubctl.trial.aws.server import LocalAws

DEFAULT_IMAGES = (
    "ubuntu-22.04-chef-server-core-15.9.38",
    "ubuntu-22.04-chef-workstation-24.4.1064",
    "ubuntu-22.04-chef-client-18.5.0",
    "jupyterhub-lab-2026.11.1",
)
# What an account in use has been granted; a new one has 5 vCPUs of each
DEFAULT_QUOTAS = {("ec2", "L-1216C47A"): 64.0, ("ec2", "L-34B43A08"): 64.0}


@dataclass(frozen=True, kw_only=True)
class AccountSeed:
    """What to prepare.

    Attributes:
        domain: Name of the public hosted zone, such as ``lab.example.test``.
        images: Names of the machine images, owned by the account itself.
        root_volume_gib: Size of each image's root disk, in GiB.
        key_pair: Name of the EC2 key pair.
        bucket: Name of an S3 bucket that exists before the deployment, or None for none.
        quotas: Service quotas that AWS has granted, by service code and quota code.

    """

    domain: str
    images: tuple[str, ...] = DEFAULT_IMAGES
    root_volume_gib: int = 8
    key_pair: str = "public-jump-1"
    bucket: str | None = None
    quotas: Mapping[tuple[str, str], float] = field(default_factory=lambda: dict(DEFAULT_QUOTAS))


@dataclass(frozen=True, kw_only=True)
class SeededAccount:
    """What is there now.

    Attributes:
        domain: Name of the hosted zone.
        hosted_zone_id: Its id, without the ``/hostedzone/`` prefix.
        image_ids: Id of each image, by name.
        key_pair: Name of the key pair.
        bucket: Name of the bucket, or None.

    """

    domain: str
    hosted_zone_id: str
    image_ids: Mapping[str, str] = field(default_factory=dict)
    key_pair: str
    bucket: str | None


def seed_account(aws: LocalAws, seed: AccountSeed) -> SeededAccount:
    """Create what is missing of ``seed`` and leave alone what is there, so a second call changes nothing.

    Raises:
        BadInputError: A name in the seed cannot be used; nothing was created.

    """
    check_seed(seed)
    _grant(aws.client("service-quotas"), seed.quotas)
    return SeededAccount(
        domain=seed.domain,
        hosted_zone_id=_hosted_zone(aws.client("route53"), seed.domain),
        image_ids=_images(aws.client("ec2"), seed),
        key_pair=_key_pair(aws.client("ec2"), seed.key_pair),
        bucket=_bucket(aws.client("s3"), seed.bucket, aws.region) if seed.bucket else None,
    )


def check_seed(seed: AccountSeed) -> None:
    """Raise BadInputError for mistakes that show without an AWS, before it is started."""
    mistakes = []
    labels = seed.domain.rstrip(".").split(".")
    if len(labels) < 2 or not all(label.replace("-", "").isalnum() for label in labels):
        mistakes.append(f"domain {seed.domain!r} is not a domain name")
    if len(set(seed.images)) != len(seed.images):
        mistakes.append(f"images {seed.images} names an image twice")
    if seed.bucket is not None and not _is_bucket_name(seed.bucket):
        mistakes.append(f"bucket {seed.bucket!r} is not an S3 bucket name")
    mistakes += [
        f"quota {service}/{code} of {value:g} is below 0"
        for (service, code), value in seed.quotas.items()
        if value < 0
    ]
    if mistakes:
        raise BadInputError(
            "; ".join(mistakes),
            remedy="Give a domain like lab.example.test, a bucket of 3 to 63 lower-case letters, digits, dots and hyphens, "
            "and quotas from 0 on.",
        )


def _is_bucket_name(name: str) -> bool:
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    return 3 <= len(name) <= 63 and set(name) <= allowed and name[0].isalnum() and name[-1].isalnum()


def _grant(quotas: Any, wanted: Mapping[tuple[str, str], float]) -> None:
    for (service, code), value in wanted.items():
        try:
            default = quotas.get_aws_default_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
        except quotas.exceptions.NoSuchResourceException as error:
            raise BadInputError(
                f"the local AWS has no quota {service}/{code}",
                remedy="hubctl/trial/aws/extensions/default_quotas.json lists those that it has.",
            ) from error
        now = quotas.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]
        if now["Value"] == default["Value"] != value:
            quotas.request_service_quota_increase(ServiceCode=service, QuotaCode=code, DesiredValue=value)


def _hosted_zone(route53: Any, domain: str) -> str:
    name = domain.rstrip(".") + "."
    found = route53.list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    zone = next((zone for zone in found if zone["Name"] == name), None)
    if zone is None:
        zone = route53.create_hosted_zone(Name=name, CallerReference=f"seed-{name}")["HostedZone"]
    return str(zone["Id"]).removeprefix("/hostedzone/")


def _images(ec2: Any, seed: AccountSeed) -> dict[str, str]:
    found = {image["Name"]: image["ImageId"] for image in ec2.describe_images(Owners=["self"])["Images"]}
    return {name: found.get(name) or _register_image(ec2, name, seed.root_volume_gib) for name in seed.images}


def _register_image(ec2: Any, name: str, root_volume_gib: int) -> str:
    """Register an image as Packer's amazon-ebs builder leaves one behind."""
    image = ec2.register_image(
        Name=name,
        Description=f"{name}, prepared for a trial on this machine",
        Architecture="x86_64",
        VirtualizationType="hvm",
        EnaSupport=True,
        BootMode="uefi-preferred",
        RootDeviceName="/dev/sda1",
        BlockDeviceMappings=[
            {
                "DeviceName": "/dev/sda1",
                "Ebs": {"VolumeSize": root_volume_gib, "VolumeType": "gp3", "DeleteOnTermination": True},
            }
        ],
    )
    return str(image["ImageId"])


def _key_pair(ec2: Any, name: str) -> str:
    """Create the key pair; these instances have no logins, so its private half is not kept."""
    if not any(pair["KeyName"] == name for pair in ec2.describe_key_pairs()["KeyPairs"]):
        ec2.create_key_pair(KeyName=name, KeyType="ed25519")
    return name


def _bucket(s3: Any, name: str, region: str) -> str:
    if not any(bucket["Name"] == name for bucket in s3.list_buckets()["Buckets"]):
        # us-east-1 is the one region that S3 does not accept as a constraint.
        constraint = {} if region == "us-east-1" else {"LocationConstraint": region}
        s3.create_bucket(Bucket=name, **({"CreateBucketConfiguration": constraint} if constraint else {}))
    return name


def remove_zones(names: Iterable[str]) -> None:
    """Make zones unknown, in this process, to every request."""
    missing = set(names)
    for region, zones in RegionsAndZonesBackend.zones.items():
        RegionsAndZonesBackend.zones[region] = [zone for zone in zones if zone.name not in missing]
