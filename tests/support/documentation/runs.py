"""Which documented commands the tests run, and why the others are only checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.documentation import pages, shell

# These are run in a copy of the project, against the local AWS: the first words of a command.
RUN = (
    "hubctl --help",
    "hubctl cost",
    "hubctl diagram",
    "hubctl simulate",
    "make",  # alone: the list of targets
    "python main.py",
    "terraform init",
    "terraform plan",
    "terraform validate",
)
# The beginning of a command, and why it is not run from the page
NOT_RUN = {
    "apt-get": "changes the machine",
    "aws": "asks a real account",
    "brew": "changes the machine",
    "cdktf deploy": "`make demo` runs it, against the local AWS",
    "cdktf destroy": "`make demo` builds what it would destroy",
    "cdktf synth": "is what make synth runs; tests/plan runs main.py",
    "cp": "of a file that the reader has",
    "docker": "pushes to a registry, or asks a running Swarm",
    "git": "commits",
    "xargs": "changes the sources",
    "hubctl adopt": "needs a state of the reader: tests/plan/adopt",
    "hubctl cookbooks": "needs a deployed hub: tests/unit/hubctl/cookbooks",
    "hubctl demo": "minutes long; CI runs make demo",
    "hubctl destroy": "needs a deployed stack: its own tests",
    "hubctl doctor": "asks the world's name servers too: tests/unit/hubctl/doctor",
    "hubctl local-aws": "serves until it is stopped: tests/unit/hubctl/commands",
    "hubctl local-swarm": "needs root and Docker: tests/e2e",
    "hubctl nodes": "needs a deployed hub: tests/unit/hubctl/nodes",
    "hubctl plan": "needs a deployed stack: its own tests",
    "images/build-containers": "builds with Docker and pushes to a registry",
    "journalctl": "on a node",
    "make": "runs set-up first, and most of them this very test",
    "npm": "changes the project's packages",
    "packer": "builds in a real account",
    "python -m": "what make runs",
    "sed": "changes the sources",
    "sudo": "needs root",
    "systemctl": "on a node",
    "terraform apply": "tests/plan/test_apply.py",
    "terraform destroy": "the tests of destroying",
    "terraform force-unlock": "needs a locked state",
    "terraform import": "needs resources",
    "terraform login": "asks Terraform Cloud",
    "terraform output": "needs an applied stack",
    "terraform show": "needs a state of the reader",
    "terraform state": "needs a state of the reader",
    "terraform untaint": "needs a state of the reader",
    "terraform workspace": "needs another backend",
}
# Said before or after others, harmless alone
PLAIN = frozenset(
    [
        "cd",
        "diff",
        "echo",
        "export",
        "grep",
        "jq",
        "ls",
        "mkdir",
        "mktemp",
        "mv",
        "printf",
        "read",
        "rm",
        "umask",
    ]
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """The first lines of a block, up to the first that is not run."""

    where: str
    lines: tuple[str, ...]


def kind(words: list[str]) -> str:
    """Return run, not run or plain; raise KeyError for a command that no list has."""
    program = words[0] if words[0].startswith("images/") else Path(words[0]).name
    text = " ".join([program, *words[1:]])
    if program in PLAIN:
        return "plain"
    if any(text == start or (start != "make" and text.startswith(f"{start} ")) for start in RUN):
        return "run"
    if any(text == start or text.startswith(f"{start} ") for start in NOT_RUN):
        return "not run"
    raise KeyError(f"{text}: say in {__name__} whether it is run, or why not")


def parts(project: Path) -> Iterator[Part]:
    """Yield what is run of each block of the documentation; a line that another block has too is run once."""
    done: set[str] = set()
    for page in pages.pages(project):
        for block in pages.blocks(project, page):
            found = tuple(_runnable(shell.lines(block.script() or "")))
            if any("run" in _kinds(line) for line in found) and not set(found) <= done:
                yield Part(where=f"{block.page}:{block.line}", lines=found)
                done.update(found)


def _runnable(lines: list[str]) -> Iterator[str]:
    other_backend = False
    for line in lines:
        other_backend = other_backend or '"backend"' in line
        if "not run" in _kinds(line) or (other_backend and "terraform " in line):
            return
        yield line


def _kinds(line: str) -> list[str]:
    return [kind(words) for words in shell.commands(line)]
