"""What is changed on the leader alone: the certificate and where it comes from, and the leader itself."""

import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from hubctl.trial.hosts.shared_files import self_signed
from hubctl.trial.swarm.cluster import Cluster
from hubctl.trial.swarm.settings import HOSTNAME
from tests.e2e.browsers import CERTIFICATE
from tests.e2e.leader_books import keep_books, saved
from tests.e2e.second_day.conftest import USUAL_CERTIFICATE, Browser
from tests.e2e.second_day.day import Day
from tests.e2e.second_day.people import wait_until_well
from tests.e2e.swarm.probes import container_of
from tests.support.waiting import wait_until

GIVEN = "/mnt/chef-hub/given"


def fingerprint(pem: str) -> str:
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()


def served(cluster: Cluster) -> str:
    """Return the fingerprint of the certificate that a browser is shown."""
    asked = f"openssl s_client -connect {cluster.leader.address}:443 -servername {HOSTNAME} </dev/null 2>/dev/null"
    shown = cluster.leader.run("bash", "-c", f"{asked} | openssl x509", check=False)
    return fingerprint(shown) if shown else ""


def show_soon(cluster: Cluster, pem: str) -> None:
    """Wait until browsers are shown this certificate."""
    wait_until(lambda: served(cluster) == fingerprint(pem), "nginx shows the new certificate")


def give(cluster: Cluster, day: Day) -> str:
    """Put a new certificate where an operator puts the files, and let browsers trust it; return it."""
    folder: Path = cluster.settings.shared / "given"
    folder.mkdir(exist_ok=True)
    chain, key = self_signed(HOSTNAME)
    for name, text in (("hub.pem", chain), ("hub.key", key)):
        (folder / name).write_text(text, encoding="utf-8")
    for person in day.people:
        person.client.trust(chain)
    return chain


def test_another_source_of_the_certificate_and_a_renewed_one(cluster: Cluster, day: Day) -> None:
    wait_until_well(day.people, time.monotonic())
    hub = cluster.leader.run("docker", "ps", "--no-trunc", "--quiet", "--filter", "name=^jupyterhub")
    connections = [person.connections for person in day.people]
    first = served(cluster)
    assert first == fingerprint(cluster.leader.run("cat", CERTIFICATE))
    given = give(cluster, day)
    with day.doing("certificate", when="from self-signed to files"):
        cluster.change_certificate("files", chain=f"{GIVEN}/hub.pem", key=f"{GIVEN}/hub.key")
        show_soon(cluster, given)
    renewed = give(cluster, day)
    with day.doing("certificate", when="renewed files"):
        # The timer looks every five minutes; it is not waited for.
        cluster.leader.run_as_unit("systemctl", "start", "chef-hub-certificate-copy")
        show_soon(cluster, renewed)
    # Back again, unmeasured: what is made on the leader cannot be trusted beforehand.
    cluster.change_certificate(USUAL_CERTIFICATE)
    made = cluster.leader.run("cat", CERTIFICATE)
    for person in day.people:
        person.client.trust(made)
    show_soon(cluster, made)
    assert len({first, fingerprint(given), fingerprint(renewed), fingerprint(made)}) == 4
    assert hub == cluster.leader.run("docker", "ps", "--no-trunc", "--quiet", "--filter", "name=^jupyterhub")
    assert [person.connections for person in day.people] == connections


def test_another_leader(cluster: Cluster, day: Day, browser: Browser) -> None:
    """Destroyed with its disk, after it was stopped. Kernels, tokens, groups and logins go on."""
    admin = browser("admin")
    day.loop.do(admin.login())
    ada = day.people[0].client
    books = day.loop.do(keep_books(ada, admin))
    day.loop.do(ada.write_file("before.txt", "written before"))
    before = [container_of(cluster, person.client.user) for person in day.people]
    now = time.time()
    wait_until(lambda: saved(cluster) > now + 1, "the leader has saved itself")
    with day.doing("leader"):
        cluster.replace_leader(orderly=True)
        for client in (admin, *(person.client for person in day.people)):
            client.lead_to(cluster.leader.address)
    assert [container_of(cluster, person.client.user) for person in day.people] == before
    day.loop.do(books.are_kept())
    # A server ends and starts there as it did before.
    person = day.people[0]
    day.leaves(person)
    day.returns(person)
    assert day.loop.do(ada.read_file("before.txt")) == "written before"
