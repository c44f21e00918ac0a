"""In which form the aws-lab stack writes down what it builds, and which parts it has apart from its profile.

The defaults are what a new deployment should use. The others exist so that a deployment that was written in another
form can be taken over as it is: `hubctl adopt` chooses them from the existing state.
"""

from typing import Annotated, Literal

from pydantic import Field

from stacks.settings_model import Remedy, SettingsModel


class AwsLabForms(SettingsModel):
    """The forms, each a setting of its own."""

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
