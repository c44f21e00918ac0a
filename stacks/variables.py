"""The Terraform variables that the stacks refer to, as typed attributes.

A variable is declared by its setting: ``stacks/settings`` has its type, default, limits and description. Here stand the
names that a stack uses one by one, so that a wrong one is an error of types; synthesis refuses one that is not as its
setting. Variables of the hubs are handed on section by section: see ``contract_sections`` in ``stacks/settings/hub.py``.
"""

from hub_constructs.core.variables import Variables


class CommonVariables(Variables):
    """Variables of both stacks."""

    owner: str
    alarm_email: str
    backup_retention_days: float
    log_retention_days: float


class AwsLabVariables(CommonVariables):
    """Variables of aws-lab."""

    region: str
    domain_name: str
    hosted_zone: str
    name: str
    vpc_cidr: str
    availability_zones: list[str]
    ami_name: str
    ami_owner: str
    instance_type: str
    root_volume_gib: float
    min_size: float
    max_size: float
    scale_up_threshold: float
    scale_down_threshold: float
    user_memory_gib: float
    session_activity_minutes: float
    hub_port: float
    idle_timeout_seconds: float
    drain_timeout_seconds: float


class ChefHubVariables(CommonVariables):
    """Variables of chef-hub's machines and network."""

    deployer_ip: str
    default_region: str
    default_availability_zone: str
    secondary_availability_zone: str
    target_domain: str
    bootstrap_bucket: str
    key_name: str
    vpc_cidr: str
    ami_owner: str
    chef_server_ami_name: str
    chef_workstation_ami_name: str
    chef_client_ami_name: str
    chef_server_instance_type: str
    chef_workstation_instance_type: str
    hub_leader_instance_type: str
    worker_instance_type: str
    worker_min_size: float
    worker_max_size: float
    worker_cpu_target_percent: float
