"""The fullest worker first, the one that retires, and the empty workers that stay for spare places."""

import random

from swarm_hub.packing import LONG_SECONDS, Bin, Retirement, fullest, in_order, kept_for_spare


def bins(**taken: int) -> list[Bin]:
    return [Bin(name=name, places=8, free=8 - count) for name, count in taken.items()]


def dice(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nothing secret


def name_of(found: Bin | None) -> str:
    return "" if found is None else found.name


def test_the_fullest_worker_with_room_is_chosen() -> None:
    assert name_of(fullest(bins(a=3, b=8, c=7, d=0))) == "c"


def test_without_room_no_worker_is_chosen() -> None:
    assert fullest(bins(a=8, b=8)) is None
    assert fullest([]) is None


def test_a_small_worker_in_use_comes_before_a_large_empty_one_and_fullness_is_a_share() -> None:
    small, large = Bin(name="small", places=4, free=2), Bin(name="large", places=16, free=12)
    assert [one.name for one in in_order([*bins(empty=0), large, small])] == ["small", "large", "empty"]


def test_the_retiring_worker_comes_after_those_in_use_and_before_empty_ones() -> None:
    assert [one.name for one in in_order(bins(a=5, b=2, c=0), retiring="a")] == ["b", "a", "c"]


def test_alike_workers_are_filled_in_the_same_order_each_time() -> None:
    alike = bins(**dict.fromkeys("abcdef", 2))
    dice(1).shuffle(alike)
    assert [one.name for one in in_order(alike)] == list("abcdef")


def test_a_worker_retires_after_being_the_emptiest_in_use_for_long() -> None:
    retirement = Retirement()
    assert retirement.look(bins(a=5, b=2, c=0), 0) == ""
    assert retirement.look(bins(a=5, b=3), LONG_SECONDS - 1) == ""
    assert retirement.look(bins(a=5, b=3), LONG_SECONDS) == "b"


def test_it_stays_so_when_another_one_becomes_emptier() -> None:
    retirement = Retirement()
    retirement.look(bins(a=5, b=2), 0)
    assert retirement.look(bins(a=1, b=2), LONG_SECONDS) == ""  # a is the emptiest, and not for long
    retirement.look(bins(a=5, b=2), LONG_SECONDS + 1)
    assert retirement.look(bins(a=5, b=2), 2 * LONG_SECONDS + 1) == "b"
    assert retirement.look(bins(a=1, b=2), 3 * LONG_SECONDS) == "b"


def test_being_the_emptiest_alike_does_not_change_who_is() -> None:
    retirement = Retirement()
    retirement.look(bins(a=2, b=3), 0)
    retirement.look(bins(a=2, b=2), 60)
    assert retirement.look(bins(a=2, b=2), LONG_SECONDS) == "a"


def test_it_ends_when_the_worker_is_empty_gone_or_needed_or_alone() -> None:
    for after, placed in (
        (bins(a=5, b=0, c=3), ""),
        (bins(a=5, c=3), ""),
        (bins(b=2), ""),
        (bins(a=8, b=3), "b"),
    ):
        retirement = Retirement()
        retirement.look(bins(a=5, b=2, c=3), 0)
        assert retirement.look(bins(a=5, b=2, c=3), LONG_SECONDS) == "b"
        retirement.placed(placed)
        assert retirement.look(after, LONG_SECONDS + 1) == ""


def test_a_start_on_another_worker_does_not_end_it() -> None:
    retirement = Retirement()
    retirement.look(bins(a=5, b=2), 0)
    assert retirement.look(bins(a=5, b=2), LONG_SECONDS) == "b"
    retirement.placed("a")
    assert retirement.look(bins(a=6, b=2), LONG_SECONDS + 1) == "b"


def test_empty_workers_stay_as_long_as_their_places_are_to_be_free() -> None:
    assert kept_for_spare(bins(a=5, b=0, c=0), spare=0) == frozenset()
    assert kept_for_spare(bins(a=5, b=0, c=0), spare=3) == frozenset()  # a has them
    assert kept_for_spare(bins(a=5, b=0, c=0), spare=4) == {"b"}
    assert kept_for_spare(bins(a=5, b=0, c=0), spare=12) == {"b", "c"}
    assert kept_for_spare(bins(a=5, b=0, c=0), spare=1000) == {"b", "c"}


def test_a_crowd_fills_one_worker_after_the_other_and_a_thinning_one_empties_them() -> None:
    """Users who come and go by chance: with packing fewer workers are in use than with spreading."""

    def used(choose_fullest: bool) -> int:
        chance, taken, total = dice(4), dict.fromkeys("abcdefgh", 0), 0
        for step in range(2000):
            if chance.random() < (0.6 if step < 300 else 0.49):
                found = in_order(bins(**taken))
                room = [one for one in (found if choose_fullest else found[::-1]) if one.free]
                if room:
                    taken[room[0].name] += 1
            else:
                users = [name for name, count in taken.items() for _ in range(count)]
                if users:
                    taken[chance.choice(users)] -= 1
            total += sum(count > 0 for count in taken.values())
        return total

    assert used(choose_fullest=True) < 0.85 * used(choose_fullest=False)
