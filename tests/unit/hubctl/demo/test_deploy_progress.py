"""Reading cdktf's output: two stacks that interleave, colours, continuation lines and errors."""

from hubctl.demo.deployment import EVERY, DeployProgress

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
    assert len(lines) <= 2 + 10 / EVERY
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
