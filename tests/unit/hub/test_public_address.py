import pytest

from swarm_hub.public_address import resolve, why_public


@pytest.mark.parametrize(
    ("name", "addresses", "public"),
    [
        ("hub.example.org", ["8.8.8.8"], True),
        ("hub.example.org", ["10.0.0.5", "8.8.8.8"], True),
        ("hub.example.org", ["2600:1f18::1"], True),
        ("hub.example.org", ["10.0.0.5"], False),
        ("hub.example.org", ["127.0.0.1", "::1"], False),
        ("hub.example.org", [], True),
        ("notebooks.lab.test", [], False),
        ("notebooks.lab.internal", [], False),
        ("notebooks.lab.test", ["8.8.8.8"], True),
        ("nottest.com", [], True),
    ],
)
def test_only_what_is_certainly_private_is_private(name: str, addresses: list[str], public: bool) -> None:
    reason = why_public(name, lambda _: addresses)
    assert (reason is not None) == public
    if reason:
        assert name in reason


def test_localhost_resolves_here() -> None:
    assert "127.0.0.1" in resolve("localhost") or "::1" in resolve("localhost")
