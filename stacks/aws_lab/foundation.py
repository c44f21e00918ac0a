"""What all of aws-lab is built on: settings, profile, variables, the provider, and what is looked up in the account."""

from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from cdktf_cdktf_provider_aws.data_aws_route53_zone import DataAwsRoute53Zone
from constructs import Construct

from hub_constructs.core.addresses import at
from hub_constructs.core.aws_limits.regions import access_logs_check, cognito_check, endpoints, hosts_check
from hub_constructs.core.stack import HubStack
from hub_constructs.core.variable_specs import Check, VariableSpec, with_checks
from hub_constructs.shared.group_capacity import WarmPool
from stacks.aws_lab.profiles import profile_of
from stacks.settings.capacity_guards import pool_of, unused_variables, variable_checks
from stacks.settings.loading import Settings
from stacks.terraform_block import configure_backend
from stacks.variables import AwsLabVariables


class LabFoundation(HubStack):
    """The stack before anything is built in it."""

    def __init__(self, scope: Construct, settings: Settings) -> None:
        super().__init__(scope, "aws-lab")
        self.settings = settings.aws_lab
        self.common = settings.common
        self.profile = profile_of(settings.common.profile, settings.aws_lab)
        configure_backend(self, settings.common.backend.for_stack("aws-lab"))
        self.variables: AwsLabVariables = AwsLabVariables(
            self, [*settings.common.variable_specs(), *self._variable_specs()]
        )
        self.name = self.variables.name
        self.warm_pool = self._warm_pool()
        # A group that was taken over keeps its name; instances get that name and may act on that group only.
        existing = settings.adoption("aws-lab").kept("aws_autoscaling_group.lab", "name")
        self.group_name = existing if isinstance(existing, str) else self.name
        self.tags = (
            {"Project": "jupyterhub-on-aws", "Stack": "aws-lab", "Owner": self.variables.owner}
            if self.profile.default_tags
            else {}
        )
        self.configure_provider(
            region=self.variables.region,
            default_tags=self.tags,
            endpoints=endpoints(self.settings.region, self.variables.region),
        )
        self.zone = at(
            DataAwsRoute53Zone(self, "zone", name=self.variables.hosted_zone, private_zone=False), "lab"
        )
        self.account = at(DataAwsCallerIdentity(self, "account"), "current")
        self.partition = at(DataAwsPartition(self, "partition"), "current")
        self.log_group = self._log_group() if self.profile.log_group else None

    def _log_group(self) -> CloudwatchLogGroup:
        return at(
            CloudwatchLogGroup(
                self,
                "log-group",
                name=f"/{self.name}/instances",
                retention_in_days=self.variables.log_retention_days,
            ),
            "lab",
        )

    def _warm_pool(self) -> WarmPool | None:
        state = pool_of(self.common.profile, self.settings)
        if state == "off":
            return None
        return WarmPool(
            state="Hibernated" if state == "hibernated" else "Stopped",
            size="var.warm_pool_size",
            smallest="var.min_size",
            largest="var.max_size",
            reuse=self.settings.warm_pool_reuse,
        )

    def _variable_specs(self) -> list[VariableSpec]:
        profile = self.common.profile
        unused = unused_variables(profile, self.settings)
        count = self.settings.zone_count
        zones = Check(
            condition=f"contains([0, {count}], length(distinct(var.availability_zones)))",
            message=f"availability_zones must be empty or name {count} different zones, as many as zone_count says.",
        )
        logs = (access_logs_check("region"),) if self.settings.access_logs else ()
        further = {
            "availability_zones": (zones,),
            "region": (hosts_check(self.settings.region, "region"), *logs),
            "hub_login_authenticator": (cognito_check("region"),),
        }
        known = [spec for spec in self.settings.variable_specs() if spec.name not in unused]
        return with_checks(with_checks(known, further), variable_checks("aws-lab", profile, self.settings))
