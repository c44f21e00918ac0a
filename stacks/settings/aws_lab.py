"""Settings of the aws-lab stack. Fields marked ``Variable`` are defaults of Terraform variables; the others shape the stack."""

from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from hub_constructs.core.aws_limits import regions, resource_names
from hub_constructs.core.variable_specs import Check
from stacks.settings.capacity import LabCapacitySettings
from stacks.settings.crowds import CrowdSettings, LabSpareSettings
from stacks.settings.field_checks import (
    CERTIFIED_DOMAIN,
    DOMAIN,
    IMAGE_NAME,
    IMAGE_OWNER,
    INSTANCE_TYPE,
    LOG_RETENTION,
    NAME,
    REGION,
    ZONE,
    Network,
    no_cognito,
)
from stacks.settings.hub import USER_DOMAINS, HubUserSettings, contract_sections
from stacks.settings.model import Mistake, Remedy, Rule, SettingsModel, Variable
from stacks.settings.node_rules import TAKEN_PORTS, lab_mistakes
from stacks.settings.scaling_guards import GUARDS


class AwsLabVariants(SettingsModel):
    """Variants of the configuration: which types of resources say the same thing, and which parts there are.

    They let an existing deployment keep what it has; a new one needs none of them.
    """

    security_group_rules: Annotated[
        Literal["separate", "legacy", "inline"], Remedy('Use "separate", "legacy" or "inline".')
    ] = Field(
        "separate",
        description="`separate`: aws_vpc_security_group_*_rule; `legacy`: aws_security_group_rule; `inline`: in the groups",
    )
    routes: Annotated[Literal["separate", "inline"], Remedy('Use "separate" or "inline".')] = Field(
        "separate", description="`separate`: aws_route; `inline`: in the route table"
    )
    scaling_policies: Annotated[Literal["step", "simple"], Remedy('Use "step" or "simple".')] = Field(
        "step", description="`step`: StepScaling; `simple`: SimpleScaling, one instance at a time"
    )
    instance_policy: Annotated[
        Literal["inline", "managed", "none"], Remedy('Use "inline", "managed" or "none".')
    ] = Field(
        "inline",
        description="`inline`: in the instances' role; `managed`: a policy of its own and an attachment; `none`: neither",
    )
    launch: Annotated[Literal["template", "configuration"], Remedy('Use "template" or "configuration".')] = (
        Field(
            "template",
            description="`template`: aws_launch_template; `configuration`: aws_launch_configuration",
        )
    )
    target_attachment: Annotated[Literal["group", "separate"], Remedy('Use "group" or "separate".')] = Field(
        "group",
        description="`group`: the auto scaling group names its target group; `separate`: aws_autoscaling_attachment",
    )
    certificate_wait: Annotated[bool, Remedy("Use true or false.")] = Field(
        True, description="wait for the certificate's validation with aws_acm_certificate_validation"
    )
    shared_homes: Annotated[bool | None, Remedy("Use true or false, or leave it to the profile.")] = Field(
        None, description="homes on a shared file system; as the profile has it when not given"
    )
    drain_hook: Annotated[bool | None, Remedy("Use true or false, or leave it to the profile.")] = Field(
        None,
        description="hold a terminating instance until its sessions have ended; else as the profile has it",
    )
    log_group: Annotated[bool | None, Remedy("Use true or false, or leave it to the profile.")] = Field(
        None, description="a log group for the instances; else as the profile has it"
    )
    ami_id: Annotated[
        str | None,
        Remedy('Leave it out to look the image up by ami_name, or give an id such as "ami-0abc1234".'),
    ] = Field(
        None,
        pattern=r"^ami-[0-9a-z]{4,32}$",
        description="one AMI to use instead of the newest one of `ami_name`",
    )


LAB_CONTAINERS = "100.96.0.0/20"  # as the cookbook jupyterhub_lab has it


def outside_zone(domain: str, zone: str) -> bool:
    """Tell whether ``domain`` is neither ``zone`` itself nor a name below it."""
    return domain != zone and not domain.endswith(f".{zone}")


def _domain_outside_zone(settings: "AwsLabSettings") -> str | None:
    if settings.domain_name is None or settings.hosted_zone is None:
        return None
    if outside_zone(settings.domain_name, settings.hosted_zone):
        return f"{settings.domain_name} does not lie in the hosted zone {settings.hosted_zone}"
    return None


def _thresholds(settings: "AwsLabSettings") -> str | None:
    if settings.scale_down_threshold >= settings.scale_up_threshold:
        return "the scale-down threshold is not below the scale-up threshold, so the group would grow and shrink without end"
    return None


def _sizes(settings: "AwsLabSettings") -> str | None:
    if settings.min_size > settings.max_size:
        return "the smallest size of the group is above its largest"
    return None


def _zones(settings: "AwsLabSettings") -> str | None:
    zones = settings.availability_zones
    if doubled := sorted({zone for zone in zones if zones.count(zone) > 1}):
        return f"{', '.join(doubled)} is there twice"
    if zones and len(zones) != settings.zone_count:
        return f"{len(zones)} zones are named for a zone_count of {settings.zone_count}"
    strange = [
        f"{zone} {problem}"
        for zone in zones
        if (problem := regions.explained_zone(zone, settings.region)) is not None
    ]
    return "; ".join(strange) or None


class AwsLabSettings(HubUserSettings, LabCapacitySettings, LabSpareSettings, CrowdSettings, AwsLabVariants):
    """All settings of the aws-lab stack."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            fields=("domain_name", "hosted_zone"),
            broken=_domain_outside_zone,
            remedy="Choose a domain_name that ends in the hosted zone, or the hosted zone that holds it.",
        ),
        Rule(
            fields=("scale_down_threshold", "scale_up_threshold"),
            broken=_thresholds,
            remedy="Set scale_down_threshold below scale_up_threshold, at best below half of it.",
        ),
        Rule(
            fields=("availability_zones", "zone_count", "region"),
            broken=_zones,
            remedy="Leave availability_zones empty, or name zone_count different zones of the region.",
        ),
        Rule(
            fields=("hub_login_authenticator", "region"),
            broken=lambda s: no_cognito(s.hub_login_authenticator, s.region),
            remedy=regions.COGNITO_REMEDY,
        ),
        Rule(
            fields=("access_logs", "region"),
            broken=lambda s: (
                regions.ACCESS_LOGS_PROBLEM
                if s.access_logs and regions.writes_logs_as_account(s.region)
                else None
            ),
            remedy=regions.ACCESS_LOGS_REMEDY,
        ),
        Rule(fields=("min_size", "max_size"), broken=_sizes, remedy="Set min_size to at most max_size."),
        *GUARDS,
    )

    @classmethod
    def judged(cls, settings: Self) -> Iterable[Mistake]:
        """Return what the hub would refuse when it starts."""
        return lab_mistakes(
            settings, contract_sections(settings.model_dump(include={*LAB_HUB_SETTINGS}))["hub"]
        )

    # The cookie by which the balancer finds a user's instance is the browser's for one host name only, of either kind
    # of stickiness: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
    hub_user_domains: Annotated[
        str,
        Remedy("Use auto or off, which are the same in the Lab."),
        Variable(
            checks=(
                Check(
                    condition='var.hub_user_domains != "on"',
                    message=(
                        "hub_user_domains: the Lab has no domains of users, because its balancer would send them to "
                        "another instance than the hub's domain. Choose auto, which is off here, or deploy chef-hub."
                    ),
                ),
            )
        ),
    ] = Field(
        "auto",
        pattern=USER_DOMAINS,
        description="as in chef-hub, but never on: auto and off are the same here",
    )
    zone_count: Annotated[
        int, Remedy("Use 2 to 6: a load balancer needs subnets in at least two availability zones.")
    ] = Field(2, ge=2, le=6, description="availability zones that the balancer and the instances use")
    ipv6: Annotated[bool, Remedy("Use true or false.")] = Field(
        False, description="dual stack: IPv6 in the VPC, on the balancer and as an AAAA record"
    )
    access_logs: Annotated[bool, Remedy("Use true or false.")] = Field(
        False, description="write the balancer's access logs to an encrypted bucket of their own"
    )

    scaling_guards: Annotated[bool, Remedy("Use true or false.")] = Field(
        True, description="refuse thresholds that flap or never fire, and instances too small for them"
    )

    region: Annotated[
        str,
        REGION,
        Remedy('Give a region such as "eu-central-1".'),
        Variable(),
    ] = Field("us-east-1", description="AWS region of the lab")
    domain_name: Annotated[
        str | None,
        CERTIFIED_DOMAIN,
        Remedy('Give a full domain name in lower case, such as "lab.example.org".'),
        Variable(
            checks=(
                Check(
                    condition='var.domain_name == var.hosted_zone || endswith(var.domain_name, ".${var.hosted_zone}")',
                    message="domain_name must be the hosted zone or lie below it: choose a domain in hosted_zone.",
                ),
            )
        ),
    ] = Field(None, description="name at which the lab answers, within the hosted zone")
    hosted_zone: Annotated[
        str | None,
        DOMAIN,
        Remedy('Give the name of a public Route 53 zone of the account, such as "example.org".'),
        Variable(),
    ] = Field(None, description="public Route 53 hosted zone that holds the domain")
    name: Annotated[
        str,
        NAME,
        Remedy(
            f"Use {resource_names.SHORTEST} to {resource_names.LONGEST} lower case letters, digits and hyphens, "
            "starting with a letter."
        ),
        Variable(),
    ] = Field(
        "aws-lab",
        description="prefix of the names of resources; another one for each Lab of an account, as roles are global",
    )
    vpc_cidr: Annotated[
        str,
        Network(shortest=16, longest=22, containers=LAB_CONTAINERS),
        Remedy("Give an IPv4 network of /16 to /22 by its first address, such as 10.20.0.0/16."),
        Variable(),
    ] = Field("10.20.0.0/16", description="IPv4 range of the VPC; each zone gets a sixteenth of it")
    availability_zones: Annotated[
        tuple[str, ...],
        ZONE,
        Remedy(
            "Leave the list empty to look zones up, or give as many different zones of the region as zone_count says."
        ),
        Variable(
            checks=(
                Check(
                    condition=(
                        f"alltrue([for zone in var.availability_zones : {regions.zone_condition('zone', 'var.region')}])"
                    ),
                    message=(
                        "availability_zones: not all of them are availability zones of region. Leave the list empty, or "
                        'give zones such as "us-east-1a" of "us-east-1".'
                    ),
                ),
            )
        ),
    ] = Field((), strict=False, description="zones to use, in this order; looked up when empty")
    ami_name: Annotated[
        str, Remedy('Give an AMI name, with * where it varies, such as "jupyterhub-lab-*".'), Variable()
    ] = Field(
        "jupyterhub-lab-*", pattern=IMAGE_NAME, description="name of the lab's AMI; the newest match is used"
    )
    ami_owner: Annotated[
        str, Remedy('Use "self", "amazon", "aws-marketplace" or an account id.'), Variable()
    ] = Field("self", pattern=IMAGE_OWNER, description="owner of the lab's AMI")
    instance_type: Annotated[str, Remedy('Give an EC2 instance type such as "m6i.xlarge".'), Variable()] = (
        Field("m6i.xlarge", pattern=INSTANCE_TYPE, description="EC2 type of the lab instances")
    )
    root_volume_gib: Annotated[int, Remedy("Use 20 to 16384 GiB."), Variable()] = Field(
        60, ge=20, le=16384, description="size of an instance's encrypted gp3 root volume in GiB"
    )
    min_size: Annotated[
        int,
        Remedy(
            "Use 1 to 100: with no instance there is nobody to log in to, and no metric that could bring one up."
        ),
        Variable(),
    ] = Field(1, ge=1, le=100, description="fewest instances in the group")
    max_size: Annotated[
        int,
        Remedy("Use 1 to 100, not below min_size."),
        Variable(
            checks=(
                Check(
                    condition="var.max_size >= var.min_size",
                    message="max_size must be at least min_size: raise it.",
                ),
            )
        ),
    ] = Field(4, ge=1, le=100, description="most instances in the group")
    scale_up_threshold: Annotated[int, Remedy("Use 1 to 1000 sessions per instance."), Variable()] = Field(
        8, ge=1, le=1000, description="average user sessions per instance at which instances are added"
    )
    scale_down_threshold: Annotated[
        int,
        Remedy("Use 0 to 999 sessions per instance, below scale_up_threshold."),
        Variable(
            checks=(
                Check(
                    condition="var.scale_down_threshold < var.scale_up_threshold",
                    message="scale_down_threshold must be below scale_up_threshold, or the group grows and shrinks without end.",
                ),
            )
        ),
    ] = Field(
        3, ge=0, le=999, description="average user sessions per instance under which an instance is removed"
    )
    user_memory_gib: Annotated[float, Remedy("Use 0.25 to 1024 GiB."), Variable()] = Field(
        1.5, ge=0.25, le=1024, description="memory limit of a user's container in GiB"
    )
    session_activity_minutes: Annotated[
        int, Remedy("Use 0 to 1440 minutes; 0 counts every running server."), Variable()
    ] = Field(
        0,
        ge=0,
        le=1440,
        description="a session counts for scaling while its last activity is at most that many minutes ago; 0: always",
    )
    hub_port: Annotated[
        int,
        Remedy("Use a port from 1 to 65535."),
        Variable(
            checks=(
                Check(
                    condition=f"!contains({sorted(TAKEN_PORTS)}, var.hub_port)",
                    message=f"hub_port: {sorted(TAKEN_PORTS)} are in use on the instances. Choose another, such as 8000.",
                ),
            )
        ),
    ] = Field(8000, ge=1, le=65535, description="port of JupyterHub on the instances")
    idle_timeout_seconds: Annotated[
        int, Remedy("Use 60 to 4000 seconds: the kernels' websockets must outlive their pauses."), Variable()
    ] = Field(
        3600,
        ge=60,
        le=4000,
        description="seconds without traffic after which the balancer closes a connection",
    )
    drain_timeout_seconds: Annotated[int, Remedy("Use 60 to 7200 seconds."), Variable()] = Field(
        1800, ge=60, le=7200, description="seconds a terminating instance waits for its sessions"
    )
    log_retention_days: Annotated[
        int,
        LOG_RETENTION,
        Remedy("Use a retention that CloudWatch Logs knows, such as 7, 30, 90 or 365."),
        Variable(),
    ] = Field(30, description="days that logs are kept")


# The hub's settings in the sections that both hubs read on their nodes. The Lab has no domains of users.
LAB_HUB_SETTINGS = tuple(name for name in HubUserSettings.model_fields if name != "hub_user_domains")
