"""The auto scaling group of a deployment and its warm pool: what it launches, and what its instances were launched from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.core.aws import told_plainly
from hubctl.core.errors import HubctlError
from hubctl.core.live import Deployment

OUTSIDE = ("Standby", "EnteringStandby", "Detach")


@dataclass(frozen=True, kw_only=True)
class LaunchedInstance:
    """An instance. ``version`` is that of its launch template, or the name of its launch configuration."""

    id: str
    version: str
    state: str
    healthy: bool
    protected: bool

    @property
    def counts(self) -> bool:
        """Whether it takes users or soon will: not on its way out, nor set apart by hand."""
        return self.state.startswith(("Pending", "InService"))


@dataclass(frozen=True, kw_only=True)
class LaunchedGroup:
    """The group. ``launches`` is the version that new instances get; ``suspended`` are processes that it does not run."""

    name: str
    launches: str
    desired: int
    smallest: int
    largest: int
    suspended: frozenset[str]
    instances: tuple[LaunchedInstance, ...]

    def old(self, target: str) -> list[LaunchedInstance]:
        """Return the instances to replace, those that are about to end included, by their ids."""
        return [
            one
            for one in self.instances
            if is_old(one.version, target, self.launches) and not one.state.startswith(OUTSIDE)
        ]


def is_old(version: str, target: str, launches: str) -> bool:
    """Tell whether instances of a version leave in a rollout to ``target``. What the group launches by now never does."""
    if version in (target, launches):
        return False
    return not (version.isdecimal() and target.isdecimal() and int(version) > int(target))


def read_group(autoscaling: Any, ec2: Any, deployment: Deployment) -> LaunchedGroup:
    """Return the group as it is now.

    Raises:
        HubctlError: There is no such group, or AWS refuses or cannot be reached.

    """
    with told_plainly(f"look at the auto scaling group {deployment.group}"):
        found = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[deployment.group])
        if not found["AutoScalingGroups"]:
            where = f" in {deployment.region}" if deployment.region else ""
            raise HubctlError(
                f"there is no auto scaling group {deployment.group}{where}",
                remedy=f"Is {deployment.stack} deployed with these credentials' account? Give its variables as for "
                "Terraform: --var, --var-file or TF_VAR_....",
            )
        described = found["AutoScalingGroups"][0]
        return LaunchedGroup(
            name=deployment.group,
            launches=_launched_now(ec2, described),
            desired=int(described["DesiredCapacity"]),
            smallest=int(described["MinSize"]),
            largest=int(described["MaxSize"]),
            suspended=frozenset(one["ProcessName"] for one in described.get("SuspendedProcesses", ())),
            instances=tuple(
                sorted(
                    (
                        LaunchedInstance(
                            id=one["InstanceId"],
                            version=version_of(one),
                            state=one["LifecycleState"],
                            healthy=one["HealthStatus"] == "Healthy",
                            protected=bool(one["ProtectedFromScaleIn"]),
                        )
                        for one in described["Instances"]
                    ),
                    key=lambda instance: instance.id,
                )
            ),
        )


def old_in_pool(autoscaling: Any, deployment: Deployment, group: LaunchedGroup) -> list[str]:
    """Return the instances that wait in the warm pool and have an older version; raise HubctlError when AWS refuses.

    They serve nobody. An apply leaves them as they are: AWS launches the newer version only from then on.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-warm-pools.html (updating instances)
    """
    found: list[str] = []
    following: dict[str, str] = {}
    with told_plainly(f"look at the warm pool of {deployment.group}"):
        while True:
            page = autoscaling.describe_warm_pool(AutoScalingGroupName=deployment.group, **following)
            found += [
                one["InstanceId"]
                for one in page.get("Instances", ())
                if is_old(version_of(one), group.launches, group.launches)
                and "Terminat" not in one["LifecycleState"]
            ]
            if not page.get("NextToken"):
                return sorted(found)
            following = {"NextToken": page["NextToken"]}


def renew_pool(ec2: Any, old: list[str]) -> None:
    """End them; AWS fills the pool with newer ones. Auto scaling's own call does not take instances of a warm pool.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TerminateInstanceInAutoScalingGroup.html
    """
    if old:
        with told_plainly(f"end {', '.join(old)} in the warm pool (the rollout has begun all the same)"):
            ec2.terminate_instances(InstanceIds=old)


def _launched_now(ec2: Any, described: Mapping[str, Any]) -> str:
    """Return the version as a number, also where the group says ``$Latest`` or ``$Default``."""
    template, version = _template(described), version_of(described)
    if not template or not version.startswith("$"):
        return version
    answer = ec2.describe_launch_template_versions(
        LaunchTemplateId=template["LaunchTemplateId"], Versions=[version]
    )
    return str(answer["LaunchTemplateVersions"][0]["VersionNumber"])


def version_of(described: Mapping[str, Any]) -> str:
    """Return the version of the launch template of a group or an instance, or the name of its launch configuration."""
    template = _template(described)
    if template:
        return str(template.get("Version") or "$Default")
    return str(described.get("LaunchConfigurationName") or "")


def _template(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the launch template; a group of several instance types has it in its policy."""
    policy = described.get("MixedInstancesPolicy") or {}
    specified = policy.get("LaunchTemplate", {}).get("LaunchTemplateSpecification")
    return described.get("LaunchTemplate") or specified or {}
