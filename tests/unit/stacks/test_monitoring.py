"""Monitoring of both stacks: each alarm watches a metric that exists, fires on what it is for, and tells somebody."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

Configuration = dict[str, Any]
STACKS = ("aws-lab", "chef-hub")
PARTS = ("aws_sns_topic", "aws_cloudwatch_dashboard", "aws_backup_vault")
TOPIC = "${aws_sns_topic.notifications.arn}"
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
# What is silent when it is broken; silence of anything else is no news.
BROKEN_WHEN_SILENT = {"converge_none", "hosts_none_healthy", "hub_silent", "sessions_unknown"}
SCALING = {"sessions_high", "sessions_low"}


def alarms(configuration: Configuration) -> dict[str, Configuration]:
    """Return the alarms that tell operators."""
    found: dict[str, Configuration] = configuration["resource"]["aws_cloudwatch_metric_alarm"]
    return {name: alarm for name, alarm in found.items() if name not in SCALING}


def metrics(alarm: Configuration) -> list[Configuration]:
    if "metric_query" in alarm:
        return [query["metric"] for query in alarm["metric_query"] if "metric" in query]
    return [{**alarm, "stat": alarm["statistic"]}]


def value(alarm: Configuration, given: Any) -> float:
    """Return what the alarm compares; metric math is near enough to Python for what is used of it."""
    if not isinstance(given, Mapping):
        return float(given)
    (expression,) = [q["expression"] for q in alarm["metric_query"] if "expression" in q]
    names = {"IF": lambda test, yes, no: yes if test else no, "PERIOD": lambda _: 60, **given}
    return float(eval(expression.replace(" AND ", " and "), {"__builtins__": {}}, names))  # noqa: S307


def breaches(alarm: Configuration, given: Any) -> bool:
    compared, threshold = value(alarm, given), alarm["threshold"]
    return {
        "GreaterThanOrEqualToThreshold": compared >= threshold,
        "GreaterThanThreshold": compared > threshold,
        "LessThanThreshold": compared < threshold,
    }[alarm["comparison_operator"]]


@pytest.mark.parametrize("stack", STACKS)
def test_every_alarm_fires_on_what_it_is_for_and_not_otherwise(
    synth: Callable[..., Configuration], stack: str
) -> None:
    for name, alarm in alarms(synth(stack)).items():
        bad, good = VALUES[name]
        assert breaches(alarm, bad), name
        assert not breaches(alarm, good), name


def test_a_group_of_one_fixed_size_is_not_always_at_its_largest(synth: Callable[..., Configuration]) -> None:
    alarm = alarms(synth("aws-lab"))["capacity_at_max"]
    assert not breaches(alarm, {"desired": 2, "largest": 2, "smallest": 2})


@pytest.mark.parametrize("stack", STACKS)
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


@pytest.mark.parametrize("stack", STACKS)
def test_every_alarm_tells_its_beginning_and_end_and_says_what_silence_means(
    synth: Callable[..., Configuration], stack: str
) -> None:
    for name, alarm in alarms(synth(stack)).items():
        assert (alarm["alarm_actions"], alarm["ok_actions"]) == ([TOPIC], [TOPIC]), name
        assert (alarm["treat_missing_data"] == "breaching") == (name in BROKEN_WHEN_SILENT), name
        assert len(alarm["alarm_description"]) > 60, name


def test_the_advice_for_a_failing_machine_is_true_to_its_addresses(
    synth: Callable[..., Configuration],
) -> None:
    for name in ("machine_chef_server", "machine_hub_leader", "machine_workstation"):
        lasting = alarms(synth("chef-hub"))[name]["alarm_description"]
        assert "stop and start it, which moves it to other hardware; its addresses stay" in lasting
        lent = alarms(synth("chef-hub", profile="original", monitoring=True))[name]["alarm_description"]
        assert "another public address" in lent


@pytest.mark.parametrize(("stack", "group"), [("aws-lab", "lab"), ("chef-hub", "chef-workers")])
def test_the_group_publishes_the_sizes_that_are_watched(
    synth: Callable[..., Configuration], stack: str, group: str
) -> None:
    configuration = synth(stack)
    watched = {
        metric["metric_name"]
        for alarm in alarms(configuration).values()
        for metric in metrics(alarm)
        if metric["namespace"] == "AWS/AutoScaling"
    }
    published = configuration["resource"]["aws_autoscaling_group"][group]["enabled_metrics"]
    assert watched <= set(published)
    assert len(published) == len(set(published))


@pytest.mark.parametrize("stack", STACKS)
def test_the_dashboard_shows_all_alarms_and_graphs_of_what_operators_ask(
    synth: Callable[..., Configuration], stack: str
) -> None:
    configuration = synth(stack)
    body = configuration["resource"]["aws_cloudwatch_dashboard"]["operations"]["dashboard_body"]
    assert set(re.findall(r"aws_cloudwatch_metric_alarm\.(\w+)\.arn", body)) == set(alarms(configuration))
    titles = re.findall(r'"title" = "([^"]+)"', body)
    assert len(titles) == len(set(titles)) == 10
    for wanted in ("User sessions", "5xx answers", "Shared files: throughput"):
        assert wanted in titles


def test_only_the_stacks_own_alarms_publish_to_the_encrypted_topic(
    synth: Callable[..., Configuration],
) -> None:
    configuration = synth("aws-lab")
    found = configuration["resource"]
    topic = found["aws_sns_topic_policy"]["notifications"]["policy"]
    assert re.search(r'"ArnLike" = \{"aws:SourceArn" = "arn:[^"]+:alarm:\$\{var\.name\}-\*"\}', topic)
    assert all(a["alarm_name"].startswith("${var.name}-") for a in alarms(configuration).values())
    assert found["aws_sns_topic"]["notifications"]["kms_master_key_id"] == "${aws_kms_key.notifications.arn}"
    assert found["aws_kms_key"]["notifications"]["enable_key_rotation"] is True
    for policy in (found["aws_sns_topic_policy"]["notifications"], found["aws_kms_key"]["notifications"]):
        assert set(re.findall(r'"Service" = "([^"]+)"', policy["policy"])) == {"cloudwatch.amazonaws.com"}


def test_nobody_is_subscribed_without_an_address(synth: Callable[..., Configuration]) -> None:
    subscription = synth("chef-hub")["resource"]["aws_sns_topic_subscription"]["operators"]
    assert subscription["count"] == "${(length(var.alarm_email) >= 1) ? 1 : 0}"
    assert subscription["endpoint"] == "${var.alarm_email}"


@pytest.mark.parametrize("stack", STACKS)
def test_the_original_has_none_of_it(synth: Callable[..., Configuration], stack: str) -> None:
    assert not set(PARTS) & set(synth(stack, profile="original")["resource"])


@pytest.mark.parametrize("stack", STACKS)
def test_each_part_can_be_switched(synth: Callable[..., Configuration], stack: str) -> None:
    without = synth(stack, monitoring=False, backups=False)["resource"]
    assert not set(PARTS) & set(without)
    with_all = synth(stack, profile="original", monitoring=True, backups=True, shared_homes=True)["resource"]
    assert set(PARTS) <= set(with_all)


@pytest.mark.parametrize(("stack", "files"), [("aws-lab", "homes"), ("chef-hub", "research_shared_fs")])
def test_homes_are_backed_up_every_night_by_a_role_for_them_alone(
    synth: Callable[..., Configuration], stack: str, files: str
) -> None:
    found = synth(stack)["resource"]
    (rule,) = found["aws_backup_plan"]["homes_backup"]["rule"]
    assert rule["target_vault_name"] == "${aws_backup_vault.homes_backup.name}"
    assert rule["lifecycle"] == {"delete_after": "${var.backup_retention_days}"}
    arn = f"aws_efs_file_system.{files}.arn"
    assert found["aws_backup_selection"]["homes_backup"]["resources"] == [f"${{{arn}}}"]
    policy = found["aws_iam_role_policy"]["homes_backup"]["policy"]
    assert f'"Resource" = [{arn}]' in policy
    assert "backup.amazonaws.com" in json.dumps(found["aws_iam_role"]["homes_backup"])


def test_alarms_advise_units_that_the_cookbooks_make(
    synth: Callable[..., Configuration], project: Any
) -> None:
    """Hub and proxy write to the journal: their containers keep no log of their own."""
    recipes = "\n".join(file.read_text() for file in (project / "cookbooks").glob("*/re*/*.rb"))
    made = set(re.findall(r"(?:hub_service_unit|jupyterhub_container) '([\w-]+)'", recipes))
    made |= {file.stem for file in (project / "cookbooks/jupyterhub_lab/files/default").glob("*.service")}
    # One of these, as the certificate's source asks.
    made |= set(re.findall(r"=> '(chef-hub-certificate[\w-]*)'", recipes))
    for stack in STACKS:
        for alarm in alarms(synth(stack)).values():
            said = alarm["alarm_description"]
            assert "docker logs" not in said
            assert set(re.findall(r"-u ([\w-]+)", said)) <= made, said
    # Which of them is there depends on the source, which the alarm does not know.
    advised = alarms(synth("chef-hub"))["certificate_expiry"]["alarm_description"]
    certificates = {unit for unit in made if unit.startswith("chef-hub-certificate")}
    assert len(certificates) > 1
    assert certificates <= set(re.findall(r"-u ([\w-]+)", advised))
