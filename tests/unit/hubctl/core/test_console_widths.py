"""What the commands print fits terminals of 80 and of 60 columns: help, refusals, reports and tables."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import click
import pytest
from moto import mock_aws

from hubctl.adopt.differences import AttributeDifference, Difference, Offered
from hubctl.adopt.matching.candidates import Match, Matching
from hubctl.adopt.report import Files, print_outcome
from hubctl.adopt.request import AdoptionOutcome, Question
from hubctl.adopt.state.existing import ExistingState
from hubctl.cli import hubctl, main
from hubctl.core.console import Writer, out
from hubctl.demo.deployment import Steps
from hubctl.demo.run import print_next_steps
from hubctl.demo.summary import KindSummary, summary_table
from hubctl.destroy.holdings import DestroyDecision, Holding
from hubctl.destroy.report import agreed, print_destroyed
from hubctl.destroy.run import Destroyed, DestroyProspect
from hubctl.doctor.examination import LOGIN, error, hindered, ok, skipped, warning
from hubctl.doctor.report import print_report
from hubctl.doctor.run import Diagnosis
from hubctl.trial.aws import cli as local_aws_command
from hubctl.trial.aws.seed import SeededAccount
from hubctl.trial.hosts.announcement import RunningTrial, announce
from hubctl.trial.lab.instances import GroupMember
from hubctl.trial.lab.monitor import LabMoment
from hubctl.trial.lab.timeline import HEADER, TABLE, in_words, line
from stacks.adoption.file import AdoptionFile
from stacks.registry import STACK_NAMES, STACKS
from tests.support.printed import flat, too_wide

WIDTHS = [80, 60, 40, 30, 20]
HELP_WIDTHS = [80, 60]  # its two columns want some room
PROJECT = Path(__file__).resolve().parents[4]
STATES = PROJECT / "tests" / "plan" / "fixtures" / "adopt" / "states"
Run = Callable[..., str]
Print = Callable[[Callable[[Writer], None]], str]


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def run(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return ``run(*arguments)``: all that hubctl prints in a terminal of ``width``, after a look at its lines."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)  # it keeps the credentials that it once found
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    monkeypatch.setenv("COLUMNS", str(width))

    def called(*arguments: str, status: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["hubctl", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        text = printed.out + printed.err
        assert int(ended.value.code or 0) == status, text
        assert too_wide(text, width) == []
        return flat(text)

    return called


@pytest.fixture
def shown(width: int) -> Print:
    """Return ``shown(print)``: what a function prints in a terminal of ``width``, after a look at its lines."""

    def printed(write: Callable[[Writer], None]) -> str:
        stream = io.StringIO()
        write(Writer(file=stream, width=width))
        assert too_wide(stream.getvalue(), width) == []
        return flat(stream.getvalue())

    return printed


@pytest.fixture
def aws(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account in this process."""
    del run  # takes the environment's credentials away first
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield


def paths(group: click.Group = hubctl, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        if isinstance(command, click.Group):
            yield from paths(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("width", HELP_WIDTHS, indirect=True)
@pytest.mark.parametrize("path", list(paths()), ids=lambda path: " ".join(path) or "hubctl")
def test_help(path: tuple[str, ...], run: Run) -> None:
    assert f"Usage: {' '.join(['hubctl', *path])}" in run(*path, "--help")


@pytest.mark.parametrize("path", [path for path in paths() if path not in ((), ("plan",))], ids=" ".join)
def test_an_option_that_does_not_exist(path: tuple[str, ...], run: Run) -> None:
    said = run(*path, "--no-such-option-of-this-command", status=2)
    assert f"bin/hubctl {' '.join(path)} --help` for help" in said
    assert "Error: No such option" in said


@pytest.mark.parametrize(
    ("arguments", "status", "named"),
    [
        (("adopt", "--stack=aws-lab"), 2, "give one existing state"),
        (
            ("adopt", "--stack=aws-lab", f"--state={STATES}/campus.json", "--settings=zone_count=0"),
            2,
            "zone_count",
        ),
        (("adopt", "--stack=chef-hub", f"--state={STATES}/campus.json"), 2, "Use --stack aws-lab"),
        (("cookbooks", "list"), 2, "--bucket"),
        (("cost", "--region=us-moon-1"), 2, "no region us-moon-1"),
        (("demo", "--stack=none"), 2, "none"),
        (("destroy", "--stack=aws-lab", "--folder=nowhere"), 2, "there is no synthesized stack"),
        (("diagram", "--output=/dev/null"), 2, "is a file"),
        (("doctor", "--nameserver=there"), 2, "is not an address"),
        (("doctor", "--endpoint=there"), 2, "is not a URL"),
        (("local-aws", "--quota=5"), 2, "is not SERVICE/CODE=NUMBER"),
        (("local-lab", "demo", "--speed=99"), 2, "between 1 and 20"),
        (("nodes", "--prefix=chef-hub"), 2, "is not an SSM path"),
        (("nodes",), 2, "there are no AWS credentials"),
        (("plan", "--stack=aws-lab", "--folder=/nonexistent"), 2, "holds no cdk.tf.json"),
        (("simulate", "--stack=aws-lab"), 2, "either --scenario or --arrivals is needed"),
        (("simulate", "--stack=aws-lab", "--scenario=party"), 2, "party"),
    ],
    ids=lambda value: " ".join(map(str, value))[:40] if isinstance(value, tuple) else None,
)
def test_refusals(
    arguments: tuple[str, ...], status: int, named: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    assert named in run(*arguments, status=status)


def test_cost(run: Run, folder: Path) -> None:
    said = run("cost", f"--folder={folder}", "--region=af-south-1")
    for word in ("CertificateDaysLeft,", "instances", "how those of af-south-1 differ", "aws_route_table"):
        assert word in said, word


def test_simulate(run: Run, folder: Path) -> None:
    said = run(
        "simulate",
        "--stack=chef-hub",
        "--scenario=exam",
        "--compare=worker_max_size=20,hub_max_users=55",
        "--compare=worker_max_size=20,hub_max_users=60,hub_max_cluster_memory_gib=90",
        f"--folder={folder}",
    )
    for word in ("hub_max_cluster_memory_gib", "comparison 2", "users found no place"):
        assert word in said, word


def test_doctor(run: Run, folder: Path) -> None:
    said = run("doctor", f"--folder={folder}", status=1)
    assert said.count("there are no AWS credentials") == 1
    assert "export TF_VAR_domain_name=hub.YOUR.DOMAIN" in said


def test_findings_of_the_doctor(shown: Print) -> None:
    ask = "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-1216C47A --desired-value 20"
    findings = [
        ("zones", ok("zones", "us-east-1a, us-east-1b: available; Terraform chooses them of 6")),
        (
            "images",
            warning("lab-1", "the image is 91 days old, security updates are missing", "Build it anew."),
        ),
        ("vcpus", error("L-1216C47A", "5 vCPUs, needed are 16 (4 of m6i.xlarge)", f"Ask for 20: `{ask}`.")),
    ]
    said = shown(
        lambda writer: print_report(
            [Diagnosis(stack="aws-lab", region="us-east-1", findings=findings)], writer
        )
    )
    assert f"`{ask}`" in said
    assert "aws-lab: not ready (1 error, 1 warning, 1 ok)" in said


def test_adopt(shown: Print, tmp_path: Path) -> None:
    theirs = 'module.lab["maths"].aws_cloudwatch_metric_alarm.sessions-above-the-threshold'
    file = AdoptionFile(
        version=1,
        stack="aws-lab",
        settings={"profile": "original"},
        keep={"aws_lb_target_group.lab": {"name": "campus-lab", "deregistration_delay": 30}},
    )
    attribute = AttributeDifference(
        name="description",
        existing="managed by hand",
        planned="the Lab",
        change='description: "managed by hand" → "the Lab"',
        forces_replacement=True,
    )
    difference = Difference(
        address="aws_security_group.balancer",
        action="replace",
        attributes=(attribute,),
        remedy="--keep aws_security_group.balancer.description",
    )
    match = Match(
        ours="aws_cloudwatch_metric_alarm.sessions-high",
        theirs=theirs,
        certainty="guessed",
        reasons=("same metric", "refers to the same policy"),
    )
    outcome = AdoptionOutcome(
        state=ExistingState.__new__(ExistingState),
        file=file,
        matching=Matching(matches=[match], only_there=(), only_here=()),
        differences=[difference],
        updates=[difference],
        offers=[
            Offered(
                name="aws_lb_listener.https.ssl_policy",
                group="tls",
                change='ssl_policy: "ELBSecurityPolicy-2016-08" → "ELBSecurityPolicy-TLS13-1-2-2021-06"',
                notice="browsers that only know older TLS versions cannot connect",
            )
        ],
        questions=[
            Question(part="there", name="aws_instance.jump", proposal="carry", others=("forget",)),
            Question(part="settings", name="hosted_zone", proposal="", why="the state has only its id"),
        ],
        shadowed={"vpc_cidr": ["aws_subnet.public_1.cidr_block", "aws_subnet.public_2.cidr_block"]},
        idle=["tls"],
        counts={"replace": 1, "move": 64},
        only_there={"aws_instance.jump": "would be destroyed"},
        only_here={"aws_efs_file_system.homes": "would be created"},
        overruled={"profile": "recommended"},
        secret_settings=(),
        strict=False,
    )
    said = shown(
        lambda writer: print_outcome(outcome, Files(adoption=tmp_path / "aws-lab.draft.json"), writer)
    )
    for word in (theirs, "aws_cloudwatch_metric_alarm.sessions-high", "aws_efs_file_system.homes", "(forces"):
        assert word in said, word
    assert "Not yet: something would be changed (replace)." in said


HOMES = Holding(
    address="aws_efs_file_system.research_shared_fs", kind="file system", id="fs-0123", amount=7, unit="MiB"
)


def test_destroy(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    prospect = DestroyProspect(decision=DestroyDecision(kept=(HOMES,), lost=(HOMES,)), resources=60)
    assert agreed(prospect, "chef-hub", yes=True)
    done = Destroyed(
        kept=(HOMES,),
        saved_state=Path("/srv/project/destroyed/chef-hub-20261122T101500Z.tfstate"),
        imports=Path("/srv/project/adoption/chef-hub.json"),
        parameters_kept=("/chef-hub/hub/login/client-id", "/chef-hub/hub/login/client-secret"),
    )
    print_destroyed("chef-hub", done, out)
    printed = capsys.readouterr()
    assert too_wide(printed.out + printed.err, width) == []
    assert "aws efs delete-file-system --file-system-id fs-0123" in printed.out


@pytest.mark.usefixtures("aws")
def test_nodes(run: Run) -> None:
    ssm = boto3.client("ssm")
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    live = {"version": "20261122T101500Z-3f1c9a0b7d22", "chef_server": "i-0123456789abcdef0"}
    worker = {
        "state": "converged",
        "node_kind": "worker",
        "role": "worker",
        "cookbooks": "20261121T101500Z-3f1c9a0b7d22",
        "instance": "i-0123456789abcdef0",
        "at": at,
    }
    failed = {
        "state": "failed",
        "step": "wait for the Chef Server",
        "error": "gave up after 1800 s " * 5,
        "at": at,
    }
    for name, document in (
        ("cookbooks/live", live),
        ("worker-i-0123456789abcdef0/status", worker),
        ("worker-i-0123456789abcdef1/status", failed),
    ):
        ssm.put_parameter(Name=f"/chef-hub/{name}", Value=json.dumps(document), Type="String")
    said = run("nodes", status=1)
    for word in (
        "worker-i-0123456789abcdef0",
        "20261121T101500Z-3f1c9a0b7d22 (behind)",
        "i-0123456789abcdef0",
    ):
        assert word in said, word


@pytest.mark.usefixtures("aws")
def test_cookbooks(run: Run) -> None:
    bucket = "chef-hub-bootstrap-of-a-department-with-a-long-name"
    boto3.client("s3").create_bucket(Bucket=bucket)
    assert "no cookbooks in" in run("cookbooks", "list", f"--bucket={bucket}")
    assert "within five minutes" in run("cookbooks", "push", f"--bucket={bucket}")
    assert "latest" in run("cookbooks", "list", f"--bucket={bucket}")
    assert "nothing to do" in run("cookbooks", "push", f"--bucket={bucket}")
    assert "there is no version" in run("cookbooks", "push", f"--bucket={bucket}", "--to=none", status=2)


def test_demo(shown: Print) -> None:
    names = ("alarms-hosts-none-healthy", "alarms-sessions-high", "chef-hub-bootstrap-0123456789")
    kinds = [KindSummary(kind="default security group (emptied)", count=3, examples=names)]

    def write(writer: Writer) -> None:
        steps = Steps(writer, 4)
        with steps.step(
            "Start an AWS on this machine, with the DNS zone lab.example.test and machine images"
        ):
            steps.line(
                "aws-lab: 3 of 64 created, waiting for aws_lb.lab and 3 more; chef-hub: preparing, 4 s"
            )
        summary_table("aws-lab", kinds).show(writer)
        print_next_steps(tuple(STACKS.values()), writer)

    said = shown(write)
    assert all(name in said for name in ("alarms-hosts-none-healthy", "chef-hub-bootstrap-0123456789"))


def test_local_aws(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Aws:
        endpoint_url = "http://127.0.0.1:45678"

    monkeypatch.setenv("COLUMNS", str(width))
    account = SeededAccount(
        domain="lab.example.test",
        hosted_zone_id="Z0123456789ABCDEFGHIJ",
        image_ids={"ubuntu-22.04-chef-workstation-24.4.1064-20261122": "ami-0123456789abcdef0"},
        key_pair="public-jump-1",
        bucket=None,
    )
    variables = {"AWS_CONFIG_FILE": f"/tmp/{'x' * 80}/config", "AWS_ENDPOINT_URL": Aws.endpoint_url}
    local_aws_command._announce(Aws(), account, variables)  # type: ignore[arg-type]
    text = capsys.readouterr().out
    assert too_wide(text, width) == []
    assert f"export AWS_CONFIG_FILE=/tmp/{'x' * 80}/config\n" in text
    assert "ubuntu-22.04-chef-workstation-24.4.1064-20261122" in text


MOMENT = LabMoment(
    at=59.6,
    lab_minutes=109.9,
    sessions={"i-1": 25},
    average=25.0,
    alarms={"local-lab-sessions-high": "ALARM", "local-lab-sessions-low": "INSUFFICIENT_DATA"},
    desired=11,
    members={"i-1": GroupMember(state="InService", healthy=True, protected=True)},
    healthy=1,
)


def test_local_lab(shown: Print, width: int) -> None:
    assert {len(each) for each in (*HEADER.split("\n"), line(MOMENT)) if each.endswith(("d", "1"))} == {TABLE}
    if width < TABLE:
        assert "instances desired 11, in service 1" in shown(
            lambda writer: writer.say(in_words(MOMENT), hang=2)
        )


@pytest.mark.parametrize("administrators", [(), ("admin",)])
def test_trials(shown: Print, administrators: tuple[str, ...]) -> None:
    trial = RunningTrial(
        name="hub",
        command="local-swarm",
        url="https://notebooks.hub.test/hub/login",
        hostname="notebooks.hub.test",
        address="10.213.7.2",
        password="t0-be-typed",
        administrators=administrators,
        certificate=Path("/srv/hubctl-local-swarm/certificate.pem"),
        kept=[Path("/srv/hubctl-local-swarm")],
    )
    said = shown(lambda writer: announce(trial, writer))
    assert ("admin (administrator)" in said) is bool(administrators)
    for word in ("t0-be-typed", "local-swarm down", "10.213.7.2 notebooks.hub.test", "certificate.pem"):
        assert word in said, word


def test_what_waits_for_credentials_is_one_finding(shown: Print) -> None:
    findings = [
        ("credentials", error("credentials", "there are no AWS credentials", LOGIN)),
        *((name, skipped(name, hindered("credentials"))) for name in ("region", "zones", "images")),
        ("backend", ok("backend local", "the state is terraform.tfstate on this machine")),
    ]
    diagnoses = [Diagnosis(stack=name, region="us-east-1", findings=findings) for name in STACK_NAMES]
    said = shown(lambda writer: print_report(diagnoses, writer))
    assert said.count(LOGIN) == 1
    assert said.count("not looked at") == 1
    assert said.count("terraform.tfstate") == 2
