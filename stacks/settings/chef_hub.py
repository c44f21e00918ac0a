"""Settings of the chef-hub stack: those of its machines, and what the nodes' contract says about the hub.

A variable ``hub_KEY``, ``hub_tls_KEY`` or ``hub_login_KEY`` is the contract's setting KEY, with the default and the
limits of ``cookbooks/contract/node-attributes.schema.json``; a test compares them. Secrets are not settings: client id
and secret of a login are SecureStrings which the operator puts into SSM.
"""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Self

from pydantic import Field

from hub_constructs.core.aws_limits import regions
from hub_constructs.core.aws_limits.regions import COGNITO_REMEDY
from hub_constructs.core.variable_specs import Check
from stacks.settings.capacity import HubCapacitySettings
from stacks.settings.crowds import CrowdSettings, HubSpareSettings
from stacks.settings.field_checks import (
    ACCOUNT,
    E_MAIL,
    HUB_DOMAIN,
    IMAGE_NAME,
    IMAGE_OWNER,
    INSTANCE_TYPE,
    LOG_RETENTION,
    OPTIONAL_BUCKET,
    REGION,
    ZONE,
    Network,
    no_cognito,
)
from stacks.settings.hub import HTTPS_URL, URL_REMEDY, HubUserSettings, contract_sections, given_unless
from stacks.settings.model import Mistake, Remedy, Rule, Variable
from stacks.settings.node_rules import swarm_mistakes

SWARM_CONTAINERS = "100.64.0.0/12"  # as the cookbook docker_swarm has it


def _zones(settings: "ChefHubDeploymentSettings") -> str | None:
    first, second = settings.default_availability_zone, settings.secondary_availability_zone
    strange = [
        f"{zone} {problem}"
        for zone in dict.fromkeys((first, second))
        if (problem := regions.explained_zone(zone, settings.default_region)) is not None
    ]
    if strange:
        return "; ".join(strange)
    return "both zones are the same, so one failure would take all workers" if first == second else None


def _worker_sizes(settings: "ChefHubDeploymentSettings") -> str | None:
    if settings.worker_min_size > settings.worker_max_size:
        return "the smallest number of workers is above the largest"
    return None


def _zone_checks(name: str) -> tuple[Check, ...]:
    return (
        Check(
            condition=regions.zone_condition(f"var.{name}", "var.default_region"),
            message=f"{name} must be an availability zone of default_region: set both together.",
        ),
    )


_INSTANCE_TYPE = Remedy('Give an EC2 instance type such as "t3.medium".')
_AMI_NAME = Remedy("Give an AMI name, with * where it varies.")


class ChefHubDeploymentSettings(HubCapacitySettings):
    """Settings of chef-hub's machines and network. Where a size or range is None, the profile has the default."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            fields=("default_availability_zone", "secondary_availability_zone", "default_region"),
            broken=_zones,
            remedy="Set both zones to different zones of default_region.",
        ),
        Rule(
            fields=("worker_min_size", "worker_max_size"),
            broken=_worker_sizes,
            remedy="Set worker_min_size to at most worker_max_size.",
        ),
    )

    deployer_ip: Annotated[
        str | None,
        Network(shortest=8, longest=32),
        Remedy("Give the operators' public address in CIDR form, such as 203.0.113.10/32."),
        Variable(sensitive=True),
    ] = Field(None, description="addresses that may reach SSH and the Chef Server, in CIDR form")
    aws_account_id: Annotated[
        str, Remedy("Give the 12 digits of the account, or leave it empty."), Variable()
    ] = Field(
        "",
        pattern=ACCOUNT,
        description="account that may be deployed to (`recommended` refuses others); any when empty",
    )
    default_region: Annotated[
        str,
        REGION,
        Remedy('Give a region such as "us-east-1".'),
        Variable(),
    ] = Field("us-east-1", description="AWS region of the hub")
    default_availability_zone: Annotated[
        str,
        ZONE,
        Remedy('Give a zone of default_region, such as "us-east-1f".'),
        Variable(checks=_zone_checks("default_availability_zone")),
    ] = Field("us-east-1f", description="zone of Chef Server, Workstation and hub leader")
    secondary_availability_zone: Annotated[
        str,
        ZONE,
        Remedy('Give another zone of default_region, such as "us-east-1d".'),
        Variable(
            checks=(
                *_zone_checks("secondary_availability_zone"),
                Check(
                    condition="var.secondary_availability_zone != var.default_availability_zone",
                    message="secondary_availability_zone must differ from default_availability_zone.",
                ),
            )
        ),
    ] = Field("us-east-1d", description="second zone, for workers only")
    target_domain: Annotated[
        str | None,
        HUB_DOMAIN,
        Remedy('Give the name of a public Route 53 zone of the account, such as "example.org".'),
        Variable(),
    ] = Field(None, description="hosted zone; the hub answers at `notebooks.` below it")
    bootstrap_bucket: Annotated[
        str,
        OPTIONAL_BUCKET,
        Remedy("Give the name of an existing S3 bucket, or leave it empty to have one created."),
        Variable(),
    ] = Field(
        "",
        description="existing bucket for cookbooks and bootstrap files; created when empty",
    )
    key_name: Annotated[
        str | None,
        Remedy("Give the name of an existing EC2 key pair, or an empty text for none."),
        Variable(),
    ] = Field(None, max_length=255, description="EC2 key pair for SSH; none when empty")
    vpc_cidr: Annotated[
        str | None,
        Network(shortest=16, longest=22, containers=SWARM_CONTAINERS),
        Remedy("Give an IPv4 network of /16 to /22 by its first address, such as 10.30.0.0/16."),
        Variable(),
    ] = Field(None, description="IPv4 range of the VPC; each of the two zones gets a quarter of it")
    ami_owner: Annotated[
        str, Remedy('Use "self", "amazon", "aws-marketplace" or an account id.'), Variable()
    ] = Field("self", pattern=IMAGE_OWNER, description="owner of the three AMIs")
    chef_server_ami_name: Annotated[str, _AMI_NAME, Variable()] = Field(
        "ubuntu-*-chef-server-core-*", pattern=IMAGE_NAME, description="name of the Chef Server's AMI"
    )
    chef_workstation_ami_name: Annotated[str, _AMI_NAME, Variable()] = Field(
        "ubuntu-*-chef-workstation-*", pattern=IMAGE_NAME, description="name of the Chef Workstation's AMI"
    )
    chef_client_ami_name: Annotated[str, _AMI_NAME, Variable()] = Field(
        "ubuntu-*-chef-client-*", pattern=IMAGE_NAME, description="name of the AMI of hub leader and workers"
    )
    chef_server_instance_type: Annotated[str, _INSTANCE_TYPE, Variable()] = Field(
        "t3.medium", pattern=INSTANCE_TYPE, description="EC2 type of the Chef Server"
    )
    chef_workstation_instance_type: Annotated[str, _INSTANCE_TYPE, Variable()] = Field(
        "t3.small", pattern=INSTANCE_TYPE, description="EC2 type of the Chef Workstation"
    )
    hub_leader_instance_type: Annotated[str | None, _INSTANCE_TYPE, Variable()] = Field(
        None, pattern=INSTANCE_TYPE, description="EC2 type of the hub leader"
    )
    worker_instance_type: Annotated[str | None, _INSTANCE_TYPE, Variable()] = Field(
        None, pattern=INSTANCE_TYPE, description="EC2 type of the Swarm workers"
    )
    worker_min_size: Annotated[int, Remedy("Use 0 to 100."), Variable()] = Field(
        1, ge=0, le=100, description="fewest Swarm workers"
    )
    worker_max_size: Annotated[
        int,
        Remedy("Use 1 to 100, not below worker_min_size."),
        Variable(
            checks=(
                Check(
                    condition="var.worker_max_size >= var.worker_min_size",
                    message="worker_max_size must be at least worker_min_size: raise it.",
                ),
            )
        ),
    ] = Field(5, ge=1, le=100, description="most Swarm workers")
    worker_cpu_target_percent: Annotated[int, Remedy("Use 10 to 100 percent."), Variable()] = Field(
        40,
        ge=10,
        le=100,
        description="average CPU utilization of the workers that scaling aims at, in percent; 100 adds none by CPU",
    )
    log_retention_days: Annotated[
        int,
        LOG_RETENTION,
        Remedy("Use a retention that CloudWatch Logs knows, such as 7, 30, 90 or 365."),
        Variable(),
    ] = Field(30, description="days that logs are kept")


CONTAINER_IMAGE = r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,511}$"
SOURCE = r"^(acme|files|self_signed)$"
FILE = r"^((/[A-Za-z0-9_.-]+)+)?$"
FILES = ("hub_tls_certificate_file", "hub_tls_key_file")


def _files(settings: "ChefHubSettings") -> str | None:
    missing = [name for name in FILES if not getattr(settings, name)]
    if settings.hub_tls_source == "files" and missing:
        return f"the source files needs {', '.join(missing)}"
    return None


def _domains(settings: "ChefHubSettings") -> str | None:
    if settings.hub_user_domains == "on" and settings.hub_tls_source == "acme":
        return "a certificate of the source acme cannot cover the domains of users: its challenge over HTTP is for single names"
    return None


_IMAGE = Remedy('Give an image such as "registry.example.org/hub:2026.11", with a tag.')
_FILE = Remedy("Give the absolute path of a PEM file on the leader, or leave it empty.")


class ChefHubSettings(HubUserSettings, HubSpareSettings, CrowdSettings, ChefHubDeploymentSettings):
    """All settings of the chef-hub stack: those of its machines, and those of the hub on them."""

    rules: ClassVar[tuple[Rule, ...]] = (
        *ChefHubDeploymentSettings.rules,
        Rule(
            fields=("hub_login_authenticator", "default_region"),
            broken=lambda s: no_cognito(s.hub_login_authenticator, s.default_region),
            remedy=COGNITO_REMEDY,
        ),
        Rule(
            fields=("hub_tls_source", *FILES),
            broken=_files,
            remedy="Give both paths, or choose acme.",
        ),
        Rule(
            fields=("hub_user_domains", "hub_tls_source"),
            broken=_domains,
            remedy="Choose hub_user_domains auto, or the source files with a certificate for *.notebooks.DOMAIN too.",
        ),
    )

    @classmethod
    def judged(cls, settings: Self) -> Iterable[Mistake]:
        """Return what the hub would refuse when it starts."""
        return swarm_mistakes(
            settings, contract_sections(settings.model_dump(include={*HUB_SETTINGS}))["hub"]
        )

    hub_max_users: Annotated[int, Remedy("Use 1 to 10000 users."), Variable()] = Field(
        50, ge=1, le=10000, description="concurrent users the hub serves at most"
    )
    hub_max_cluster_memory_gib: Annotated[int, Remedy("Use 1 to 100000 GiB."), Variable()] = Field(
        160, ge=1, le=100000, description="memory in GiB that all notebook servers together may be promised"
    )
    hub_max_disk_percent: Annotated[int, Remedy("Use 10 to 100 percent."), Variable()] = Field(
        85,
        ge=10,
        le=100,
        description="disk utilization in percent at which no further server starts; EFS grows, and is never full",
    )
    hub_image: Annotated[str, _IMAGE, Variable()] = Field(
        "chef-hub/jupyterhub:latest", pattern=CONTAINER_IMAGE, description="container image of the hub"
    )
    hub_notebook_image: Annotated[str, _IMAGE, Variable()] = Field(
        "chef-hub/notebook:latest",
        pattern=CONTAINER_IMAGE,
        description="container image of the notebook servers",
    )
    hub_user_memory_gib: Annotated[
        float,
        Remedy("Use 0.125 to 1024 GiB."),
        Variable(
            checks=(
                Check(
                    condition="var.hub_user_memory_gib <= var.hub_max_cluster_memory_gib",
                    message=(
                        "hub_user_memory_gib must be at most hub_max_cluster_memory_gib, or nobody could start a server: "
                        "raise the memory of the cluster, or lower that of a user."
                    ),
                ),
            )
        ),
    ] = Field(
        2,
        ge=0.125,
        le=1024,
        description="memory limit of one notebook server in GiB, which the admission counts",
    )
    hub_start_timeout_seconds: Annotated[int, Remedy("Use 30 to 3600 seconds."), Variable()] = Field(
        300,
        ge=30,
        le=3600,
        description="deadline of the start of a server in seconds, without the wait for a worker",
    )
    hub_growth_timeout_seconds: Annotated[int, Remedy("Use 60 to 3600 seconds."), Variable()] = Field(
        900, ge=60, le=3600, description="how long a start waits for a new worker, in seconds"
    )
    hub_tls_source: Annotated[
        str,
        Remedy("Use acme, files or self_signed."),
        Variable(
            checks=(
                given_unless(
                    "hub_tls_source",
                    ("files",),
                    FILES,
                    "hub_tls_source: files needs hub_tls_certificate_file and hub_tls_key_file.",
                ),
                Check(
                    condition='var.hub_tls_source != "acme" || var.hub_user_domains != "on"',
                    message=(
                        "hub_tls_source: acme cannot cover the domains of users: choose hub_user_domains auto, "
                        "or the source files."
                    ),
                ),
            )
        ),
    ] = Field(
        "acme",
        pattern=SOURCE,
        description="where the certificate of the hub comes from: an ACME authority, given files, or made by the hub for a trial",
    )
    hub_tls_acme_contact: Annotated[str, Remedy("Give an e-mail address, or leave it empty."), Variable()] = (
        Field(
            "",
            pattern=E_MAIL,
            description="e-mail address that the ACME authority may write to; none when empty",
        )
    )
    hub_tls_acme_directory: Annotated[str, URL_REMEDY, Variable()] = Field(
        "", pattern=HTTPS_URL, description="address of the ACME directory; that of the client when empty"
    )
    hub_tls_certificate_file: Annotated[str, _FILE, Variable()] = Field(
        "", pattern=FILE, description="PEM chain on the leader, for the source files"
    )
    hub_tls_key_file: Annotated[str, _FILE, Variable()] = Field(
        "", pattern=FILE, description="PEM key on the leader, for the source files"
    )


# The settings that the node contract hands on; ``stacks.settings.hub.contract_path`` says where they stand there
HUB_SETTINGS = tuple(
    name
    for name in ChefHubSettings.model_fields
    if name.startswith("hub_") and name not in ChefHubDeploymentSettings.model_fields
)
