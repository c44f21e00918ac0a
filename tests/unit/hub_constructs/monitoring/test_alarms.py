"""Each alarm watches a metric that exists, fires on what it is for, and notifies operators."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from stacks.registry import STACK_NAMES
from tests.support.stack_alarms import TOPIC, alarms, breaches, metrics

Configuration = dict[str, Any]
GROUP = {"AutoScalingGroupName"}
HUB = {"Deployment"}
FILES = {"FileSystemId"}
# Namespace and name -> the dimensions under which the metric is published
PUBLISHED: dict[tuple[str, str], set[str]] = {
    **{("AWS/ApplicationELB", f"HTTPCode_{who}_5XX_Count"): {"LoadBalancer"} for who in ("Target", "ELB")},
    **{("AWS/ApplicationELB", name): {"LoadBalancer", "TargetGroup"} for name in ("HealthyHostCount", "UnHealthyHostCount")},
    **{("AWS/AutoScaling", f"Group{name}"): GROUP for name in ("DesiredCapacity", "InServiceInstances", "MaxSize", "MinSize")},
    **{("AWS/EFS", name): FILES for name in ("BurstCreditBalance", "MeteredIOBytes", "PercentIOLimit", "PermittedThroughput")},
    **{("JupyterHub/ChefHub", name): HUB for name in ("BackupAge", "CertificateDaysLeft", "FailedRuns", "HubAnswers")},
    ("JupyterHub/ChefHub", "DiskLimitPercent"): HUB,
    ("JupyterHub/ChefHub", "ServerErrors"): HUB,
    ("AWS/CertificateManager", "DaysToExpiry"): {"CertificateArn"},
    ("AWS/EC2", "StatusCheckFailed"): {"InstanceId"},
    ("JupyterHub/Lab", "UserSessions"): GROUP,
    ("JupyterHub/Lab", "HubSilent"): GROUP,
    ("JupyterHub/Lab", "RolloutLate"): GROUP,
    ("JupyterHub/Lab", "DiskLimitPercent"): GROUP,
}  # fmt: skip
MIB = 2**20
# Alarm -> what it gets when things are bad, and when they are good; a mapping where it calculates
VALUES: dict[str, tuple[Any, Any]] = {
    "backup_old": (90, 2),
    "capacity_at_max": ({"desired": 4, "largest": 4, "smallest": 1}, {"desired": 3, "largest": 4, "smallest": 1}),
    "capacity_missing": ({"desired": 3, "serving": 2}, {"desired": 3, "serving": 3}),
    "certificate_expiry": (5, 60),
    "converge_failures": (1, 0),
    "converge_none": (0, 4),
    "disk_limit": (80, 79),  # percent of the limit
    "errors_balancer": (10, 3),
    "errors_hub": (10, 3),
    "homes_burst_credits": (100 * 2**30, 2 * 2**40),
    "homes_operations": (95, 20),
    "homes_throughput": ({"metered": 60 * 95 * MIB, "permitted": 100 * MIB}, {"metered": 60 * MIB, "permitted": 100 * MIB}),
    "hosts_none_healthy": (0, 1),
    "hosts_unhealthy": (1, 0),
    "hub_silent": (0, 1),
    "machine_chef_server": (1, 0),
    "machine_hub_leader": (1, 0),
    "machine_workstation": (1, 0),
    "sessions_unknown": (0, 2),
    "instance_silent": (5, 1),  # runs of the agent in five minutes that found no hub; a restart takes seconds
    "rollout_late": (1, 0),
}  # fmt: skip
# These publish nothing when they are broken; missing data of any other says nothing.
BROKEN_WHEN_DATA_IS_MISSING = {"converge_none", "hosts_none_healthy", "hub_silent", "sessions_unknown"}


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_alarm_fires_on_what_it_is_for_and_not_otherwise(
    synth: Callable[..., Configuration], stack: str
) -> None:
    for name, alarm in alarms(synth(stack)).items():
        bad, good = VALUES[name]
        assert breaches(alarm, bad), name
        assert not breaches(alarm, good), name


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_alarm_watches_metrics_that_are_published_with_these_dimensions(
    synth: Callable[..., Configuration], stack: str
) -> None:
    for name, alarm in alarms(synth(stack)).items():
        for metric in metrics(alarm):
            known = PUBLISHED[metric["namespace"], metric["metric_name"]]
            assert set(metric["dimensions"]) == known, name
            assert metric["stat"] in ("Sum", "Minimum", "Maximum", "SampleCount"), name
        # CloudWatch looks at one day at most.
        period = metrics(alarm)[0]["period"]
        assert {metric["period"] for metric in metrics(alarm)} == {period}, name
        assert period * alarm["evaluation_periods"] <= 86400, name


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_every_alarm_notifies_at_beginning_and_end_and_says_how_missing_data_counts(
    synth: Callable[..., Configuration], stack: str
) -> None:
    for name, alarm in alarms(synth(stack)).items():
        assert (alarm["alarm_actions"], alarm["ok_actions"]) == ([TOPIC], [TOPIC]), name
        assert (alarm["treat_missing_data"] == "breaching") == (name in BROKEN_WHEN_DATA_IS_MISSING), name
        assert len(alarm["alarm_description"]) > 60, name


def test_alarms_advise_units_that_the_cookbooks_make(
    synth: Callable[..., Configuration], project: Any
) -> None:
    """Hub and proxy write to the journal: their containers keep no log."""
    recipes = "\n".join(file.read_text() for file in (project / "cookbooks").glob("*/re*/*.rb"))
    made = set(re.findall(r"(?:hub_service_unit|jupyterhub_container) '([\w-]+)'", recipes))
    made |= {file.stem for file in (project / "cookbooks/jupyterhub_lab/files/default").glob("*.service")}
    # One of these, as the certificate's source asks.
    made |= set(re.findall(r"=> '(chef-hub-certificate[\w-]*)'", recipes))
    for stack in STACK_NAMES:
        for alarm in alarms(synth(stack)).values():
            said = alarm["alarm_description"]
            assert "docker logs" not in said
            assert set(re.findall(r"-u ([\w-]+)", said)) <= made, said
    # Which of them is there depends on the source, which the alarm does not know.
    advised = alarms(synth("chef-hub"))["certificate_expiry"]["alarm_description"]
    certificates = {unit for unit in made if unit.startswith("chef-hub-certificate")}
    assert len(certificates) > 1
    assert certificates <= set(re.findall(r"-u ([\w-]+)", advised))
