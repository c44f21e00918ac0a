"""The aws-lab stack: a load balancer over an auto scaling group of JupyterHub instances, scaled on user sessions."""

from dataclasses import replace

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from constructs import Construct

from hub_constructs.addresses import at
from hub_constructs.aws_lab.access_logs import AccessLogs, AccessLogsProps
from hub_constructs.aws_lab.alias_records import AliasRecords, AliasRecordsProps
from hub_constructs.aws_lab.certificate import Certificate, CertificateProps
from hub_constructs.aws_lab.lab_instances import LabInstances, LabInstancesProps, drain_hook_name
from hub_constructs.aws_lab.lab_permissions import LabPermissionsProps, lab_statements, parameter_prefix
from hub_constructs.aws_lab.lab_watch import LabWatch, LabWatchProps
from hub_constructs.aws_lab.load_balancer import LoadBalancer, LoadBalancerProps
from hub_constructs.aws_lab.public_network import PublicNetwork, PublicNetworkProps
from hub_constructs.aws_lab.security_groups import LabSecurityGroups, LabSecurityGroupsProps
from hub_constructs.aws_lab.session_scaling import METRIC, NAMESPACE, SessionScaling, SessionScalingProps
from hub_constructs.empty_default_group import EmptyDefaultGroup
from hub_constructs.instance_role import InstanceRole, InstanceRoleProps
from hub_constructs.machine_image import MachineImage, MachineImageProps
from hub_constructs.shared_file_system import SharedFileSystem, SharedFileSystemProps
from hub_constructs.stack import HubStack
from hub_constructs.variable_specs import Check, VariableSpec
from stacks.aws_lab_profiles import profile_of
from stacks.backends import configure_backend
from stacks.hub_login import login_references
from stacks.operating import OperatingProps, operate
from stacks.settings import Settings

HOMES = "/srv/jupyterhub/homes"
UBUNTU_ROOT_DEVICE = "/dev/sda1"  # of Ubuntu's images, which the lab's own are built from


class AwsLabStack(HubStack):
    """All of the AWS Lab (requirements A1 to A13)."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, "aws-lab")
        self._settings = settings.aws_lab
        self._common = settings.common
        self._profile = profile_of(settings.common.profile, settings.aws_lab)
        configure_backend(self, settings.common.backend.for_stack("aws-lab"))
        self.declare_variables(settings.common.variable_specs())
        self.declare_variables(self._variable_specs())
        self.name = self.text("name")
        # A group that was taken over keeps its own name; instances are told it and may act on it only.
        kept = settings.adoption("aws-lab").kept("aws_autoscaling_group.lab", "name")
        self.group_name = kept if isinstance(kept, str) else self.name
        self.tags = (
            {"Project": "jupyterhub-on-aws", "Stack": "aws-lab", "Owner": self.text("owner")}
            if self._profile.default_tags
            else {}
        )
        self.configure_provider(region=self.text("region"), default_tags=self.tags)
        self.zone = at(
            DataAwsRoute53Zone(self, "zone", name=self.text("hosted_zone"), private_zone=False), "lab"
        )
        self.account = at(DataAwsCallerIdentity(self, "account"), "current")
        self.partition = at(DataAwsPartition(self, "partition"), "current")
        self.log_group = self._log_group() if self._profile.log_group else None
        self._build()
        self._outputs()

    def _log_group(self) -> CloudwatchLogGroup:
        return at(
            CloudwatchLogGroup(
                self,
                "log-group",
                name=f"/{self.name}/instances",
                retention_in_days=self.number("log_retention_days"),
            ),
            "lab",
        )

    def _variable_specs(self) -> list[VariableSpec]:
        count = self._settings.zone_count
        zones = Check(
            condition=f"contains([0, {count}], length(distinct(var.availability_zones)))",
            message=f"availability_zones must be empty or name {count} different zones, as many as zone_count says.",
        )
        return [
            replace(spec, checks=(*spec.checks, zones)) if spec.name == "availability_zones" else spec
            for spec in self._settings.variable_specs()
        ]

    def _build(self) -> None:
        ipv6 = self._settings.ipv6
        self.network = PublicNetwork(
            self,
            "network",
            PublicNetworkProps(
                name=self.name,
                vpc_cidr=self.text("vpc_cidr"),
                zone_count=self._settings.zone_count,
                availability_zones=self.texts("availability_zones"),
                ipv6=ipv6,
                inline_routes=self._settings.routes == "inline",
            ),
        )
        if self._profile.empty_default_group:
            EmptyDefaultGroup(self, "default-group", vpc_id=self.network.vpc.id, name=self.name)
        subnet_ids = [subnet.id for subnet in self.network.subnets]
        self.security_groups = LabSecurityGroups(
            self,
            "security-groups",
            LabSecurityGroupsProps(
                name=self.name,
                vpc_id=self.network.vpc.id,
                hub_port=self.number("hub_port"),
                homes=self._profile.shared_homes,
                ipv6=ipv6,
                rules=self._settings.security_group_rules,
            ),
        )
        self.homes = self._homes()
        self.certificate = Certificate(
            self,
            "certificate",
            CertificateProps(
                domain=self.text("domain_name"),
                zone_id=self.zone.zone_id,
                wait=self._settings.certificate_wait,
            ),
        )
        self.load_balancer = LoadBalancer(
            self,
            "load-balancer",
            LoadBalancerProps(
                name=self.name,
                vpc_id=self.network.vpc.id,
                subnet_ids=subnet_ids,
                security_group_id=self.security_groups.balancer.id,
                certificate_arn=self.certificate.valid_arn,
                hub_port=self.number("hub_port"),
                idle_timeout=self.number("idle_timeout_seconds"),
                drain_timeout=self.number("drain_timeout_seconds"),
                access_logs=self._access_logs(),
                ipv6=ipv6,
            ),
        )
        self.records = AliasRecords(
            self,
            "records",
            AliasRecordsProps(
                domain=self.text("domain_name"),
                zone_id=self.zone.zone_id,
                balancer=self.load_balancer.balancer,
                ipv6=ipv6,
            ),
        )
        self.instances = self._instances(subnet_ids)
        self.scaling = SessionScaling(
            self,
            "scaling",
            SessionScalingProps(
                name=self.name,
                group_name=self.instances.group.name,
                scale_up_threshold=self.number("scale_up_threshold"),
                scale_down_threshold=self.number("scale_down_threshold"),
                simple=self._settings.scaling_policies == "simple",
            ),
        )
        self._operate()

    def _operate(self) -> None:
        file_system = self.homes.file_system if self.homes else None
        watch = LabWatch(
            LabWatchProps(
                group_name=self.instances.group.name,
                balancer=self.load_balancer.balancer.arn_suffix,
                target_group=self.load_balancer.target_group.arn_suffix,
                certificate_arn=self.certificate.valid_arn,
                file_system_id=file_system.id if file_system else None,
            )
        )
        operate(
            self,
            self._common,
            OperatingProps(
                name=self.name,
                region=self.text("region"),
                partition=self.partition.partition,
                account_id=self.account.account_id,
                group=self.instances.group,
                alarms=watch.alarms(),
                graphs=watch.graphs(),
                file_system=file_system,
            ),
        )

    def _homes(self) -> SharedFileSystem | None:
        group = self.security_groups.homes
        if group is None:
            return None
        return SharedFileSystem(
            self,
            "homes",
            SharedFileSystemProps(
                address="homes",
                creation_token=f"{self.name}-homes",
                name=f"{self.name}-homes",
                subnets={
                    f"homes_{number}": subnet.id
                    for number, subnet in enumerate(self.network.subnets, start=1)
                },
                security_groups=[group.id],
            ),
        )

    def _access_logs(self) -> str | None:
        if not self._settings.access_logs:
            return None
        self.access_logs = AccessLogs(
            self,
            "access-logs",
            AccessLogsProps(
                name=self.name,
                account_id=self.account.account_id,
                retention_days=self.number("log_retention_days"),
            ),
        )
        # Through the policy: the balancer checks at creation that it may write.
        return self.access_logs.policy.bucket

    def _instances(self, subnet_ids: list[str]) -> LabInstances:
        file_system = self.homes.file_system if self.homes else None
        role = InstanceRole(
            self,
            "instance-role",
            InstanceRoleProps(
                address="lab_instance",
                name=f"{self.name}-instance",
                statements=lab_statements(
                    LabPermissionsProps(
                        name=self.name,
                        partition=self.partition.partition,
                        region=self.text("region"),
                        account_id=self.account.account_id,
                        group_name=self.group_name,
                        log_group_arn=self.log_group.arn if self.log_group else None,
                        file_system_arn=file_system.arn if file_system else None,
                    )
                ),
                policy_form=self._settings.instance_policy,
            ),
        )
        image_id, root_device_name = self._image()
        drain_timeout = self.number("drain_timeout_seconds") if self._profile.drain_hook else None
        return LabInstances(
            self,
            "instances",
            LabInstancesProps(
                name=self.name,
                image_id=image_id,
                root_device_name=root_device_name,
                instance_type=self.text("instance_type"),
                instance_profile=role.profile,
                security_group_id=self.security_groups.instances.id,
                subnet_ids=subnet_ids,
                target_group_arn=self.load_balancer.target_group.arn,
                root_volume_gib=self.number("root_volume_gib"),
                min_size=self.number("min_size"),
                max_size=self.number("max_size"),
                drain_timeout=drain_timeout,
                settings={
                    "region": self.text("region"),
                    "domain": self.text("domain_name"),
                    "hub_port": self.number("hub_port"),
                    "autoscaling_group": self.group_name,
                    "lifecycle_hook": drain_hook_name(self.name) if drain_timeout is not None else None,
                    "drain_timeout_seconds": self.number("drain_timeout_seconds"),
                    "idle_timeout_seconds": self.number("idle_timeout_seconds"),
                    "metric": {"namespace": NAMESPACE, "name": METRIC},
                    "session_activity_minutes": self.number("session_activity_minutes"),
                    "user_memory_gib": self.number("user_memory_gib"),
                    "parameter_prefix": parameter_prefix(self.name),
                    "hub": {
                        "user_cpus": self.number("hub_user_cpus"),
                        "user_disk_gib": self.number("hub_user_disk_gib"),
                        "idle_timeout_minutes": self.number("hub_idle_timeout_minutes"),
                        "login": login_references(self),
                    },
                    "log_group": self.log_group.name if self.log_group else None,
                    "homes": {
                        "file_system_id": file_system.id if file_system else None,
                        "mount_point": HOMES,
                    },
                },
                tags=self.tags,
                launch=self._settings.launch,
                separate_attachment=self._settings.target_attachment == "separate",
            ),
        )

    def _image(self) -> tuple[str, str]:
        """Return the image's id and the name of its root device."""
        if self._settings.ami_id is not None:
            return self._settings.ami_id, UBUNTU_ROOT_DEVICE
        props = MachineImageProps(address="lab", name=self.text("ami_name"), owner=self.text("ami_owner"))
        image = MachineImage(self, "image", props)
        return image.id_token, image.lookup.root_device_name

    def _outputs(self) -> None:
        self.output("lab_url", f"https://{self.text('domain_name')}/", "where users log in")
        self.output("alb_dns_name", self.load_balancer.balancer.dns_name, "DNS name of the load balancer")
        self.output(
            "autoscaling_group_name", self.instances.group.name, "auto scaling group of the lab instances"
        )
