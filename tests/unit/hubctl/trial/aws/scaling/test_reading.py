"""What moto stores, as the engine wants it, and the time in which the local AWS scales."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends

from hubctl.trial.aws.scaling.reading import Clock, alarm_of, epoch


def test_time_runs_faster_from_the_start_on() -> None:
    real = iter([1000.0, 1010.0])
    clock = Clock(30, real=lambda: next(real))
    assert clock.now() == 1300.0
    assert clock.at(990.0) == 700.0  # what was published before
    assert clock.real_seconds(60) == 2.0


def test_a_moment_without_a_zone_is_utc() -> None:
    assert epoch(datetime(2026, 1, 1)) == epoch(datetime(2026, 1, 1, tzinfo=UTC)) == 1767225600.0


def test_an_alarm_over_metric_math_is_read_as_cloudwatch_stores_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")

    def query(name: str, metric: str) -> dict[str, Any]:
        one = {
            "Namespace": "lab",
            "MetricName": metric,
            "Dimensions": [{"Name": "AutoScalingGroupName", "Value": "lab"}],
        }
        return {
            "Id": name,
            "MetricStat": {"Metric": one, "Period": 60, "Stat": "Average"},
            "ReturnData": False,
        }

    with mock_aws():
        client = boto3.client("cloudwatch", region_name="us-east-1")
        for name, expression in (("known", "IF(free < 9, 3, sessions)"), ("strange", "ANOMALY(free)")):
            client.put_metric_alarm(
                AlarmName=name,
                ComparisonOperator="LessThanThreshold",
                Threshold=3,
                EvaluationPeriods=15,
                TreatMissingData="notBreaching",
                AlarmActions=["policy"],
                Metrics=[
                    query("sessions", "UserSessions"),
                    query("free", "FreePlaces"),
                    {"Id": "unneeded", "Expression": expression, "ReturnData": True},
                ],
            )
        stored = cloudwatch_backends["123456789012"]["us-east-1"].alarms
        known, strange = (alarm_of(stored[name]) for name in ("known", "strange"))
    assert strange is None
    assert known is not None
    assert (known.expression, known.period, known.threshold) == ("IF(free < 9, 3, sessions)", 60, 3)
    assert [(one.id, one.metric.name, one.statistic) for one in known.queries] == [
        ("sessions", "UserSessions", "Average"),
        ("free", "FreePlaces", "Average"),
    ]
    assert known.metric == known.queries[0].metric
