"""The aws-lab stack on a local AWS that scales: its own alarms, policies and hook, from users to instances and back."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.core.terraform.driver import Terraform, driver_environment
from hubctl.destroy.private_copy import private_copy
from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws
from hubctl.trial.lab.balancer.description import describe_balancer, registered
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.terraform, pytest.mark.apply, pytest.mark.story]

SPEED = 60.0  # a minute of CloudWatch a second
DEADLINE = 300.0
GROUP = "aws-lab"
PLACES = 9  # of an m6i.xlarge


@pytest.fixture(scope="module")
def scaling_aws() -> Iterator[LocalAws]:
    with LocalAws(scaling_speed=SPEED) as aws:
        seed_account(aws, AccountSeed(domain="lab.example.test"))
        yield aws


@pytest.fixture(scope="module")
def lab(
    scaling_aws: LocalAws,
    synthesized: Path,
    variables: Mapping[str, Mapping[str, str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Terraform:
    folder = Path(shutil.copytree(synthesized / GROUP, tmp_path_factory.mktemp("scaling") / GROUP))
    driver = Terraform(folder, driver_environment(scaling_aws.environment()))
    driver.init()
    driver.apply(variables=variables[GROUP])
    return driver


class Users:
    """Publishes what the session agents of all instances in service would, a real second after the other."""

    def __init__(self, aws: LocalAws) -> None:
        self._autoscaling, self._cloudwatch = aws.client("autoscaling"), aws.client("cloudwatch")

    def instances(self, state: str = "InService") -> list[str]:
        (group,) = self._autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[GROUP])[
            "AutoScalingGroups"
        ]
        return [one["InstanceId"] for one in group["Instances"] if one["LifecycleState"] == state]

    def work(self, total: int, until: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not until():
            assert time.monotonic() < deadline, "the group did not get there in time"
            instances = self.instances()
            free = max(0, PLACES * len(instances) - total)
            for _ in instances:
                self._publish(UserSessions=total / len(instances), FreePlaces=free)
            time.sleep(0.7)

    def _publish(self, **values: float) -> None:
        dimensions = [{"Name": "AutoScalingGroupName", "Value": GROUP}]
        data = [
            {"MetricName": name, "Dimensions": dimensions, "Value": value} for name, value in values.items()
        ]
        self._cloudwatch.put_metric_data(Namespace="JupyterHub/Lab", MetricData=data)


def test_users_bring_instances_and_leave_without_losing_a_session(
    scaling_aws: LocalAws, lab: Terraform, variables: Mapping[str, Mapping[str, str]]
) -> None:
    users, autoscaling = Users(scaling_aws), scaling_aws.client("autoscaling")
    wait_until(lambda: len(users.instances()) == 1, "the first instance is in service")
    (first,) = users.instances()
    users.work(20, lambda: len(users.instances()) == 3)
    assert lab.preview(
        variables=variables[GROUP]
    ).is_empty  # an apply would not take back what scaling decided
    protected = {"AutoScalingGroupName": GROUP, "InstanceIds": [first]}
    autoscaling.set_instance_protection(**protected, ProtectedFromScaleIn=True)

    def leave() -> bool:
        for instance in users.instances("Terminating:Wait"):
            autoscaling.complete_lifecycle_action(
                AutoScalingGroupName=GROUP,
                LifecycleHookName=f"{GROUP}-drain",
                InstanceId=instance,
                LifecycleActionResult="CONTINUE",
            )
        return users.instances() == [first]

    users.work(1, leave)
    history = autoscaling.describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"]
    causes: list[Any] = [activity["Cause"] for activity in history]
    assert any("alarm aws-lab-sessions-high is in state ALARM" in cause for cause in causes)
    assert any("alarm aws-lab-sessions-low is in state ALARM" in cause for cause in causes)


def test_places_stay_free_ahead_of_the_next_user(
    scaling_aws: LocalAws, lab: Terraform, variables: Mapping[str, Mapping[str, str]]
) -> None:
    """With five users the average is far below the threshold; four free places are one too few."""
    users, autoscaling = Users(scaling_aws), scaling_aws.client("autoscaling")
    for instance in users.instances():
        autoscaling.set_instance_protection(
            AutoScalingGroupName=GROUP, InstanceIds=[instance], ProtectedFromScaleIn=False
        )
    spare = {**variables[GROUP], "spare_places": "5"}
    lab.apply(variables=spare)
    users.work(5, lambda: len(users.instances()) == 2)
    assert lab.preview(variables=spare).is_empty
    # Both now hold 2.5 sessions on average, and 13 places are free: without one of the two it would be 4 again.
    quarter = time.monotonic() + 25 * 60 / SPEED
    users.work(5, lambda: time.monotonic() > quarter)
    assert len(users.instances()) == 2
    history = autoscaling.describe_scaling_activities(AutoScalingGroupName=GROUP)["Activities"]
    assert any("alarm aws-lab-places-low is in state ALARM" in one["Cause"] for one in history)
    lab.apply(variables=variables[GROUP])


def test_the_local_balancer_reads_what_the_stack_says(scaling_aws: LocalAws, lab: Terraform) -> None:
    elbv2 = scaling_aws.client("elbv2")
    found = describe_balancer(elbv2, str(lab.output()["alb_dns_name"].value))
    http, https = sorted(found.listeners, key=lambda listener: listener.port)
    assert (http.port, https.port, https.protocol) == (80, 443, "HTTPS")
    assert http.redirect is not None
    assert (http.redirect.status, http.redirect.protocol, http.redirect.port) == (301, "HTTPS", "443")
    (group,) = found.groups.values()
    assert https.target_group == group.arn
    assert (group.health_path, group.interval, group.timeout) == ("/hub/health", 15, 5)
    assert (group.healthy_after, group.unhealthy_after, group.codes) == (2, 3, {200})
    assert (group.sticky_seconds, group.deregistration_delay, found.idle_timeout) == (86400, 1800, 3600)
    assert set(registered(elbv2, group.arn).values()) == {8000}
    with pytest.raises(HubctlError, match="there is no load balancer elsewhere"):
        describe_balancer(elbv2, "elsewhere")


def test_a_destroy_waits_for_the_hook_and_ends(
    scaling_aws: LocalAws, lab: Terraform, variables: Mapping[str, Mapping[str, str]], tmp_path: Path
) -> None:
    with private_copy(lab, tmp_path, print) as copy:
        copy.destroy(variables=variables[GROUP])
    groups = scaling_aws.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert groups == []
