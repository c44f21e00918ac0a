"""The certificate's program, with a stand-in of the ACME client."""

from pathlib import Path

import pytest

from tests.cookbooks.program_host import Host


class TestRenewCertificate:
    @pytest.fixture
    def settings(self, tmp_path: Path) -> dict[str, str]:
        folder = tmp_path / "nginx"
        folder.mkdir()
        (folder / "fullchain.pem").write_text("self-signed")
        return {
            "HUB_HOSTNAME": "notebooks.example.org",
            "ACME_STATE": str(tmp_path / "acme"),
            "ACME_WEBROOT": str(tmp_path / "webroot"),
            "CERTIFICATE_FOLDER": str(folder),
        }

    def certbot(self, host: Host, settings: dict[str, str], *, code: int = 0) -> None:
        """Put an ACME client on PATH that issues unless it fails."""
        live = f"{settings['ACME_STATE']}/config/live/{settings['HUB_HOSTNAME']}"
        issue = f"mkdir -p {live}; echo chain >{live}/fullchain.pem; echo key >{live}/privkey.pem"
        path = host.commands / "certbot"
        path.write_text(
            f'#!/bin/sh\necho "$@" >>{host.state}/certbot\n{issue if code == 0 else ":"}\nexit {code}\n',
            encoding="utf-8",
        )
        path.chmod(0o755)

    def test_gives_an_issued_certificate_to_nginx_once(self, host: Host, settings: dict[str, str]) -> None:
        host.put("packages", ["nginx"])
        self.certbot(host, settings)
        folder = Path(settings["CERTIFICATE_FOLDER"])
        result = host.run("renew-certificate", **settings)
        assert result.returncode == 0, result.stderr
        assert (folder / "fullchain.pem").read_text() == "chain\n"
        assert (folder / "privkey.pem").stat().st_mode & 0o777 == 0o600
        assert ["systemctl", "reload-or-restart", "nginx.service"] in host.calls()
        before = len(host.calls())
        assert host.run("renew-certificate", **settings).returncode == 0
        assert ["systemctl", "reload-or-restart", "nginx.service"] not in host.calls()[before:]
        asked = (host.state / "certbot").read_text()
        assert "--keep-until-expiring" in asked
        assert "--register-unsafely-without-email" in asked

    def test_asks_the_given_authority_in_the_given_name(self, host: Host, settings: dict[str, str]) -> None:
        host.put("packages", ["nginx"])
        self.certbot(host, settings)
        given = {"ACME_CONTACT": "operations@example.org", "ACME_DIRECTORY": "https://ca.example.org/acme"}
        assert host.run("renew-certificate", **settings, **given).returncode == 0
        asked = (host.state / "certbot").read_text()
        assert "--email operations@example.org" in asked
        assert "--server https://ca.example.org/acme" in asked

    def test_a_failure_is_told_and_keeps_what_nginx_has(self, host: Host, settings: dict[str, str]) -> None:
        self.certbot(host, settings, code=1)
        result = host.run("renew-certificate", **settings)
        assert result.returncode == 1
        assert "does the name lead to this host" in result.stderr
        assert (Path(settings["CERTIFICATE_FOLDER"]) / "fullchain.pem").read_text() == "self-signed"

    def test_a_rebuilt_leader_uses_what_the_shared_file_system_holds(
        self, host: Host, settings: dict[str, str]
    ) -> None:
        host.put("packages", ["nginx"])
        live = Path(settings["ACME_STATE"]) / "config/live" / settings["HUB_HOSTNAME"]
        live.mkdir(parents=True)
        (live / "fullchain.pem").write_text("issued before")
        (live / "privkey.pem").write_text("key")
        self.certbot(host, settings, code=1)
        assert host.run("renew-certificate", **settings).returncode == 1
        assert (Path(settings["CERTIFICATE_FOLDER"]) / "fullchain.pem").read_text() == "issued before"
