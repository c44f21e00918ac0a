import socket

import dns.message
import dns.query
import dns.rcode
import pytest

from hubctl.trial.hosts import name_service
from tests.support.serving import serving
from tests.support.waiting import PATIENCE


def test_an_unknown_name_is_denied_at_once() -> None:
    with serving(name_service.NameServer("127.0.0.1", 0)) as server:
        address, port = server.server_address[:2]
        for kind in ("A", "AAAA"):
            question = dns.message.make_query("notebook-ada.", kind)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nonsense:
                nonsense.sendto(b"nonsense", (address, port))  # and the server lives on
            response = dns.query.udp(question, str(address), port=port, timeout=PATIENCE)
            assert response.rcode() == dns.rcode.NXDOMAIN
            assert not response.answer


def test_what_is_no_question_has_no_answer() -> None:
    with pytest.raises(dns.exception.DNSException):
        name_service.no_such_name(b"nonsense")


def test_the_resolver_file_leads_to_the_hosts_own_server() -> None:
    assert name_service.resolver_file("198.51.100.11") == "nameserver 198.51.100.11\n"
    assert name_service.name_server_command("198.51.100.11")[-1] == "198.51.100.11"
