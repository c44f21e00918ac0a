"""Which host a server has: what is set when it starts, for as long as it runs."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from docker.errors import DockerException

from swarm_hub.cluster import OWN_DOMAIN_LABEL
from swarm_hub.user_domains import UserDomains, all_have_domains, tell_hosts

HUB = "notebooks.example.org"


@pytest.mark.parametrize("own", [True, False])
def test_a_running_server_keeps_its_host_until_it_stops(own: bool) -> None:
    domains = UserDomains(own=own)
    before = UserDomains(own=not own).domain("ada", HUB, "user")
    now = domains.domain("grace", HUB, "user")
    domains.keep("ada", own=not own)
    domains.keep("grace", own=own)
    assert domains.domain("ada", HUB, "user") == before
    assert domains.domain("grace", HUB, "user") == now
    assert domains.others == 1
    domains.forget("ada")
    assert domains.domain("ada", HUB, "user") == now.replace("grace", "ada")
    assert domains.others == 0


def test_every_user_has_a_domain_of_their_own_whatever_the_name() -> None:
    names = [
        "ada",
        "ada.b",
        "ada-b",
        "ada_b",
        "a+b",
        "a b",
        "ADA",
        "ada@example.org",
        "ädä",
        "x" * 200,
        "x" * 201,
    ]
    names += ["www", "hub", "a--b", "-a", "a-", "1", "xn--d-1gab"]
    domains = UserDomains(own=True)
    hosts = [domains.domain(name, HUB, "user") for name in names]
    assert len(set(hosts)) == len(names)
    for host in hosts:
        label, _, rest = host.partition(".")
        assert rest == HUB  # one label, which a wildcard covers
        assert 0 < len(label) <= 63
        assert label.isascii()
        assert label == label.lower()


class Engine:
    def __init__(self, *labels: dict[str, str] | None) -> None:
        self.labels = labels

    def services(self, filters: dict[str, str]) -> list[dict[str, Any]]:
        assert filters == {"label": "chef-hub.kind=notebook"}
        return [{"Spec": {"Labels": labels}} for labels in self.labels]


def test_a_server_on_the_hubs_host_is_seen_and_an_engine_that_is_away_counts_as_one() -> None:
    own = {OWN_DOMAIN_LABEL: "true"}
    assert all_have_domains(Engine)
    assert all_have_domains(lambda: Engine(own, own))
    assert not all_have_domains(lambda: Engine(own, {}))
    assert not all_have_domains(lambda: Engine(None))

    def away() -> Engine:
        raise DockerException("away")

    assert not all_have_domains(away)


@pytest.mark.parametrize(
    ("own", "said"), [(True, "a domain of their user below hub.test"), (False, "the host hub.test")]
)
def test_the_log_tells_which_hosts_servers_get(
    caplog: pytest.LogCaptureFixture, own: bool, said: str
) -> None:
    with caplog.at_level("INFO"):
        tell_hosts(SimpleNamespace(domain="hub.test", log=logging.getLogger("test")), UserDomains(own=own))
    assert said in caplog.text
