"""close-containers against a packet filter that remembers its rules."""

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
file = os.environ["RULES"]
rules = json.load(open(file)) if os.path.exists(file) else {}
words = sys.argv[3:]  # -w 10
table = "filter"
if words[0] == "-t":
    table, words = words[1], words[2:]
what, chain, rest = words[0], words[1], words[2:]
key = table + " " + chain
known = ("filter INPUT", "raw PREROUTING")
if what == "-N":
    if key in rules: sys.exit(1)
    rules[key] = []
elif what == "-F":
    if key not in rules: sys.exit(1)
    rules[key] = []
elif what == "-X":
    if rules.pop(key): sys.exit(1)
elif what == "-I":
    rules.setdefault(key, []).insert(int(rest[0]) - 1, rest[1:])
elif what == "-A":
    rules[key].append(rest)
elif what == "-C":
    sys.exit(0 if rest in rules.get(key, []) else 1)
elif what == "-D":
    rules[key].remove(rest)
json.dump(rules, open(file, "w"))
"""
)


class PacketFilter:
    def __init__(self, folder: Path, program: Path) -> None:
        self.program, self.rules_file = program, folder / "rules.json"
        (folder / "bin").mkdir()
        (folder / "bin/iptables").write_text(FILTER, encoding="utf-8")
        (folder / "bin/iptables").chmod(0o755)
        image = folder / "image.json"
        image.write_text(json.dumps({"bridge": "br-lab", "gateway": "100.96.0.1"}), encoding="utf-8")
        self.environment = {
            "PATH": f"{folder}/bin:{os.environ['PATH']}",
            "RULES": str(self.rules_file),
            "LAB_IMAGE_FILE": str(image),
        }

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.program), command],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )

    def rules(self) -> dict[str, list[str]]:
        found = json.loads(self.rules_file.read_text(encoding="utf-8"))
        return {chain: [" ".join(rule) for rule in rules] for chain, rules in found.items() if rules}


@pytest.fixture
def packet_filter(tmp_path: Path, cookbooks: Path) -> PacketFilter:
    return PacketFilter(tmp_path, cookbooks / "jupyterhub_lab/files/default/close-containers")


CLOSED = {
    "filter JUPYTERHUB-LAB": [
        "-m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        "-d 100.96.0.1 -p tcp --dport 8081 -j ACCEPT",
        "-j DROP",
    ],
    "filter INPUT": ["-i br-lab -j JUPYTERHUB-LAB"],
    "raw PREROUTING": ["-i br-lab -p udp --dport 2049 -j DROP", "-i br-lab -p tcp --dport 2049 -j DROP"],
}


def test_containers_reach_the_hubs_api_alone_and_no_file_server(packet_filter: PacketFilter) -> None:
    for _ in range(2):  # the second time changes nothing
        assert packet_filter.run("add").returncode == 0
        assert packet_filter.rules() == CLOSED


def test_the_rules_go_without_a_trace(packet_filter: PacketFilter) -> None:
    packet_filter.run("add")
    for _ in range(2):
        assert packet_filter.run("remove").returncode == 0
        assert packet_filter.rules() == {}


def test_other_words_change_nothing(packet_filter: PacketFilter) -> None:
    packet_filter.run("add")
    refused = packet_filter.run("open")
    assert refused.returncode == 1
    assert "neither add nor remove" in refused.stderr
    assert packet_filter.rules() == CLOSED
