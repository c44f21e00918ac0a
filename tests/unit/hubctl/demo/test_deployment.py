"""Reading cdktf's output, numbered steps with a sign of life, and the second plan."""

from io import StringIO

import pytest

from hubctl.core.console import Writer
from hubctl.core.errors import HubctlError
from hubctl.core.terraform.plan import Plan, ResourceChange
from hubctl.demo.deployment import QUIET_AT_MOST, REPORT_EVERY, DeployProgress, Steps, check_empty

BOLD, PLAIN = "\x1b[0m\x1b[1m", "\x1b[0m\x1b[0m"


class Clock:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def progress() -> tuple[DeployProgress, list[str], Clock]:
    lines: list[str] = []
    clock = Clock()
    return DeployProgress(["aws-lab", "chef-hub"], lines.append, clock), lines, clock


def test_counts_each_stack_by_itself() -> None:
    reading, lines, clock = progress()
    for line in (
        f"aws-lab  {BOLD}Initializing the backend...{PLAIN}",
        f"         {BOLD}Plan:{PLAIN} 2 to add, 0 to change, 0 to destroy.",
        f"chef-hub  {BOLD}Plan:{PLAIN} 40 to add, 0 to change, 0 to destroy.",
        f"aws-lab  {BOLD}aws_vpc.main: Creating...{PLAIN}",
        f"         {BOLD}aws_subnet.public: Creating...{PLAIN}",
        f"chef-hub  {BOLD}aws_vpc.main: Creating...{PLAIN}",
    ):
        reading.read(line)
    clock.now = 41.0
    reading.read(f"aws-lab  {BOLD}aws_vpc.main: Creation complete after 0s [id=vpc-1]{PLAIN}")
    assert lines == [
        "aws-lab: 2 resources to create",
        "chef-hub: 40 resources to create",
        "aws-lab: 1 of 2 created, 41 s",
    ]
    assert reading.now() == (
        "aws-lab: 1 of 2 created, waiting for aws_subnet.public; chef-hub: 0 of 40 created, waiting for aws_vpc.main"
    )


def test_many_lines_are_condensed_into_few() -> None:
    reading, lines, clock = progress()
    reading.read("chef-hub  Plan: 100 to add, 0 to change, 0 to destroy.")
    for number in range(100):
        clock.now += 0.1
        reading.read(f"chef-hub  aws_x.y[{number}]: Creation complete after 0s [id=1]")
    assert len(lines) <= 2 + 10 / REPORT_EVERY
    assert reading.stacks["chef-hub"].created == 100


def test_the_end_of_a_stack_is_reported_with_its_full_count() -> None:
    reading, lines, clock = progress()
    reading.read("chef-hub  Plan: 1 to add, 0 to change, 0 to destroy.")
    reading.read("chef-hub  aws_x.y: Creation complete after 0s [id=1]")
    clock.now = 3
    reading.read("chef-hub  \x1b[32m")
    reading.read("          Apply complete! Resources: 1 added, 0 changed, 0 destroyed.")
    assert lines[-1] == "chef-hub: deployed, 1 of 1 created, 3 s"
    assert reading.stacks["chef-hub"].finished
    assert not reading.stacks["aws-lab"].finished
    assert reading.now() == "aws-lab: preparing"


def test_several_waits_are_shortened() -> None:
    reading, _, _ = progress()
    reading.read("chef-hub  Plan: 5 to add, 0 to change, 0 to destroy.")
    for name in "abcd":
        reading.read(f"chef-hub  aws_x.{name}: Creating...")
    assert "chef-hub: 0 of 5 created, waiting for aws_x.a, aws_x.b and 2 more" in reading.now()


def test_errors_are_kept_with_their_stack_and_without_frames() -> None:
    reading, lines, _ = progress()
    for line in (
        "chef-hub  aws_vpc.main: Creating...",
        "chef-hub  \x1b[31m╷\x1b[0m\x1b[0m",
        "          \x1b[31m│\x1b[0m \x1b[0m\x1b[1m\x1b[31mError: \x1b[0m\x1b[0m\x1b[1mcreating VPC: no room\x1b[0m",
        "          \x1b[31m│\x1b[0m \x1b[0m",
        "          \x1b[31m│\x1b[0m \x1b[0m\x1b[0m  with aws_vpc.main,",
        "          \x1b[31m╵\x1b[0m\x1b[0m",
        "aws-lab  aws_vpc.main: Creating...",
    ):
        reading.read(line)
    assert reading.errors() == "chef-hub: Error: creating VPC: no room\n\nwith aws_vpc.main,"
    assert lines == ["chef-hub: Error: creating VPC: no room"]
    assert reading.now().startswith("aws-lab: preparing, waiting for aws_vpc.main; chef-hub: failed")


def test_lines_before_any_stack_are_harmless() -> None:
    reading, lines, _ = progress()
    reading.read("")
    reading.read("⠋  Starting")
    reading.read("Plan: 3 to add, 0 to change, 0 to destroy.")
    assert lines == []
    assert reading.now() == "aws-lab: preparing; chef-hub: preparing"


def test_says_what_goes_on_when_nothing_was_printed_for_a_while() -> None:
    now = [100.0]
    text = StringIO()
    steps = Steps(Writer(file=text), 2, clock=lambda: now[0])
    with steps.step("Deploy", lambda: "3 of 9 created"):
        steps.tick()
        now[0] += QUIET_AT_MOST
        steps.tick()
        steps.tick()
        now[0] += 1

    def failing_step() -> None:
        with steps.step("Plan [again]"):
            now[0] += QUIET_AT_MOST
            steps.tick()
            raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        failing_step()
    assert text.getvalue().splitlines() == [
        "[1/2] Deploy",
        "      3 of 9 created, 4 s",
        "      done, 5 s",
        "[2/2] Plan [again]",
        "      still working, 4 s",
    ]
    assert steps.timings == [("Deploy", 5.0)]


def test_every_change_of_a_second_plan_is_listed() -> None:
    change = ResourceChange(
        address="aws_vpc.a", type="aws_vpc", mode="managed", actions=("update",), changed_attributes=("tags",)
    )
    with pytest.raises(HubctlError) as caught:
        check_empty({"one": Plan(changes=(change,), changed_outputs=("url",)), "two": Plan(changes=())})
    assert "one: update aws_vpc.a (tags)" in caught.value.message
    assert "one: change output url" in caught.value.message
    assert "two" not in caught.value.message
    check_empty({"two": Plan(changes=())})
