"""The certificate's program, with real certificates, and stand-ins of the ACME client, nginx and systemctl."""

import stat
import subprocess
from pathlib import Path

import pytest

from tests.cookbooks.program_host import Host
from tests.support.certificates import Pair, issue

NAME = "notebooks.example.org"
RELOAD = ["systemctl", "reload-or-restart", "nginx.service"]


class Node:
    """A leader with nginx and a certificate's source."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host = host
        self.folder = folder / "nginx"
        self.folder.mkdir()
        self.given = folder / "given.pem", folder / "given.key"
        self.live = folder / f"acme/config/live/{NAME}"
        self.settings = {
            "CERTIFICATE_NAMES": NAME,
            "CERTIFICATE_FOLDER": str(self.folder),
            "CERTIFICATE_FILE": str(self.given[0]),
            "KEY_FILE": str(self.given[1]),
            "ACME_STATE": str(folder / "acme"),
            "ACME_WEBROOT": str(folder / "webroot"),
            "HUB_TLS_ADDRESS": "127.0.0.1:1",  # nothing answers there
        }
        host.put("packages", ["nginx"])

    def run(self, source: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return self.host.run(
            "renew-certificate", *arguments, CERTIFICATE_SOURCE=source, **{**self.settings, **settings}
        )

    def done(self, source: str, *arguments: str, **settings: str) -> None:
        result = self.run(source, *arguments, **settings)
        assert result.returncode == 0, result.stderr

    def holds(self) -> tuple[str, str]:
        names = ("fullchain.pem", "privkey.pem")
        for path in (self.folder / name for name in names):
            assert not path.is_symlink()
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        first, second = ((self.folder / name).read_text() for name in names)
        return first, second

    def reloads(self) -> int:
        return self.host.calls().count(RELOAD)

    def certbot(self, pair: Pair | None) -> None:
        """Put an ACME client on PATH that issues this pair, or fails."""
        issued = "exit 1"
        if pair:
            spare = self.folder.parent / "issued.pem", self.folder.parent / "issued.key"
            pair.write(*spare)
            issued = f"mkdir -p {self.live}; cp {spare[0]} {self.live}/fullchain.pem; cp {spare[1]} {self.live}/privkey.pem"
        path = self.host.commands / "certbot"
        path.write_text(f'#!/bin/sh\necho "$@" >>{self.host.state}/certbot\n{issued}\n', encoding="utf-8")
        path.chmod(0o755)

    def asked(self) -> str:
        return (self.host.state / "certbot").read_text(encoding="utf-8")


@pytest.fixture
def node(host: Host, tmp_path: Path) -> Node:
    return Node(host, tmp_path)


class TestFiles:
    def test_copies_the_given_pair_once_and_again_when_it_was_replaced(self, node: Node) -> None:
        for turn in (1, 2):
            pair = issue(NAME)
            pair.write(*node.given)
            assert node.run("files", "--check").returncode == 1
            node.done("files")
            assert node.holds() == (pair.chain_pem, pair.key_pem)
            node.done("files")
            node.done("files", "--check")
            assert node.reloads() == turn

    def test_replaces_links_of_an_older_version_and_never_writes_through_them(self, node: Node) -> None:
        pair = issue(NAME)
        pair.write(*node.given)
        for name, given in zip(("fullchain.pem", "privkey.pem"), node.given, strict=True):
            (node.folder / name).symlink_to(given)
        node.done("self_signed")
        chain, _ = node.holds()
        assert chain != pair.chain_pem
        assert [path.read_text() for path in node.given] == [pair.chain_pem, pair.key_pem]
        node.done("files")
        assert node.holds() == (pair.chain_pem, pair.key_pem)

    def test_takes_a_chain_in_order(self, node: Node) -> None:
        root = issue("root.example.org")
        middle = issue("middle.example.org", signer=root)
        leaf = issue(NAME, f"*.{NAME}", signer=middle)
        leaf.write(*node.given, middle, root)
        node.done("files", CERTIFICATE_NAMES=f"{NAME} *.{NAME}")
        leaf.write(*node.given, root, middle)
        result = node.run("files")
        assert result.returncode == 1
        assert f"certificate 1 in {node.given[0]} is not signed by the one after it" in result.stderr

    @pytest.mark.parametrize(
        ("pair", "says"),
        [
            (issue("other.example.org"), f"is not for {NAME} (DNS:other.example.org): have one issued"),
            (issue(NAME, days=-0.5), "has ended (notAfter="),
            (issue(NAME, begins=2), "begins only later (notBefore="),
        ],
    )
    def test_refuses_what_does_not_fit_and_keeps_the_old_one(self, node: Node, pair: Pair, says: str) -> None:
        good = issue(NAME)
        good.write(*node.given)
        node.done("files")
        pair.write(*node.given)
        result = node.run("files")
        assert result.returncode == 1
        assert f"the certificate in {node.given[0]} {says}" in result.stderr
        assert "nginx keeps the one from before" in result.stderr
        assert node.holds() == (good.chain_pem, good.key_pem)
        assert node.reloads() == 1

    def test_names_all_that_is_wrong_with_files(self, node: Node) -> None:
        result = node.run("files")
        assert [str(path) in result.stderr for path in node.given] == [True, True]
        assert "missing or empty: put the PEM file there" in result.stderr
        for path in node.given:
            path.write_text("nothing")
        result = node.run("files")
        assert f"{node.given[0]} holds no certificate in PEM form" in result.stderr
        assert f"{node.given[1]} holds no private key in PEM form" in result.stderr
        issue("other.example.org", days=-0.5).write(*node.given)
        node.given[1].write_text(issue(NAME).key_pem)
        result = node.run("files")
        for part in ("is not the key of", f"is not for {NAME}", "has ended"):
            assert part in result.stderr

    def test_takes_back_what_nginx_refuses(self, node: Node) -> None:
        good = issue(NAME)
        good.write(*node.given)
        node.done("files")
        issue(NAME).write(*node.given)
        nginx = node.host.commands / "nginx"
        nginx.write_text("#!/bin/sh\necho 'nginx: ee key too small' >&2\nexit 1\n", encoding="utf-8")
        result = node.run("files")
        assert result.returncode == 1
        assert "nginx: ee key too small" in result.stderr
        assert node.holds() == (good.chain_pem, good.key_pem)


class TestSelfSigned:
    def test_makes_one_for_all_names_and_keeps_it(self, node: Node) -> None:
        names = f"{NAME} *.{NAME}"
        node.done("self_signed", CERTIFICATE_NAMES=names)
        made = node.holds()
        node.done("self_signed", CERTIFICATE_NAMES=names)
        node.done("self_signed", "--check", CERTIFICATE_NAMES=names)
        assert node.holds() == made
        assert node.reloads() == 1
        node.done("self_signed", CERTIFICATE_NAMES=f"{NAME} new.example.org")
        assert node.holds() != made

    def test_keeps_one_of_an_older_version(self, node: Node) -> None:
        pair = issue(NAME)
        pair.write(node.folder / "fullchain.pem", node.folder / "privkey.pem")
        for path in node.folder.iterdir():
            path.chmod(0o600)
        node.done("self_signed")
        assert node.holds() == (pair.chain_pem, pair.key_pem)

    @pytest.mark.parametrize("days", [29.0, -1.0])
    def test_makes_a_new_one_in_time(self, node: Node, days: float) -> None:
        pair = issue(NAME, days=days, begins=-60)
        pair.write(node.folder / "fullchain.pem", node.folder / "privkey.pem")
        node.done("self_signed")
        assert node.holds()[0] != pair.chain_pem

    def test_does_not_go_on_with_the_copy_of_a_given_one(self, node: Node) -> None:
        given = issue(NAME)
        given.write(*node.given)
        node.done("files")
        node.done("self_signed")
        assert node.holds()[1] != given.key_pem


class TestAcme:
    def test_gives_an_issued_certificate_to_nginx_once(self, node: Node) -> None:
        pair = issue(NAME)
        node.certbot(pair)
        node.done("acme")
        assert node.holds() == (pair.chain_pem, pair.key_pem)
        assert node.reloads() == 1
        node.done("acme")
        assert node.reloads() == 1
        assert "--keep-until-expiring" in node.asked()
        assert "--register-unsafely-without-email" in node.asked()

    def test_asks_the_given_authority_for_all_names(self, node: Node) -> None:
        node.certbot(issue(NAME, "two.example.org"))
        given = {"ACME_CONTACT": "operations@example.org", "ACME_DIRECTORY": "https://ca.example.org/acme"}
        node.done("acme", CERTIFICATE_NAMES=f"{NAME} two.example.org", **given)
        for part in (
            "--email operations@example.org",
            "--server https://ca.example.org/acme",
            f"--domain {NAME} --domain two.example.org",
        ):
            assert part in node.asked()

    def test_a_chef_run_asks_nobody_and_leaves_nginx_something_to_answer_with(self, node: Node) -> None:
        node.certbot(None)
        node.done("acme", "--converge")
        first = node.holds()
        node.done("acme", "--check")
        assert not (node.host.state / "certbot").exists()
        result = node.run("acme")
        assert result.returncode == 1
        assert "does the name lead to this host" in result.stderr
        assert node.holds() == first

    def test_a_rebuilt_leader_uses_what_the_shared_file_system_holds(self, node: Node) -> None:
        pair = issue(NAME)
        node.live.mkdir(parents=True)
        pair.write(node.live / "fullchain.pem", node.live / "privkey.pem")
        node.done("acme", "--converge")
        assert node.holds() == (pair.chain_pem, pair.key_pem)

    def test_a_given_certificate_stays_until_one_is_issued(self, node: Node) -> None:
        given, issued = issue(NAME), issue(NAME)
        given.write(*node.given)
        node.done("files")
        node.certbot(None)
        assert node.run("acme").returncode == 1
        assert node.holds() == (given.chain_pem, given.key_pem)
        node.certbot(issued)
        node.done("acme")
        assert node.holds() == (issued.chain_pem, issued.key_pem)


def test_reloads_when_nginx_shows_another_one(node: Node) -> None:
    """As after a run that ended between the copy and the reload."""
    pair = issue(NAME)
    pair.write(*node.given)
    node.done("files")
    stand_in = node.host.commands / "openssl"
    shown = node.folder.parent / "shown.pem"
    shown.write_text(issue(NAME).chain_pem)
    stand_in.write_text(
        f'#!/bin/sh\n[ "$1" != s_client ] || exec cat {shown}\nPATH=${{PATH#*:}} exec openssl "$@"\n',
        encoding="utf-8",
    )
    stand_in.chmod(0o755)
    assert node.run("files", "--check").returncode == 1
    node.done("files")
    assert node.reloads() == 2
    shown.write_text(pair.chain_pem)
    node.done("files", "--check")
