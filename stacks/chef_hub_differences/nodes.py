"""What the switch changes in the single nodes: instances, what they register and are told, their rights."""

from stacks.chef_hub_differences.difference import Difference, of

_INSTANCES = of("aws_instance", "chef-server", "chef-workstation", "hub-leader")
_SERVICES = of("aws_service_discovery_service", "chef_svc", "swarm_svc")
_REGISTRATIONS = of("aws_service_discovery_instance", "chef_svc_master", "swarm_svc_master")
_NEW_ROLES = ("chef_workstation", "hub_leader", "hub_worker")

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
        recommended="IMDSv2 with hop limit 1, no key (Session Manager), a role each",
        improves="containers cannot take a node's credentials",
        on_switch="updates",
        addresses=_INSTANCES,
    ),
    Difference(
        setting="image and user data of the instances",
        original="the original's scripts",
        recommended="the bootstrap of this project; a later image or script does not replace an instance by itself",
        improves="a deployment never replaces the Chef Server by surprise: use `terraform apply -replace`",
        on_switch="updates",
        addresses=_INSTANCES,
    ),
    Difference(
        setting="public addresses of the instances",
        original="lent by AWS: another one after each stop and start, and a plan meanwhile replaces the instance",
        recommended="an Elastic IP each, which the record of the hub and the outputs name",
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
            *_REGISTRATIONS,
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
            *_SERVICES,
            "aws_route53_record.maphub_nb_cname_record",
            "aws_service_discovery_private_dns_namespace.internal",
        ),
    ),
    Difference(
        setting="names of the users' own domains",
        original="none",
        recommended="`*.notebooks.DOMAIN` leads to the hub, which answers where its certificate covers these names",
        improves="notebooks are another origin than the hub and than those of others: `hub_user_domains`",
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
        improves="a changed setting, such as `hub_max_users`, reaches nodes that run, and changes no launch data",
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
