"""What the switch changes in network and firewall."""

from stacks.chef_hub_differences.difference import Difference, of

_NETWORK = (
    *of("aws_subnet", "default_subnet", "default_subnet_2"),
    *of("aws_security_group", "allow_all_http_sg", "allow_deployer_http_sg", "allow_deployer_sg"),
    "aws_route_table.main",
    "aws_vpc.infra-vpc",
)
_SERVICES = of("aws_service_discovery_service", "chef_svc", "swarm_svc")
_REGISTRATIONS = of("aws_service_discovery_instance", "chef_svc_master", "swarm_svc_master")

NETWORK: tuple[Difference, ...] = (
    Difference(
        setting="range of the VPC (`vpc_cidr`)",
        original="192.0.0.0/16, which is public address space",
        recommended="10.30.0.0/16, private by RFC 1918",
        improves="no collision with hosts on the Internet; set `vpc_cidr` to 192.0.0.0/16 to keep the network",
        on_switch="replaces",
        addresses=(
            *_NETWORK,
            *_SERVICES,
            *_REGISTRATIONS,
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
        improves="what is launched without a group of its own reaches nothing",
        on_switch="adds",
        addresses=("aws_default_security_group.unused",),
    ),
    Difference(
        setting="rules of the security groups",
        original="inline",
        recommended="a resource each; SSH only when `key_name` is given",
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
