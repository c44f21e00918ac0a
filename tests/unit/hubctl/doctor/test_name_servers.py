"""Which name server is asked."""

import re

import pytest

from hubctl.core.errors import BadInputError
from hubctl.doctor.name_servers import server_address


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.53", ("192.0.2.53", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("2001:db8::53", ("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", ("2001:db8::53", 5353)),
    ],
)
def test_name_servers_are_read(text: str, expected: tuple[str, int]) -> None:
    assert server_address(text) == expected


def test_a_name_server_by_name_is_refused() -> None:
    for wrong in ("ns.example.test", "127.0.0.1:0", "127.0.0.1:99999"):
        with pytest.raises(BadInputError, match=re.escape(wrong)):
            server_address(wrong)
