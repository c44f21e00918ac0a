"""The two profiles of chef-hub, as data: everything in which they differ, except for the choice of constructs.

Which constructs a profile consists of is in ``recommended.py`` and ``original.py``; what a switch from one to the other
does to a deployment is in ``differences.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

WORKERS_GROUP = "jupyter-workers-asg"
WORKERS_HOOK = "chef-hub-worker-leaving"
WORKERS_LAUNCHING_HOOK = "chef-hub-worker-launching"
LOG_GROUP = "/chef-hub/nodes"
EVERYWHERE_IPV4, EVERYWHERE_IPV6 = "0.0.0.0/0", "::/0"


@dataclass(frozen=True, kw_only=True)
class ChefHubProfile:
    """What differs. ``tags`` are by address, ``ignored`` attributes by resource type.

    ``spare_places`` says whether the hub is told of spare places; the contract of the original design stays as it is.
    ``root_volumes_gib`` and ``root_volume_names`` are by address of the instance; one that is missing keeps its
    image's root volume.
    """

    name: Literal["recommended", "original"]
    spare_places: bool
    variable_defaults: Mapping[str, str]
    destinations: tuple[str, ...]
    public_ip_by_default: bool
    users_named: bool
    image_tags: Literal["MUTABLE", "IMMUTABLE"]
    images_kept: int | None
    dns_ttl_seconds: int
    force_destroy_services: bool
    chef_distribution: Literal["cinc", "chef"]
    worker_tags: Mapping[str, str]
    root_volumes_gib: Mapping[str, int]
    default_tags: Mapping[str, str]
    tags: Mapping[str, Mapping[str, str]]
    root_volume_tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    spot_price: str | None = None
    ignored: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


RECOMMENDED = ChefHubProfile(
    name="recommended",
    spare_places=True,
    variable_defaults={
        "vpc_cidr": "10.30.0.0/16",
        "key_name": "",
        "hub_leader_instance_type": "t3.medium",
        "worker_instance_type": "m6i.xlarge",
    },
    destinations=(EVERYWHERE_IPV4,),
    public_ip_by_default=False,
    users_named=True,
    image_tags="IMMUTABLE",
    images_kept=30,
    dns_ttl_seconds=60,
    force_destroy_services=True,
    chef_distribution="cinc",
    worker_tags={"Name": "chef-hub-worker"},
    root_volumes_gib={"chef-server": 30, "chef-workstation": 20, "hub-leader": 30, "workers": 60},
    default_tags={"Project": "jupyterhub-on-aws", "Stack": "chef-hub"},
    tags={
        "aws_vpc.infra-vpc": {"Name": "chef-hub"},
        "aws_internet_gateway.core-igw": {"Name": "chef-hub"},
        "aws_subnet.default_subnet": {"Name": "chef-hub-first-zone"},
        "aws_subnet.default_subnet_2": {"Name": "chef-hub-second-zone"},
        "aws_route_table.main": {"Name": "chef-hub"},
        "aws_instance.chef-server": {"Name": "chef-hub-chef-server"},
        "aws_instance.chef-workstation": {"Name": "chef-hub-workstation"},
        "aws_instance.hub-leader": {"Name": "chef-hub-leader"},
        "aws_eip.chef-server": {"Name": "chef-hub-chef-server"},
        "aws_eip.chef-workstation": {"Name": "chef-hub-workstation"},
        "aws_eip.hub-leader": {"Name": "chef-hub-leader"},
    },
    root_volume_tags={
        "chef-server": {"Name": "chef-hub-chef-server-root"},
        "chef-workstation": {"Name": "chef-hub-workstation-root"},
        "hub-leader": {"Name": "chef-hub-leader-root"},
    },
    # A new image or script must not replace the Chef Server, or stop the hub, because somebody deployed something
    # else. New images come by `terraform apply -replace=aws_instance.NAME`.
    ignored={"aws_instance": ("ami", "user_data", "user_data_base64")},
)

_MODULE = {"Module": "Chef Server - Core Networking"}

ORIGINAL = ChefHubProfile(
    name="original",
    spare_places=False,
    variable_defaults={
        "vpc_cidr": "192.0.0.0/16",
        "key_name": "public-jump-1",
        "hub_leader_instance_type": "t3.small",
        "worker_instance_type": "t3.small",
    },
    destinations=(EVERYWHERE_IPV6, EVERYWHERE_IPV4),
    public_ip_by_default=True,
    users_named=False,
    image_tags="MUTABLE",
    images_kept=None,
    dns_ttl_seconds=300,
    force_destroy_services=False,
    chef_distribution="chef",
    worker_tags={"Launched By": "Chef ASG", "Name": "Chef - Juyter Hub Worker"},
    root_volumes_gib={"chef-server": 20, "hub-leader": 20},
    default_tags={},
    spot_price="0.04",
    tags={
        address: {**_MODULE, "Name": name}
        for address, name in {
            "aws_vpc.infra-vpc": "Infrastructure - Core VPC",
            "aws_internet_gateway.core-igw": "Chef Server - IGW to Core VPC",
            "aws_subnet.default_subnet": "Chef - Deafult Infra Subnet",
            "aws_subnet.default_subnet_2": "Chef - Deafult Infra Subnet",
            "aws_route_table.main": "Infra VPC - Main Route Table",
            "aws_security_group.allow_all_http_sg": "Chef Server - Allow Internet HTTP Traffic",
            "aws_security_group.allow_deployer_http_sg": "Chef Server - Allow Deployer SSH",
            "aws_security_group.allow_deployer_sg": "Chef Server - Allow Deployer SSH",
            "aws_security_group.allow_vpc_traffic_sg": "Chef Server - Allow All VPC Traffic",
            "aws_instance.chef-server": "Chef Server - Chef Infra Server - 01",
            "aws_instance.chef-workstation": "Chef - Workstation",
            "aws_instance.hub-leader": "Chef - Jupyter Hub Master",
        }.items()
    },
    root_volume_tags={
        "chef-server": {**_MODULE, "Name": "Chef Server - Root Volume"},
        "hub-leader": {**_MODULE, "Name": "Chef Server - Jupyter Hub - Root Volume"},
    },
    # What an existing deployment may hold other than we would write it: changing it would replace or reboot a
    # node, overwrite what somebody put there, or touch nothing in AWS at all. Ignored for good, as the state keeps
    # it after the adoption as well.
    ignored={
        "aws_autoscaling_group": (
            "desired_capacity",
            "force_delete",
            "wait_for_capacity_timeout",
        ),
        # Target tracking knows no adjustment type: AWS forgets it, so it would differ at every plan.
        "aws_autoscaling_policy": ("adjustment_type",),
        "aws_ecr_repository": ("encryption_configuration", "force_delete"),
        "aws_efs_file_system": ("kms_key_id", "performance_mode"),
        "aws_iam_instance_profile": ("path",),
        "aws_iam_policy": ("description", "path"),
        "aws_iam_role": (
            "description",
            "force_detach_policies",
            "managed_policy_arns",
            "max_session_duration",
            "path",
        ),
        "aws_instance": (
            "ami",
            "metadata_options",
            "root_block_device[0].encrypted",
            "root_block_device[0].kms_key_id",
            "user_data",
            "user_data_base64",
            "user_data_replace_on_change",
        ),
        "aws_launch_configuration": (
            "ebs_optimized",
            "image_id",
            "metadata_options",
            "name",
            "name_prefix",
            "root_block_device",
            "user_data",
            "user_data_base64",
        ),
        "aws_security_group": ("description", "revoke_rules_on_delete"),
        "aws_service_discovery_private_dns_namespace": ("description",),
        "aws_service_discovery_service": ("description",),
        "aws_ssm_document": ("content",),
        "aws_ssm_parameter": ("description", "insecure_value", "overwrite", "value"),
    },
)

PROFILES: Mapping[str, ChefHubProfile] = {profile.name: profile for profile in (RECOMMENDED, ORIGINAL)}
