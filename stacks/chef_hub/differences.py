"""What a switch of chef-hub from profile ``original`` to ``recommended`` changes, and what that does to a deployment.

``tools/reference/stack_pages.py`` makes the page of this list; a test compares it with a real plan from an adopted
state.
"""

from dataclasses import dataclass
from typing import Literal

OnSwitch = Literal["replaces", "removes", "updates", "adds"]  # the strongest first


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One setting in both profiles, what the change improves, and what it does to ``addresses`` on the switch.

    ``range_only`` marks what happens only when the VPC's range changes too.
    """

    setting: str
    original: str
    recommended: str
    improves: str
    on_switch: OnSwitch
    addresses: tuple[str, ...]
    range_only: bool = False


def of(kind: str, *names: str) -> tuple[str, ...]:
    """Return the addresses of resources of one type."""
    return tuple(f"{kind}.{name}" for name in names)


_NETWORK_ADDRESSES = (
    *of("aws_subnet", "default_subnet", "default_subnet_2"),
    *of("aws_security_group", "allow_all_http_sg", "allow_deployer_http_sg", "allow_deployer_sg"),
    "aws_route_table.main",
    "aws_vpc.infra-vpc",
)
_CLOUD_MAP_SERVICES = of("aws_service_discovery_service", "chef_svc", "swarm_svc")
_CLOUD_MAP_INSTANCES = of("aws_service_discovery_instance", "chef_svc_master", "swarm_svc_master")
_NEW_ROLES = ("chef_workstation", "hub_leader", "hub_worker")
_BUCKET_PARTS = (
    "aws_s3_bucket",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
)
_ALARMS = (
    *("backup_old", "capacity_at_max", "capacity_missing", "certificate_expiry", "converge_failures"),
    *("converge_none", "disk_limit", "errors_hub", "homes_burst_credits", "homes_operations"),
    *("homes_throughput", "hub_silent", "machine_chef_server", "machine_hub_leader", "machine_workstation"),
)
_TOPIC_PARTS = ("aws_kms_alias", "aws_kms_key", "aws_sns_topic", "aws_sns_topic_policy")

NETWORK: tuple[Difference, ...] = (
    Difference(
        setting="range of the VPC (`vpc_cidr`)",
        original="192.0.0.0/16, which is public address space",
        recommended="10.30.0.0/16, private by RFC 1918",
        improves="no collision with hosts on the Internet; set `vpc_cidr` to 192.0.0.0/16 to keep the network",
        on_switch="replaces",
        addresses=(
            *_NETWORK_ADDRESSES,
            *_CLOUD_MAP_SERVICES,
            *_CLOUD_MAP_INSTANCES,
            "aws_efs_mount_target.core_mnt_target",
            "aws_service_discovery_private_dns_namespace.internal",
        ),
        range_only=True,
    ),
    Difference(
        setting="gateway and main route of a new VPC",
        original="in the original's VPC",
        recommended="in the new one",
        improves="follows the range",
        on_switch="updates",
        addresses=("aws_main_route_table_association.asc-main-vpc",),
        range_only=True,
    ),
    Difference(
        setting="routes, public addresses and tags of the network",
        original="IPv6 route without IPv6 in the VPC; every instance gets a public address; spelling mistakes",
        recommended="IPv4 route only; instances ask for a public address or bring an Elastic IP (there is no NAT)",
        improves="nothing is public by accident",
        on_switch="updates",
        addresses=(
            *of("aws_subnet", "default_subnet", "default_subnet_2"),
            "aws_internet_gateway.core-igw",
            "aws_route_table.main",
            "aws_vpc.infra-vpc",
        ),
    ),
    Difference(
        setting="description of the security groups that both have",
        original="the original's",
        recommended="what the group is for",
        improves="a group says what it opens; AWS cannot change a description",
        on_switch="replaces",
        addresses=of(
            "aws_security_group", "allow_all_http_sg", "allow_deployer_http_sg", "allow_deployer_sg"
        ),
    ),
    Difference(
        setting="traffic among the nodes",
        original="one group that lets the whole VPC through",
        recommended="none",
        improves="a compromised notebook does not reach every port of every node",
        on_switch="removes",
        addresses=("aws_security_group.allow_vpc_traffic_sg",),
    ),
    Difference(
        setting="security groups by purpose",
        original="none",
        recommended="Chef Server, Workstation, Swarm nodes, Swarm leader, NFS",
        improves="each port is open to those who need it",
        on_switch="adds",
        addresses=of(
            "aws_security_group",
            "chef_server_sg",
            "chef_workstation_sg",
            "efs_sg",
            "swarm_leader_sg",
            "swarm_sg",
        ),
    ),
    Difference(
        setting="the VPC's default security group",
        original="as AWS makes it: its members reach each other",
        recommended="without a rule",
        improves="what is launched without its own group reaches nothing",
        on_switch="adds",
        addresses=("aws_default_security_group.unused",),
    ),
    Difference(
        setting="rules of the security groups",
        original="inline",
        recommended="one resource per rule; SSH only if `key_name` is given",
        improves="a rule can change without touching the others; no SSH by default",
        on_switch="adds",
        addresses=(
            *of("aws_vpc_security_group_egress_rule", "chef_server", "chef_workstation", "swarm"),
            *of(
                "aws_vpc_security_group_ingress_rule",
                "chef_from_swarm",
                "chef_from_workstation",
                "deployer_https",
                "deployer_ssh",
                "nfs",
                "public_http",
                "public_https",
                "swarm_encryption",
                "swarm_gossip_tcp",
                "swarm_gossip_udp",
                "swarm_management",
                "swarm_overlay",
            ),
        ),
    ),
)


_INSTANCES = of("aws_instance", "chef-server", "chef-workstation", "hub-leader")

NODES: tuple[Difference, ...] = (
    Difference(
        setting="disks of the instances",
        original="as the image has them, 20 GiB",
        recommended="encrypted gp3, 20 to 30 GiB",
        improves="data at rest is encrypted; a new disk means a new instance, so save the Chef Server's data first",
        on_switch="replaces",
        addresses=_INSTANCES,
    ),
    Difference(
        setting="metadata, keys and roles of the instances",
        original="IMDSv1 allowed, key public-jump-1, one role for all",
        recommended="IMDSv2 with hop limit 1, no key (Session Manager), one role per kind of node",
        improves="containers cannot take a node's credentials",
        on_switch="updates",
        addresses=_INSTANCES,
    ),
    Difference(
        setting="image and user data of the instances",
        original="the original's scripts",
        recommended="the bootstrap of this project; a later image or script does not replace an instance",
        improves="a deployment never replaces the Chef Server by surprise: use `terraform apply -replace`",
        on_switch="updates",
        addresses=_INSTANCES,
    ),
    Difference(
        setting="public addresses of the instances",
        original="assigned by AWS: a new one after each stop and start, and a plan in between replaces the instance",
        recommended="one Elastic IP per instance, which the record of the hub and the outputs name",
        improves="the hub stays where its record points, and a stopped instance is not replaced",
        on_switch="adds",
        addresses=of("aws_eip", "chef-server", "chef-workstation", "hub-leader"),
    ),
    Difference(
        setting="what the new instances register",
        original="their old addresses",
        recommended="their new addresses",
        improves="follows the instances",
        on_switch="updates",
        addresses=(
            *_CLOUD_MAP_INSTANCES,
            *of("aws_ssm_parameter", "chef_server_dns", "chef_server_ip", "nfs_mount_ip"),
            "aws_route53_record.maphub_nb_cname_record",
        ),
    ),
    Difference(
        setting="DNS answers and services",
        original="valid for 300 s; a destroy stops at registered nodes",
        recommended="valid for 60 s; a destroy removes what nodes registered",
        improves="a new leader is found sooner; nothing is left behind",
        on_switch="updates",
        addresses=(
            *_CLOUD_MAP_SERVICES,
            "aws_route53_record.maphub_nb_cname_record",
            "aws_service_discovery_private_dns_namespace.internal",
        ),
    ),
    Difference(
        setting="names of the users' own domains",
        original="none",
        recommended="`*.notebooks.DOMAIN` leads to the hub, which answers where its certificate covers these names",
        improves="notebooks have another web origin than the hub and than other users' notebooks: `hub_user_domains`",
        on_switch="adds",
        addresses=("aws_route53_record.hub_users",),
    ),
    Difference(
        setting="parameter and document",
        original="whatever they hold",
        recommended="configuration without secrets; a document that waits and fails with the first boot",
        improves="no secret lies in a plain parameter: nodes make their own and keep them as SecureStrings",
        on_switch="updates",
        addresses=("aws_ssm_document.cloud_init_wait", "aws_ssm_parameter.chef_server_cfg"),
    ),
    Difference(
        setting="contract of the nodes as a parameter",
        original="in the user data only: nodes keep the settings of their first boot",
        recommended="in `/chef-hub/contract`, which nodes read before each converge; user data only says where it is",
        improves="a changed setting, such as `hub_max_users`, reaches running nodes, and does not change launch data",
        on_switch="adds",
        addresses=("aws_ssm_parameter.node_contract",),
    ),
    Difference(
        setting="the Chef Server's role and its profile",
        original="shared by all nodes, with managed policies for all of S3, ACM and SSM documents",
        recommended="the Chef Server's own, with one inline policy",
        improves="least privilege",
        on_switch="updates",
        addresses=(
            "aws_iam_instance_profile.chef_server_profile",
            "aws_iam_role.chef_server_profile",
        ),
    ),
    Difference(
        setting="account-wide policies",
        original="`acm:*`, documents and parameters of SSM, all log groups and repositories, the agent's policy",
        recommended="none",
        improves="least privilege",
        on_switch="removes",
        addresses=(
            *of(
                "aws_iam_policy", "acm_reader", "cloudwatch_minimal_log_write", "ecr_read_only_plus", "ssm_rw"
            ),
            "aws_iam_role_policy_attachment.cloudwatch_agent",
        ),
    ),
    Difference(
        setting="a role for each kind of node",
        original="none",
        recommended="Workstation, hub leader and workers have their own; inline policies name what they need",
        improves="a worker cannot read the Chef administrator's key",
        on_switch="adds",
        addresses=(
            *of("aws_iam_role", *_NEW_ROLES),
            *of("aws_iam_instance_profile", *_NEW_ROLES),
            *of("aws_iam_role_policy", "chef_server_profile", *_NEW_ROLES),
        ),
    ),
)


WORKERS: tuple[Difference, ...] = (
    Difference(
        setting="launch configuration of the workers",
        original="spot instances at 0.04 USD an hour",
        recommended="none",
        improves="AWS gives new accounts no launch configurations; a rise of the spot price ends no notebook",
        on_switch="removes",
        addresses=("aws_launch_configuration.chef-workers",),
    ),
    Difference(
        setting="launch template of the workers",
        original="none",
        recommended="on demand, IMDSv2 with hop limit 1, encrypted gp3 of 60 GiB, public address",
        improves="the workers' Internet access no longer depends on the subnet; disks are encrypted",
        on_switch="adds",
        addresses=("aws_launch_template.chef-workers",),
    ),
    Difference(
        setting="auto scaling group",
        original="launch configuration, 300 s of grace",
        recommended="launch template, 600 s of grace",
        improves="a new template reaches new workers, and running ones through a rollout",
        on_switch="updates",
        addresses=("aws_autoscaling_group.chef-workers",),
    ),
    Difference(
        setting="leaving of workers",
        original="none",
        recommended="a lifecycle hook holds a terminating worker until it has left Swarm and Chef Server",
        improves="no dead nodes stay registered",
        on_switch="adds",
        addresses=("aws_autoscaling_lifecycle_hook.chef-workers-terminating",),
    ),
)


SHARED_SERVICES: tuple[Difference, ...] = (
    Difference(
        setting="shared files",
        original="bursting throughput, no policy, files stay in infrequent access",
        recommended="elastic throughput, files come back at first use",
        improves="throughput follows the load. The file system stays in its one zone: see below",
        on_switch="updates",
        addresses=("aws_efs_file_system.research_shared_fs", "aws_efs_mount_target.core_mnt_target"),
    ),
    Difference(
        setting="mount target in the second zone, policy of the file system",
        original="none",
        recommended="both zones; only connections over TLS",
        improves="the files survive the failure of one zone; traffic to them is encrypted",
        on_switch="adds",
        addresses=(
            "aws_efs_file_system_policy.research_shared_fs",
            "aws_efs_mount_target.secondary_mnt_target",
        ),
    ),
    Difference(
        setting="image repositories",
        original="tags can be overwritten; images are kept for ever",
        recommended="tags are immutable; the newest 30 images are kept; a destroy deletes them",
        improves="a tag means one image; storage does not grow without end; nothing is left behind",
        on_switch="updates",
        addresses=of("aws_ecr_repository", "geospatial", "jupyterhubserver"),
    ),
    Difference(
        setting="expiry of images",
        original="none",
        recommended="the newest 30 are kept",
        improves="cost",
        on_switch="adds",
        addresses=of("aws_ecr_lifecycle_policy", "geospatial", "jupyterhubserver"),
    ),
    Difference(
        setting="bootstrap bucket",
        original="an existing one (`bootstrap_bucket`)",
        recommended="created by the stack if none is given: encrypted, versioned, private, TLS only",
        improves="nothing has to be prepared",
        on_switch="adds",
        addresses=tuple(f"{kind}.bootstrap" for kind in _BUCKET_PARTS),
    ),
    Difference(
        setting="average CPU that the workers are kept at (`worker_cpu_target_percent`)",
        original="40 percent: workers are added by CPU",
        recommended="100 percent: the hub asks for the workers that its users need, and CPU adds none",
        improves="cost: a server does not move to a worker that is added for its CPU",
        on_switch="updates",
        addresses=("aws_autoscaling_policy.hub-workers-asg-cpu",),
    ),
    Difference(
        setting="warm pool of workers (`warm_pool`)",
        original="none: AWS keeps none for spot instances",
        recommended="stopped workers that have booted once, `worker_warm_pool_size` of them; new workers wait until they serve",
        improves="a worker more within seconds instead of minutes",
        on_switch="adds",
        addresses=("aws_autoscaling_lifecycle_hook.chef-workers-launching",),
    ),
    Difference(
        setting="alarms, notifications, dashboard (`monitoring`)",
        original="none",
        recommended="an encrypted topic, which `alarm_email` subscribes to, and the alarms of docs/how-to/monitor.md",
        improves="operators learn about problems before users report them",
        on_switch="adds",
        addresses=(
            *(f"{kind}.notifications" for kind in _TOPIC_PARTS),
            "aws_sns_topic_subscription.operators",
            "aws_cloudwatch_dashboard.operations",
            *of("aws_cloudwatch_metric_alarm", *_ALARMS),
        ),
    ),
    Difference(
        setting="backups of the shared files (`backups`)",
        original="none",
        recommended="every night by AWS Backup, kept for `backup_retention_days`",
        improves="a deleted directory, or a lost file system, comes back",
        on_switch="adds",
        addresses=tuple(
            f"{kind}.homes_backup"
            for kind in (
                "aws_backup_plan",
                "aws_backup_selection",
                "aws_backup_vault",
                "aws_iam_role",
                "aws_iam_role_policy",
            )
        ),
    ),
    Difference(
        setting="log group of the nodes",
        original="none",
        recommended="`/chef-hub/nodes`, kept for `log_retention_days`",
        improves="logs outlive the nodes, and do not cost for ever",
        on_switch="adds",
        addresses=("aws_cloudwatch_log_group.nodes",),
    ),
)


DIFFERENCES: tuple[Difference, ...] = (*NETWORK, *NODES, *WORKERS, *SHARED_SERVICES)
