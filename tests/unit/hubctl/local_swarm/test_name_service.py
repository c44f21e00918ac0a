import socket
import threading

import dns.message
import dns.query
import dns.rcode
import pytest

from hubctl.local_swarm import name_service


def test_an_unknown_name_is_denied_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        threading.Thread(target=name_service.serve, args=(udp,), daemon=True).start()
        address, port = udp.getsockname()
        for kind in ("A", "AAAA"):
            question = dns.message.make_query("notebook-ada.", kind)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nonsense:
                nonsense.sendto(b"nonsense", (address, port))  # and the server lives on
            response = dns.query.udp(question, address, port=port, timeout=5)
            assert response.rcode() == dns.rcode.NXDOMAIN
            assert not response.answer


def test_what_is_no_question_has_no_answer() -> None:
    with pytest.raises(dns.exception.DNSException):
        name_service.answer(b"nonsense")


def test_the_resolver_file_leads_to_the_hosts_own_server() -> None:
    assert name_service.resolver_file("198.51.100.11") == "nameserver 198.51.100.11\n"
    assert name_service.command("198.51.100.11")[-1] == "198.51.100.11"
