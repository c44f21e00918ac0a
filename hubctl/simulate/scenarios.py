"""Named scenarios: arrivals made up from a seed, so that the same seed gives the same users."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hubctl.simulate.columns import Arrival
from hubctl.simulate.durations import DAY, HOUR, MINUTE

CLASS_DAYS = (0, 2, 3)


@dataclass(frozen=True, kw_only=True)
class AnnouncedClass:
    """A class that a teacher would have announced; ``start`` and ``end`` are seconds of the scenario."""

    start: float
    end: float
    users: int


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A scenario: what it is about, how long it lasts in seconds, and how its arrivals are made."""

    name: str
    about: str
    seconds: float
    make: Callable[[random.Random], list[Arrival]]
    announced: tuple[AnnouncedClass, ...] = ()

    def arrivals(self, seed: int) -> list[Arrival]:
        """Return the arrivals that this seed makes, in order of time."""
        return sorted(self.make(random.Random(f"{self.name} {seed}")))  # noqa: S311 - nothing secret


def _class_of_100(dice: random.Random) -> list[Arrival]:
    """Make a lecture: most log in within the ten minutes around nine o'clock, and stay until the end."""
    return [
        Arrival(
            time=max(0.0, dice.gauss(HOUR, 4 * MINUTE)),
            user=f"student-{number:03}",
            duration=dice.uniform(70 * MINUTE, 95 * MINUTE),
        )
        for number in range(100)
    ]


def _exam(dice: random.Random) -> list[Arrival]:
    """Make an exam: all users within two minutes, for exactly two hours."""
    return [
        Arrival(time=HOUR + dice.uniform(0, 2 * MINUTE), user=f"student-{number:03}", duration=2 * HOUR)
        for number in range(60)
    ]


def _quiet_lab(dice: random.Random) -> list[Arrival]:
    """Make a day of a small lab: a few researchers, some for hours."""
    return [
        Arrival(
            time=dice.triangular(7 * HOUR, 20 * HOUR, 10 * HOUR),
            user=f"researcher-{number}",
            duration=dice.lognormvariate(8.3, 0.8),
        )
        for number in range(12)
    ]


def _department_week(dice: random.Random) -> list[Arrival]:
    """Make a week: researchers all day, three classes of 40, little at the weekend."""
    arrivals = []
    for day in range(7):
        start = day * DAY
        researchers = 45 if day < 5 else 8
        arrivals += [
            Arrival(
                time=start + dice.triangular(7 * HOUR, 22 * HOUR, 10.5 * HOUR),
                user=f"researcher-{day}-{number}",
                duration=min(10 * HOUR, dice.lognormvariate(8.5, 0.9)),
            )
            for number in range(researchers)
        ]
        if day in CLASS_DAYS:
            arrivals += [
                Arrival(
                    time=start + dice.gauss(14 * HOUR, 5 * MINUTE),
                    user=f"class-{day}-{number:02}",
                    duration=dice.uniform(75 * MINUTE, 90 * MINUTE),
                )
                for number in range(40)
            ]
    return arrivals


SCENARIOS: Mapping[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            name="class-of-100",
            about="100 students log in around nine o'clock and stay for the lecture",
            seconds=4 * HOUR,
            make=_class_of_100,
            announced=(AnnouncedClass(start=HOUR, end=2.5 * HOUR, users=100),),
        ),
        Scenario(
            name="exam",
            about="60 students start within two minutes, for two hours",
            seconds=4 * HOUR,
            make=_exam,
            announced=(AnnouncedClass(start=HOUR, end=3 * HOUR, users=60),),
        ),
        Scenario(name="quiet-lab", about="a dozen researchers over a day", seconds=DAY, make=_quiet_lab),
        Scenario(
            name="department-week",
            about="a week of a department: researchers, and three classes of 40",
            seconds=7 * DAY,
            make=_department_week,
            announced=tuple(
                AnnouncedClass(start=day * DAY + 14 * HOUR, end=day * DAY + 15.5 * HOUR, users=40)
                for day in CLASS_DAYS
            ),
        ),
    )
}
