"""Which machine takes the next user."""

from hubctl.simulate.machines import Session, SimulatedMachine
from hubctl.simulate.places import Places


def machine(serial: int, users: int) -> SimulatedMachine:
    session = Session(number=0, user="ada", began=0, ends=1)
    return SimulatedMachine(
        id=f"i-{serial:05}",
        serial=serial,
        places=4,
        usable=0,
        paid_since=0,
        sessions=dict.fromkeys(range(users), session),
    )


def places(*users: int) -> Places:
    made = Places(4)
    for serial, count in enumerate(users, 1):
        made.add(serial, machine(serial, count))
    return made


def test_spreading_takes_the_emptiest_and_packing_the_fullest_with_room() -> None:
    made = places(2, 0, 3, 4)
    spread, packed = made.emptiest(), made.fullest()
    assert (spread and spread.serial, packed and packed.serial) == (2, 3)
    assert made.free == 7


def test_the_retiring_machine_comes_after_the_others_in_use_and_before_the_empty_ones() -> None:
    made = places(2, 0, 3)
    first = made.fullest(retiring=3)
    assert first is not None
    assert first.serial == 1
    alone = places(3, 0).fullest(retiring=1)
    assert alone is not None
    assert alone.serial == 1


def test_full_machines_are_passed_over() -> None:
    made = places(4, 4)
    assert made.emptiest() is None
    assert made.fullest() is None
    made.remove(1)
    made.remove(1)
    assert len(made) == 1


def test_the_emptiest_in_use_is_told_only_when_two_are() -> None:
    assert places(2, 0).emptiest_in_use() == 0
    assert places(2, 1, 0).emptiest_in_use() == 2
