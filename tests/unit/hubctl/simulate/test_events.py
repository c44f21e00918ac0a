"""What happens next: order at one moment, and tries that are only counted."""

import random

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


def test_tries_that_are_skipped_are_as_many_as_those_that_are_made() -> None:
    dice = random.Random(2)  # noqa: S311 - nothing secret
    came = sorted(dice.uniform(0, 500) for _ in range(200))
    expected = sum(1 for since in came for turn in range(1, 200) if since + 20 * turn < 1000)

    def count(*, skipping: bool) -> int:
        schedule, made = Schedule(), 0

        def tried(_number: int) -> None:
            nonlocal made
            made += 1

        queue = Queue(20.0, tried)

        def tries(until: float) -> None:
            nonlocal made
            if skipping:
                made += queue.skip(until)
            else:
                queue.turn()

        schedule.again, schedule.tries = queue, tries
        schedule.users(came, lambda place: queue.add(place, schedule.now))
        for moment in range(0, 1000, 7):
            schedule.at(moment + 0.5, lambda: None)
        schedule.run(999.999)
        return made

    assert count(skipping=True) == count(skipping=False) == expected


def test_who_is_removed_tries_no_more() -> None:
    schedule, tried = Schedule(), list[int]()
    queue = Queue(20.0, tried.append)
    schedule.again, schedule.tries = queue, lambda _until: queue.turn()
    schedule.users([1.0, 2.0, 3.0], lambda place: queue.add(place, schedule.now))
    schedule.at(30, lambda: queue.remove(1, 2.0))
    schedule.run(50)
    assert tried == [0, 1, 2, 0, 2]
