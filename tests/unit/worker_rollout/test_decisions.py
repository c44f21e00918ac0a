"""A rollout of workers, step by step: against a group and a Swarm in memory that do what AWS and Docker do."""

from dataclasses import replace

import pytest

from worker_rollout.decisions import (
    GIVE_UP_SECONDS,
    Close,
    End,
    Group,
    Plan,
    Raise,
    Record,
    SetAvailability,
    Worker,
    plan,
)

DEADLINE = 10_000.0
RECORD = Record(id="r", version="7", state="running", deadline=DEADLINE, capacity=2)


class World:
    """The group starts what it lacks; new workers are ready at the second look. Ended ones are gone at the second, too."""

    def __init__(self, *servers: int, maximum: int = 5, new_ones_come: bool = True) -> None:
        self.group = Group(desired=len(servers), maximum=maximum)
        self.workers = [self.worker(f"i-{n}", "6", servers=count) for n, count in enumerate(servers)]
        self.record = replace(RECORD, capacity=len(servers))
        self.come = new_ones_come
        self.now = 0.0
        self.plan = Plan()
        self.fewest = len(servers)
        self.most_closed = 0
        self.decrements = 0

    def worker(self, name: str, version: str, *, servers: int = 0, state: str = "InService") -> Worker:
        return Worker(
            instance=name,
            version=version,
            lifecycle=state,
            node=f"node-{name}",
            availability="active",
            usable=state == "InService",
            servers=servers,
        )

    def step(self, cut: int | None = None) -> Plan:
        """Do one run of the program, after AWS has moved on; of its steps only the first ``cut``, where that is given."""
        self.workers = [one for one in self.workers if one.lifecycle != "Terminating:Wait"]
        if self.come:
            self.workers = [
                replace(one, lifecycle="InService", usable=True) if one.lifecycle == "Pending" else one
                for one in self.workers
            ]
        while sum(one.living for one in self.workers) < self.group.desired:
            name = f"i-new-{len(self.workers)}-{self.now:.0f}"
            self.workers.append(self.worker(name, "7", state="Pending"))
        self.plan = plan(self.record, self.group, self.workers, self.now)
        for step in self.plan.steps[:cut]:
            self.take(step)
        self.workers = [
            replace(one, said=self.plan.states.get(one.instance, one.said)) for one in self.workers
        ]
        usable = sum(one.usable for one in self.workers)
        self.fewest = min(self.fewest, usable)
        self.most_closed = max(self.most_closed, sum(one.availability == "pause" for one in self.workers))
        self.now += 30
        return self.plan

    def take(self, step: object) -> None:
        if isinstance(step, Raise):
            self.group = replace(self.group, desired=step.desired)
        elif isinstance(step, SetAvailability):
            drained = step.availability == "drain"
            self.change(
                step.worker.instance,
                availability=step.availability,
                usable=step.availability == "active",
                **({"servers": 0} if drained else {}),
            )
        elif isinstance(step, End):
            self.change(step.worker.instance, lifecycle="Terminating:Wait", usable=False)
            self.group = replace(self.group, desired=self.group.desired - step.decrement)
            self.decrements += step.decrement
        elif isinstance(step, Close):
            self.record = replace(self.record, state=step.state)

    def change(self, instance: str, **fields: object) -> None:
        self.workers = [
            replace(one, **fields) if one.instance == instance else one  # type: ignore[arg-type]
            for one in self.workers
        ]

    def run(self, steps: int = 60) -> None:
        for _ in range(steps):
            if self.record.state != "running":
                return
            self.step()

    def versions(self) -> list[str]:
        return sorted(one.version for one in self.workers if one.living)


def test_new_workers_come_first_and_the_capacity_ends_where_it_began() -> None:
    world = World(0, 0, 0)
    world.run()
    assert world.record.state == "done"
    assert world.versions() == ["7", "7", "7"]
    assert world.group.desired == 3
    assert world.decrements == 1
    assert world.fewest == 3  # never fewer places for new users than before
    assert world.most_closed == 1


def test_a_worker_with_servers_is_left_to_its_users_until_the_deadline() -> None:
    world = World(2, 0)
    world.run(40)
    assert world.record.state == "running"
    assert world.versions() == ["6", "7", "7"]
    assert "waiting until i-0 is empty: 2 servers run there" in world.plan.note
    assert world.plan.states["i-0"] == "closing"
    world.now = DEADLINE
    world.run(6)
    assert world.record.state == "done"
    assert world.versions() == ["7", "7"]


def test_it_goes_on_when_the_last_user_has_stopped_their_server() -> None:
    world = World(1)
    world.run(10)
    assert world.versions() == ["6", "7"]
    world.change("i-0", servers=0)
    world.run(6)
    assert (world.record.state, world.versions(), world.group.desired) == ("done", ["7"], 1)


def test_without_room_an_old_one_leaves_first_and_the_progress_says_so() -> None:
    world = World(0, 0, maximum=2)
    world.step()
    assert "the group may have 2 workers, so no new one comes before an old one has left" in world.plan.note
    world.run()
    assert world.record.state == "done"
    assert world.versions() == ["7", "7"]
    assert world.decrements == 0


def test_nobody_is_closed_before_the_new_worker_takes_users() -> None:
    world = World(0, 0, new_ones_come=False)
    world.run(10)
    assert world.versions() == ["6", "6", "7"]
    assert "takes users" in world.plan.note
    assert world.most_closed == 0


def test_new_workers_that_never_come_end_the_rollout_and_nobody_loses_a_server() -> None:
    world = World(1, 1, new_ones_come=False)
    world.run(5)
    world.now = DEADLINE + GIVE_UP_SECONDS - 60
    world.run(1)
    assert world.record.state == "running"
    world.now = DEADLINE + GIVE_UP_SECONDS
    world.run(1)
    assert world.record.state == "aborted"
    assert [one.servers for one in world.workers if one.version == "6"] == [1, 1]


def test_an_abort_opens_what_the_rollout_has_paused_and_nothing_else() -> None:
    world = World(1, 1)
    world.workers[1] = replace(world.workers[1], version="7")  # paused by hand
    world.change("i-1", availability="pause", usable=True)
    world.run(6)
    assert world.plan.states["i-0"] == "closing"
    world.record = replace(world.record, state="aborted")
    world.step()
    assert {one.instance: one.availability for one in world.workers[:2]} == {"i-0": "active", "i-1": "pause"}
    assert world.step().steps == ()


@pytest.mark.parametrize("cut", [0, 1])
def test_every_step_can_be_interrupted_and_done_again(cut: int) -> None:
    """Every other run is cut off: after it has told what it is about to do, or after its first step."""
    world = World(0, 0)
    for number in range(80):
        if world.record.state == "running":
            world.step(cut if number % 2 == 0 else None)
    assert world.record.state == "done"
    assert world.versions() == ["7", "7"]
    assert world.group.desired == 2
    assert world.fewest == 2


def test_at_the_deadline_servers_are_kept_while_no_worker_could_take_them() -> None:
    world = World(1, maximum=1)
    world.run(3)
    world.now = DEADLINE
    world.step()
    assert "no worker could take the 1 servers of i-0" in world.plan.note
    assert world.workers[0].living


@pytest.mark.parametrize(("version", "leaves"), [("6", True), ("8", False), ("7", False), ("", True)])
def test_workers_that_are_newer_than_the_target_stay(version: str, leaves: bool) -> None:
    worker = replace(World(0).workers[0], version=version)
    found = plan(replace(RECORD, capacity=1), Group(desired=1, maximum=3), [worker], 0)
    assert isinstance(found.steps[0], Raise if leaves else Close)


def test_a_worker_that_never_joined_is_ended_at_once() -> None:
    lost = Worker(instance="i-lost", version="6", lifecycle="InService")
    new = World(0).worker("i-new", "7")
    found = plan(replace(RECORD, capacity=1), Group(desired=2, maximum=3), [lost, new], 0)
    assert found.steps == (End(worker=lost, decrement=True),)
