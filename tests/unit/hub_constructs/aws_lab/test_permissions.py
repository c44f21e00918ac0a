"""What a lab instance may do in AWS."""

import re
from typing import Any

Configuration = dict[str, Any]


def statements(resources: Configuration) -> str:
    return str(resources["aws_iam_role_policy.lab_instance"]["policy"])


def test_instances_may_only_do_what_they_need(lab_resources: Configuration) -> None:
    policy = statements(lab_resources)
    actions = set(re.findall(r'"([a-z0-9]+:[A-Za-z*]+)"', policy))
    assert not [action for action in actions if action.endswith("*")]
    assert "cloudwatch:PutMetricData" in actions
    assert '"cloudwatch:namespace" = "JupyterHub/Lab"' in policy
    # Only where AWS knows no narrower resource.
    wide = re.findall(r'"Sid" = "(\w+)"[^{}]*"Resource" = \["\*"\]', policy)
    assert wide == ["PublishSessions", "SeeOwnState", "SessionManager"]
