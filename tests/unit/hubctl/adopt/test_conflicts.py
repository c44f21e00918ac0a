"""Of arguments that exclude each other, one is given up, as Terraform's errors tell."""

from typing import Any

from hubctl.adopt.conflicts import drop_conflicting

MESSAGE = """terraform plan failed in somewhere:
Error: Conflicting configuration arguments

  with aws_eip.nat,
  on cdk.tf.json line 630, in resource.aws_eip.nat:
 630:         "domain": "vpc",

"domain": conflicts with vpc

Error: Conflicting configuration arguments

  with aws_eip.nat,
  on cdk.tf.json line 631, in resource.aws_eip.nat:
 631:         "vpc": true

"vpc": conflicts with domain
"""


def carried() -> dict[str, dict[str, Any]]:
    return {"aws_eip.nat": {"domain": "vpc", "vpc": True, "tags": {}}}


def test_the_later_one_of_a_pair_is_given_up_and_the_first_stays() -> None:
    found = carried()
    assert drop_conflicting(MESSAGE, found)
    assert found == {"aws_eip.nat": {"domain": "vpc", "tags": {}}}


def test_arguments_within_blocks_and_of_more_than_two() -> None:
    found = {"aws_autoscaling_group.b": {"launch_template": [{"id": "lt-1", "name": "b", "version": "1"}]}}
    message = (
        '│   with aws_autoscaling_group.b,\n│ "launch_template.0.id": conflicts with launch_template.0.name\n'
    )
    assert drop_conflicting(message, found)
    assert found["aws_autoscaling_group.b"]["launch_template"] == [{"id": "lt-1", "version": "1"}]
    found = {"aws_x.a": {"a": 1, "b": 2, "c": 3}}
    message = 'with aws_x.a,\n"a": only one of `a,b,c` can be specified, but `a,c` were specified.\n'
    assert drop_conflicting(message, found)
    assert found == {"aws_x.a": {"a": 1, "b": 2}}


def test_nothing_is_given_up_of_ours_or_for_another_error() -> None:
    found = {"aws_eip.other": {"domain": "vpc", "vpc": True}}
    assert not drop_conflicting(MESSAGE, found)
    assert not drop_conflicting("Error: no credentials\n  with aws_eip.nat,\n", carried())
    assert found == {"aws_eip.other": {"domain": "vpc", "vpc": True}}
