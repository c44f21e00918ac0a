"""The aws-lab stack: a load balancer over an auto scaling group of JupyterHub instances, scaled on user sessions."""

from cdktf import TerraformLocal, Token
from cdktf_cdktf_provider_aws.data_aws_ec2_instance_type import DataAwsEc2InstanceType
from constructs import Construct

from hub_constructs.aws_lab.domain import AliasRecords, AliasRecordsProps, Certificate, CertificateProps
from hub_constructs.aws_lab.load_balancer import AccessLogs, AccessLogsProps, LoadBalancer, LoadBalancerProps
from hub_constructs.aws_lab.network import PublicNetwork, PublicNetworkProps
from hub_constructs.aws_lab.security_groups import LabSecurityGroups, LabSecurityGroupsProps
from hub_constructs.aws_lab.session_scaling import WARMUP_SECONDS, SessionScaling, SessionScalingProps, Spare
from hub_constructs.aws_lab.watch import LabWatch, LabWatchProps
from hub_constructs.core.addresses import at
from hub_constructs.shared.default_security_group import EmptyDefaultSecurityGroup
from hub_constructs.shared.file_systems import SharedFileSystem, SharedFileSystemProps
from hub_constructs.shared.group_capacity import POOLED_WARMUP_SECONDS
from stacks.aws_lab.foundation import LabFoundation
from stacks.aws_lab.instances import InstancePlacement, lab_instances
from stacks.monitoring_and_backups import MonitoringAndBackupsProps, add_monitoring_and_backups
from stacks.scheduled_scaling import add_scheduled_scaling
from stacks.settings.loading import Settings
from stacks.settings.scaling_guards import SYSTEM_GIB

PLACES, ENOUGH_FREE = "places_per_instance", "free_places_to_shrink"


class AwsLabStack(LabFoundation):
    """All of the AWS Lab."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, settings)
        self._all_settings = settings
        self._build()
        self._outputs()

    def _build(self) -> None:
        ipv6 = self.settings.ipv6
        self.network = PublicNetwork(
            self,
            "network",
            PublicNetworkProps(
                name=self.name,
                vpc_cidr=self.variables.vpc_cidr,
                zone_count=self.settings.zone_count,
                availability_zones=self.variables.availability_zones,
                ipv6=ipv6,
                inline_routes=self.settings.routes == "inline",
            ),
        )
        if self.profile.empty_default_group:
            EmptyDefaultSecurityGroup(self, "default-group", vpc_id=self.network.vpc.id, name=self.name)
        subnet_ids = [subnet.id for subnet in self.network.subnets]
        self.security_groups = LabSecurityGroups(
            self,
            "security-groups",
            LabSecurityGroupsProps(
                name=self.name,
                vpc_id=self.network.vpc.id,
                hub_port=self.variables.hub_port,
                homes=self.profile.shared_homes,
                ipv6=ipv6,
                rules=self.settings.security_group_rules,
            ),
        )
        self.homes = self._homes()
        self.certificate = Certificate(
            self,
            "certificate",
            CertificateProps(
                domain=self.variables.domain_name,
                zone_id=self.zone.zone_id,
                wait=self.settings.certificate_wait,
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
                hub_port=self.variables.hub_port,
                idle_timeout=self.variables.idle_timeout_seconds,
                drain_timeout=self.variables.drain_timeout_seconds,
                access_logs=self._access_logs(),
                ipv6=ipv6,
            ),
        )
        self.records = AliasRecords(
            self,
            "records",
            AliasRecordsProps(
                domain=self.variables.domain_name,
                zone_id=self.zone.zone_id,
                balancer=self.load_balancer.balancer,
                ipv6=ipv6,
            ),
        )
        self.instances = lab_instances(
            self,
            InstancePlacement(
                subnet_ids=subnet_ids,
                security_group_id=self.security_groups.instances.id,
                target_group_arn=self.load_balancer.target_group.arn,
                homes=self.homes.file_system if self.homes else None,
                # An instance that cannot mount the homes at its first boot is replaced, minutes later; and while the
                # last ones end, their users' files are still there.
                after=[
                    *self.network.routes,
                    *self.network.associations,
                    *self.security_groups.rules,
                    *(self.homes.mount_targets if self.homes else ()),
                ],
            ),
        )
        self.scaling = SessionScaling(
            self,
            "scaling",
            SessionScalingProps(
                name=self.name,
                group_name=self.instances.group.name,
                scale_up_threshold=self.variables.scale_up_threshold,
                scale_down_threshold=self.variables.scale_down_threshold,
                simple=self.settings.scaling_policies == "simple",
                warmup=POOLED_WARMUP_SECONDS if self.warm_pool else WARMUP_SECONDS,
                spare=self._spare(),
            ),
        )
        add_scheduled_scaling(self, "aws-lab", self.instances.group, self._all_settings)
        self._watch_and_back_up()

    def _spare(self) -> Spare | None:
        """Return the spare places, and how many places an instance has, as the agents count them or a little less."""
        if not self.profile.spare_places:
            return None
        kind = self.variables.instance_type
        at(DataAwsEc2InstanceType(self, "instance-type", instance_type=kind), "lab")
        memory = f"data.aws_ec2_instance_type.lab.memory_size / 1024 - {SYSTEM_GIB}"
        places = f"${{max(1, floor(({memory}) / var.user_memory_gib))}}"
        enough = f"${{var.spare_places + local.{PLACES}}}"
        at(TerraformLocal(self, "places", places), PLACES)
        at(TerraformLocal(self, "enough-free", enough), ENOUGH_FREE)
        return Spare(
            places=self.variables.references(["spare_places"])["spare_places"],
            places_per_instance=f"local.{PLACES}",
            enough_to_shrink=Token.as_number(f"${{local.{ENOUGH_FREE}}}"),
        )

    def _watch_and_back_up(self) -> None:
        file_system = self.homes.file_system if self.homes else None
        watch = LabWatch(
            LabWatchProps(
                group_name=self.instances.group.name,
                balancer=self.load_balancer.balancer.arn_suffix,
                target_group=self.load_balancer.target_group.arn_suffix,
                certificate_arn=self.certificate.valid_arn,
                file_system_id=file_system.id if file_system else None,
                warm_pool=self.warm_pool is not None,
            )
        )
        add_monitoring_and_backups(
            self,
            self.common,
            MonitoringAndBackupsProps(
                name=self.name,
                variables=self.variables,
                region=self.variables.region,
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
        if not self.settings.access_logs:
            return None
        self.access_logs = AccessLogs(
            self,
            "access-logs",
            AccessLogsProps(
                name=self.name,
                account_id=self.account.account_id,
                retention_days=self.variables.log_retention_days,
            ),
        )
        # Through the policy: the balancer checks at creation that it may write.
        return self.access_logs.policy.bucket

    def _outputs(self) -> None:
        self.output("lab_url", f"https://{self.variables.domain_name}/", "where users log in")
        self.output("alb_dns_name", self.load_balancer.balancer.dns_name, "DNS name of the load balancer")
        self.output(
            "autoscaling_group_name", self.instances.group.name, "auto scaling group of the lab instances"
        )
