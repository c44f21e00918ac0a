"""What the switch changes in the workers."""

from stacks.chef_hub_differences.difference import Difference

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
        improves="a new template reaches new workers, and running ones when a rollout is asked for",
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
