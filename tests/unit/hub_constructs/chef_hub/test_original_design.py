"""What only the original design has."""

from typing import Any

Configuration = dict[str, Any]


def test_the_exclusive_policies_name_what_the_attachment_adds(original_hub: Configuration) -> None:
    role = original_hub["resource"]["aws_iam_role"]["chef_server_profile"]
    attached = original_hub["resource"]["aws_iam_role_policy_attachment"]["cloudwatch_agent"]["policy_arn"]
    assert attached in role["managed_policy_arns"]
