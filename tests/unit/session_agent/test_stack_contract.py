"""What the aws-lab stack tells its instances is what the agent reads, and what it may do is what the agent does."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from session_agent.settings import load_settings

SAMPLES = {
    "hub_port": 8000,
    "drain_timeout_seconds": 1800,
    "session_activity_minutes": 0,
    "user_memory_gib": 1.5,
}


def test_the_agent_reads_what_the_stack_writes(synth: Callable[..., Any], tmp_path: Path) -> None:
    told = synth("aws-lab")["locals"]["instance_settings"]
    for key, value in SAMPLES.items():
        if key in told:
            assert re.fullmatch(r"\$\{var\.\w+\}", told[key]), key
            told = told | {key: value}
    file = tmp_path / "instance.json"
    file.write_text(json.dumps(told))
    settings = load_settings(file)
    assert settings.namespace == "JupyterHub/Lab"
    assert settings.metric == "UserSessions"
    assert settings.hook is not None
    assert settings.drain_timeout == 1800


def test_every_call_of_the_agent_is_allowed(synth: Callable[..., Any], project: Path) -> None:
    source = (project / "cookbooks/jupyterhub_lab/files/default/session_agent/aws.py").read_text()
    operations = set(re.findall(r'_call\(\s*(?:self\.\w+,\s*)?"(\w+)"', source))
    operations |= set(re.findall(r"self\.ssm\.(\w+)\(", source))
    assert len(operations) == 12
    policies = json.dumps(synth("aws-lab"))
    for operation in operations:
        action = "".join(word.capitalize() for word in operation.split("_"))
        assert re.search(rf"(autoscaling|cloudwatch|ssm):{action}\b", policies), action


def test_the_timer_is_as_frequent_as_the_alarms_period(synth: Callable[..., Any], project: Path) -> None:
    timer = (project / "cookbooks/jupyterhub_lab/files/default/session-agent.timer").read_text()
    alarms = synth("aws-lab")["resource"]["aws_cloudwatch_metric_alarm"]
    metrics = (query["metric"] for query in alarms["sessions_low"]["metric_query"] if "metric" in query)
    periods = {one["period"] for one in (alarms["sessions_high"], alarms["places_low"], *metrics)}
    assert {f"OnUnitActiveSec={period}s" for period in periods} <= set(timer.splitlines())
