"""The operator's second day: each change, what two people at work saw of it, and whether the catalogue is right."""

import contextlib
import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

from hubctl.core.console import out
from hubctl.core.tables import Sheet
from hubctl.plan.change_catalogue import CHANGES
from tests.e2e.event_loop import Loop
from tests.e2e.second_day.people import Person, wait_until_well


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One line of the table. Times are the longest without an answer, of the person who waited longest, in seconds."""

    change: str
    hub: float
    notebook: float
    output: float
    kernels: str
    files: str


class Day:
    """People at work, and the lines of the table."""

    def __init__(self, people: Sequence[Person], loop: Loop, lines: list[Seen]) -> None:
        self.people = list(people)
        self.loop = loop
        self.lines = lines

    def leaves(self, person: Person) -> None:
        """Let a user stop their server, as people do in the evening."""
        self.people.remove(person)
        self.loop.do(person.rest())
        self.loop.do(person.client.stop_server())

    def returns(self, person: Person) -> None:
        """Let a user start a server and a kernel."""
        self.loop.do(person.begin())
        self.people.append(person)

    @contextlib.contextmanager
    def doing(self, key: str, *, when: str = "", costs: Sequence[Person] = ()) -> Iterator[None]:
        """Do a change of the catalogue in the block, or what is done ``when``; hold what was seen against the catalogue.

        All are at work before and after it. ``costs`` are those who lose their kernel: no user, unless the catalogue says
        beforehand that kernels are lost. Their server is back when the block ends, and they begin anew.
        """
        change = CHANGES[key]
        assert not costs or "kernels" in change.lost, f"{key} may cost no user a kernel"
        staying = [person for person in self.people if person not in costs]
        began = time.monotonic()
        wait_until_well(self.people, began)
        numbers = {person: len(person.numbers) for person in staying}
        signed_out = {person: person.signed_out for person in staying}
        yield
        done = time.monotonic()
        wait_until_well(staying, done)
        kept = all(self._file_of(person) for person in self.people)
        for person in costs:
            self.loop.do(person.rest())
            self.loop.do(person.begin())
        seen = self._line(f"{key}, {when}" if when else key, began, staying, kept=kept)
        self.lines.append(seen)
        assert seen.files == "kept", seen
        for person in staying:
            assert person.signed_out == signed_out[person], f"{person.client.user} was logged out"
            counted = person.numbers[max(numbers[person] - 1, 0) :]
            assert _counts_on(counted), f"{person.client.user}'s cell began anew: {counted}"

    def _line(self, name: str, began: float, staying: Sequence[Person], *, kept: bool) -> Seen:
        def longest(course: str) -> float:
            return round(max(getattr(person, course).longest_silence(began) for person in self.people), 1)

        return Seen(
            change=name,
            hub=longest("hub"),
            notebook=longest("notebook"),
            output=longest("output"),
            kernels=f"{len(staying)} of {len(self.people)} kept",
            files="kept" if kept else "LOST",
        )

    def _file_of(self, person: Person) -> bool:
        return self.loop.do(person.client.read_file("kept.txt")) == person.client.user


def _counts_on(numbers: Sequence[int]) -> bool:
    """Return whether each number is larger than the one before: a kernel that was started anew counts from 1."""
    return all(later > earlier for earlier, later in pairwise(numbers))


@contextlib.contextmanager
def table_in(file: Path) -> Iterator[list[Seen]]:
    """Collect the lines in the block; then print the table, and leave it as CSV in ``file``."""
    lines: list[Seen] = []
    yield lines
    names = [field.name for field in fields(Seen)]
    sheet = Sheet("change", "hub s", "notebook s", "output s", "kernels", "files", figures=(1, 2, 3))
    for line in lines:
        sheet.add(*(str(getattr(line, name)) for name in names))
    out.say()
    sheet.show(out)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        writer.writerows([getattr(line, name) for name in names] for line in lines)
