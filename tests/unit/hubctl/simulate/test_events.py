"""What happens next: order at one moment, and tries that are only counted."""

import random

import pytest

from hubctl.simulate.events import Queue, Schedule


def test_events_of_one_moment_happen_in_the_order_in_which_they_were_planned() -> None:
    schedule, seen = Schedule(), list[str]()
    schedule.at(5, seen.append, "first")
    schedule.users([5.0, 7.0], lambda place: seen.append(f"user {place}"))
    schedule.at(5, seen.append, "second")
    schedule.at(1, seen.append, "early")
    schedule.run(6)
    assert seen == ["early", "first", "user 0", "second"]
    assert schedule.now == 6


@pytest.mark.parametrize("gone", [0, 60])
def test_tries_that_are_slept_through_are_as_many_as_those_that_are_made(gone: int) -> None:
    dice = random.Random(2)  # noqa: S311 - nothing secret
    came = sorted(dice.uniform(0, 500) for _ in range(200))
    leave = {number: since + 150 for number, since in enumerate(came[:gone])}
    expected = sum(
        since + 20 * turn < leave.get(number, 999)
        for number, since in enumerate(came)
        for turn in range(1, 200)
    )

    def count(*, sleeping: bool) -> int:
        schedule, made = Schedule(), 0

        def tried(_number: int) -> None:
            nonlocal made
            made += 1

        def wake() -> None:
            nonlocal made
            made += queue.wake(schedule.now)

        queue = Queue(20.0, tried)
        schedule.again, schedule.tries = queue, queue.sleep if sleeping else queue.turn
        schedule.users(came, lambda place: queue.add(place, schedule.now))
        for number, moment in leave.items():
            schedule.at(moment, lambda number=number: queue.remove(number, came[number], schedule.now))
        for moment in range(0, 1000, 7):
            schedule.at(moment + 0.5, wake if moment % 3 else lambda: None)
        schedule.at(999, wake)
        schedule.run(999)
        return made

    assert count(sleeping=True) == count(sleeping=False) == expected


def test_who_is_removed_tries_no_more() -> None:
    schedule, tried = Schedule(), list[int]()
    queue = Queue(20.0, tried.append)
    schedule.again, schedule.tries = queue, queue.turn
    schedule.users([1.0, 2.0, 3.0], lambda place: queue.add(place, schedule.now))
    schedule.at(30, lambda: queue.remove(1, 2.0, schedule.now))
    schedule.run(50)
    assert tried == [0, 1, 2, 0, 2]
