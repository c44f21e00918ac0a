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
    "aws": "asks a real account",
    "cdktf deploy": "`make demo` runs it, against the local AWS",
    "cp": "of a file that the reader has",
    "docker": "pushes to a registry, or asks a running Swarm",
    "git": "commits",
    "xargs": "changes the sources",
    "hubctl adopt": "needs a state of the reader: tests/plan/adopt/test_guide.py",
    "hubctl cookbooks": "needs a deployed hub: tests/unit/hubctl/cookbooks",
    "hubctl destroy": "needs a deployed stack: tests/unit/hubctl/destroy, tests/plan/test_apply.py",
    "hubctl doctor": "asks the world's name servers too: tests/unit/hubctl/doctor",
    "hubctl local-aws": "serves until it is stopped: tests/unit/hubctl/trial/aws",
    "hubctl maintenance": "needs a deployed hub: tests/unit/hubctl/maintenance",
    "hubctl nodes": "needs a deployed hub: tests/unit/hubctl/nodes",
    "hubctl rollout": "needs a deployed hub: tests/unit/hubctl/rollout, tests/e2e/lab",
    "hubctl timetable": "needs a file of the reader: tests/unit/hubctl/timetable",
    "hubctl plan": "needs an initialized folder of the reader: tests/unit/hubctl/plan",
    "install": "of a state that the reader has: tests/plan/adopt/test_guide.py",
    "images/build-containers": "builds with Docker and pushes to a registry",
    "images/pin-notebook-base": "asks a registry: tests/unit/images/test_containers.py",
    "knife": "needs a Chef Server of the reader: tests/unit/hub_constructs/chef_hub/bootstrap/test_workstation.py",
    "make": "runs set-up first, and most of them this very test",
    "packer": "builds in a real account",
    "sudo": "needs root",
    "terraform apply": "tests/plan/test_apply.py",
    "terraform destroy": "tests/plan/test_apply.py",
    "terraform login": "asks Terraform Cloud",
    "terraform output": "needs an applied stack: tests/plan/test_apply.py",
    "terraform state": "needs a state of the reader",
}
# Said before or after others, harmless alone
PLAIN = frozenset(
    [
        "cd",
        "chmod",
        "diff",
        "dirname",
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


def spoken(words: list[str]) -> str:
    """Return a command as the lists here write it: the program without its folder."""
    program = words[0] if words[0].startswith("images/") else Path(words[0]).name
    return " ".join([program, *words[1:]])


def reasons(words: list[str]) -> list[str]:
    """Return the entries of NOT_RUN that a command begins with."""
    text = spoken(words)
    return [start for start in NOT_RUN if text == start or text.startswith(f"{start} ")]


def kind(words: list[str]) -> str:
    """Return run, not run or plain; raise KeyError for a command that no list has."""
    text = spoken(words)
    program = text.split(maxsplit=1)[0]
    if program in PLAIN:
        return "plain"
    if any(text == start or (start != "make" and text.startswith(f"{start} ")) for start in RUN):
        return "run"
    if reasons(words):
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
