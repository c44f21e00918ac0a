"""fence-containers against a packet filter that remembers its rules, and asks which one a packet meets first."""

import ipaddress
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import PATIENCE

FILTER = (
    f"#!{sys.executable} -IS\n"
    + """
import json, os, sys
name, words = os.path.basename(sys.argv[0]), sys.argv[1:]
file = os.environ["RULES"] + "." + name.removesuffix("-restore")
rules = json.load(open(file)) if os.path.exists(file) else {"PREROUTING": []}
assert words[:2] == ["-w", "10"], words
if name.endswith("-restore"):
    assert words[2:] == ["--noflush"], words
    lines = sys.stdin.read().splitlines()
    assert (lines[0], lines[-1]) == ("*mangle", "COMMIT"), lines
    for line in lines[1:-1]:
        if line.startswith(":"):
            rules[line[1:].split()[0]] = []
        else:
            what, chain, *rest = line.split()
            assert what == "-A"
            rules[chain].append(rest)
else:
    assert words[2:4] == ["-t", "mangle"], words
    what, chain, *rest = words[4:]
    if what == "-C":
        sys.exit(rest not in rules[chain])
    elif what == "-A":
        rules[chain].append(rest)
    elif what == "-D":
        rules[chain].remove(rest)
    elif what == "-F":
        if chain not in rules: sys.exit(1)
        rules[chain] = []
    elif what == "-X":
        assert rules.pop(chain) == []
        assert not any(chain in rule for rule in rules["PREROUTING"])
json.dump(rules, open(file, "w"))
"""
)
ROUTES = """#!/bin/bash
[[ $* == "-o -4 route show proto kernel scope link" ]] || exit 0
echo "198.51.100.0/24 dev eth0 src 198.51.100.11"
"""
CHAIN = "CHEF-HUB-FENCE"
WORKER = ("closed", "10.0.0.0/8", "192.0.0.0/18")


class PacketFilter:
    """One machine's rules; its own address is 198.51.100.11."""

    def __init__(self, folder: Path, program: Path) -> None:
        self.program, self.rules_file = program, folder / "rules"
        (folder / "bin").mkdir()
        tools = {"ip": ROUTES}
        for tool in ("iptables", "ip6tables"):
            tools |= {tool: FILTER, f"{tool}-restore": FILTER}
        for name, text in tools.items():
            (folder / "bin" / name).write_text(text, encoding="utf-8")
            (folder / "bin" / name).chmod(0o755)
        self.environment = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "RULES": str(self.rules_file)}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.program), *words],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def rules(self, tool: str = "iptables") -> dict[str, list[list[str]]]:
        found: dict[str, list[list[str]]] = json.loads(
            Path(f"{self.rules_file}.{tool}").read_text(encoding="utf-8")
        )
        return found

    def open(self, address: str, port: str, *, established: bool = False) -> bool:
        """Tell whether a container's packet passes; ``port`` as in tcp/22."""
        tool = "ip6tables" if ":" in address else "iptables"
        if tool == "ip6tables" and not Path("/proc/net/if_inet6").exists():
            pytest.skip("this machine has no IPv6, so nothing is closed there")
        assert self.rules(tool)["PREROUTING"] == [["-i", "docker_gwbridge", "-j", CHAIN]]
        protocol, number = port.split("/")
        for rule in self.rules(tool)[CHAIN]:
            said = dict(zip(rule[::2], rule[1::2], strict=True))
            if "--ctstate" in said and not established:
                continue
            if "--dst-type" in said and address not in ("198.51.100.11", "fd00::11"):
                continue
            if said.get("-p", protocol) != protocol or said.get("--dport", number) != number:
                continue
            if "-d" in said and ipaddress.ip_address(address) not in ipaddress.ip_network(said["-d"]):
                continue
            return said["-j"] == "RETURN"
        return True


@pytest.fixture
def packet_filter(tmp_path: Path, cookbooks: Path) -> PacketFilter:
    return PacketFilter(tmp_path, cookbooks / "docker_swarm/files/default/fence-containers")


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("198.51.100.11", "tcp/22"),  # the node itself
        ("198.51.100.11", "tcp/80"),
        ("198.51.100.12", "tcp/22"),  # its neighbours
        ("198.51.100.10", "tcp/2377"),
        ("198.51.100.10", "udp/7946"),
        ("192.0.7.1", "tcp/443"),  # the Chef Server in another network of the VPC
        ("10.1.2.3", "tcp/5432"),
        ("2001:db8::1", "tcp/443"),
    ],
)
def test_notebooks_do_not_reach_nodes(packet_filter: PacketFilter, address: str, port: str) -> None:
    assert packet_filter.run("add", *WORKER).returncode == 0
    assert not packet_filter.open(address, port)
    assert packet_filter.open(address, port, established=True), "what is connected must stay connected"


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("203.0.113.9", "tcp/443"),
        ("203.0.113.9", "tcp/22"),
        ("198.51.100.2", "udp/53"),
        ("10.0.0.2", "tcp/53"),
    ],
)
def test_notebooks_reach_the_internet_and_name_servers(
    packet_filter: PacketFilter, address: str, port: str
) -> None:
    packet_filter.run("add", *WORKER)
    assert packet_filter.open(address, port)


def test_what_is_allowed_is_open_but_neither_this_node_nor_the_swarms_ports(
    packet_filter: PacketFilter,
) -> None:
    allowed = ("allowed", "10.1.2.0/24", "198.51.100.0/24", "2001:db8::/64")
    assert packet_filter.run("add", *WORKER, *allowed).returncode == 0
    assert packet_filter.open("10.1.2.3", "tcp/5432")
    assert packet_filter.open("2001:db8::1", "tcp/5432")
    assert not packet_filter.open("10.1.3.3", "tcp/5432")
    assert not packet_filter.open("2001:db8:1::1", "tcp/5432")
    assert not packet_filter.open("198.51.100.11", "tcp/22")
    assert not packet_filter.open("198.51.100.10", "tcp/2377")


def test_the_hub_reaches_all_but_its_node_and_the_swarms_ports(packet_filter: PacketFilter) -> None:
    assert packet_filter.run("add").returncode == 0
    assert packet_filter.open("10.1.2.3", "tcp/5432")
    assert packet_filter.open("198.51.100.1", "tcp/443")
    assert packet_filter.open("2001:db8::1", "tcp/443")
    assert not packet_filter.open("198.51.100.11", "tcp/22")
    assert not packet_filter.open("198.51.100.12", "tcp/7946")


def test_a_second_run_changes_nothing_and_another_list_takes_the_olds_place(
    packet_filter: PacketFilter,
) -> None:
    packet_filter.run("add", *WORKER)
    before = packet_filter.rules()
    assert packet_filter.run("add", *WORKER).returncode == 0
    assert packet_filter.rules() == before
    packet_filter.run("add", "closed", "10.0.0.0/8")
    assert packet_filter.open("192.0.7.1", "tcp/443")
    assert not packet_filter.open("10.1.2.3", "tcp/443")


def test_the_rules_go_without_a_trace(packet_filter: PacketFilter) -> None:
    packet_filter.run("add", *WORKER)
    for _ in range(2):
        assert packet_filter.run("remove").returncode == 0
        assert packet_filter.rules() == {"PREROUTING": []}
        if Path("/proc/net/if_inet6").exists():
            assert packet_filter.rules("ip6tables") == {"PREROUTING": []}


@pytest.mark.parametrize("words", [("open",), ("add", "10.0.0.0/8"), ("add", "closed", "example.com")])
def test_other_words_change_nothing(packet_filter: PacketFilter, words: tuple[str, ...]) -> None:
    packet_filter.run("add", *WORKER)
    before = packet_filter.rules()
    refused = packet_filter.run(*words)
    assert refused.returncode == 1
    assert refused.stderr.startswith("fence-containers: ")
    assert packet_filter.rules() == before
