import pytest

from swarm_hub.sizes import GIB, MIB, gib


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 GiB"),
        (1000, "less than 1 MiB"),
        (20 * MIB, "20 MiB"),
        (GIB // 8, "128 MiB"),
        (GIB // 2, "0.5 GiB"),
        (GIB - 1, "1 GiB"),
        (5 * GIB // 4, "1.2 GiB"),
        (16 * GIB, "16 GiB"),
        (1234 * GIB // 10, "123 GiB"),
    ],
)
def test_sizes_are_short_and_never_nothing(size: int, text: str) -> None:
    assert gib(size) == text
