"""A secret at any place of a state is in no file, no output and no error of an adoption, whatever is carried and kept."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.preconditions import root_configuration
from hubctl.errors import HubctlError
from hubctl.local_aws.server import LocalAws
from hubctl.terraform.driver import Terraform
from hubctl.terraform.environment import driver_environment
from tests.plan.adopt.conftest import HARMLESS, Document, Run
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.terraform

CANARY = "canary"  # every secret below has it in its middle
Attributes = dict[str, Any]


def secret(place: str) -> str:
    return f"x7-{CANARY}-{place}-41"


def marked(*attributes: str) -> list[list[dict[str, str]]]:
    return [[{"type": "get_attr", "value": name}] for name in attributes]


def header_rule(listener: str) -> Attributes:
    header = {"http_header_name": "X-Origin-Verify", "values": [secret("header")]}
    return {
        "arn": "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/x/1/2/3",
        "listener_arn": listener,
        "priority": 7,
        "action": [
            {
                "type": "fixed-response",
                "fixed_response": [{"content_type": "text/plain", "status_code": "403"}],
            }
        ],
        "condition": [{"http_header": [header]}],
    }


def additions() -> dict[str, Attributes]:
    """Return resources that the designs do not have, each with secrets at its own kind of place."""
    container = {
        "name": "hub",
        "image": "hub:1",
        "environment": [{"name": "ANY", "value": secret("container-variable")}],
        "command": ["hub", "--token", secret("container-command")],
    }
    script = f"#!/bin/sh\nexport HUB_SECRET={secret('user-data')}\n"
    referer = {"StringEquals": {"aws:Referer": secret("referer")}}
    return {
        "aws_ssm_parameter.oauth": {
            "name": "/hub/oauth",
            "type": "SecureString",
            "value": secret("parameter"),
        },
        "aws_secretsmanager_secret_version.db": {
            "secret_id": "db",
            "secret_string": secret("secret-version"),
        },
        "aws_db_instance.db": {
            "instance_class": "db.t3.micro",
            "username": "hub",
            "password": secret("database"),
            "engine": "postgres",
        },
        "aws_lambda_function.notify": {
            "function_name": "notify",
            "role": "arn:aws:iam::123456789012:role/notify",
            "environment": [{"variables": {"ANY": secret("function-variable")}}],
        },
        "aws_ecs_task_definition.hub": {"family": "hub", "container_definitions": json.dumps([container])},
        "aws_cognito_user_pool_client.hub": {
            "name": "hub",
            "user_pool_id": "eu-central-1_x",
            "client_secret": secret("pool-client"),
        },
        "aws_cognito_identity_provider.oidc": {
            "provider_name": "oidc",
            "provider_type": "OIDC",
            "user_pool_id": "eu-central-1_x",
            "provider_details": {"client_id": "hub", "client_secret": secret("identity-provider")},
        },
        "aws_launch_template.other": {
            "name": "other",
            "user_data": base64.b64encode(script.encode()).decode(),
        },
        "aws_lb_listener_rule.verify": header_rule(
            "arn:aws:elasticloadbalancing:eu-central-1:1:listener/app/x/1/2"
        ),
        "aws_sns_topic_subscription.chat": {
            "endpoint": f"https://hub:{secret('endpoint')}@chat.example.test/hook",
            "protocol": "https",
            "topic_arn": "arn:aws:sns:eu-central-1:123456789012:chat",
        },
        "aws_iam_policy.referer": {
            "name": "referer",
            "policy": json.dumps(
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Condition": referer}]}
            ),
        },
        # Not secret by itself: it repeats what is one elsewhere.
        "aws_cloudwatch_metric_alarm.repeated": {
            "alarm_name": "repeated",
            "alarm_description": f"log in with {secret('database')}, then look",
            "comparison_operator": "GreaterThanThreshold",
            "evaluation_periods": 1,
        },
        "aws_key_pair.told": {
            "key_name": "told",
            "public_key": "ssh-ed25519 AAAA",
            "tags": {"api_key": secret("tag")},
        },
    }


def with_secrets(document: Document, added: Mapping[str, Attributes]) -> Document:
    """Return a state with a secret at every place of what it holds, and with what is added."""
    resources = json.loads(json.dumps(document["resources"]))
    provider = root_configuration(resources[0]["provider"])
    for number, entry in enumerate(entry for entry in resources if entry["mode"] == "managed"):
        for instance in entry["instances"]:
            values = instance["attributes"]
            place = f"{entry['type']}-{number}".replace("_", "-")
            marks = []
            if isinstance(values.get("tags"), dict):
                values["tags"] = {**values["tags"], "DB_PASSWORD": secret(f"{place}-tag")}
                values["tags_all"] = values["tags"]
            if values.get("user_data"):
                script = f"#!/bin/sh\nexport TOKEN={secret(place)}\n"
                values["user_data"] = base64.b64encode(script.encode()).decode()
            if entry["type"] == "aws_security_group":
                values["description"] = f"for {secret(place)} alone"
                for rule in values.get("ingress") or ():
                    rule["description"] = f"opened for {secret(f'{place}-rule')}"
                marks += ["description", "ingress"]
            if entry["type"] == "aws_lb_listener":
                marks.append("default_action")  # a mark alone, on values that stay as they are
            if entry["type"] == "aws_cloudwatch_metric_alarm":
                values["alarm_description"] = f"call {secret(place)}"
                marks.append("alarm_description")
            instance["sensitive_attributes"] = [
                *(instance.get("sensitive_attributes") or ()),
                *marked(*marks),
            ]
    for address, attributes in added.items():
        kind, _, name = address.partition(".")
        instance = {
            "schema_version": 0,
            "attributes": {"id": f"{name}-id", **attributes},
            "sensitive_attributes": [],
        }
        resources.append(
            {"mode": "managed", "type": kind, "name": name, "provider": provider, "instances": [instance]}
        )
    return {**document, "resources": resources}


@pytest.fixture
def command(aws: LocalAws, project: Path, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Return ``command(document, *options)``: runs ``hubctl adopt`` and returns its exit status and all that it printed.

    Whatever it leaves behind is in the test's folder.
    """

    def run(document: Document, *options: str) -> tuple[int, str]:
        (tmp_path / "temporary").mkdir(exist_ok=True)
        finished = subprocess.run(
            [
                *(sys.executable, "-c", "from hubctl.cli import main; main()", "adopt", "--state", "-"),
                *("--no-refresh", "--force"),
                *("--out", str(tmp_path / "out"), *options),
            ],
            cwd=project,
            env={**os.environ, **aws.environment(), "TMPDIR": str(tmp_path / "temporary"), "COLUMNS": "200"},
            input=json.dumps(document),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return finished.returncode, finished.stdout + finished.stderr

    return run


def leaks(said: str, folder: Path) -> list[str]:
    """Return what holds a secret of all that was printed, and of the files in a folder."""
    texts: Mapping[str, str] = {
        "output": said,
        **{str(file): file.read_text(errors="replace") for file in folder.rglob("*") if file.is_file()},
    }
    encoded = base64.b64encode(CANARY.encode()).decode().rstrip("=")
    return [f"{name}: {text}" for name, text in texts.items() if CANARY in text or encoded in text]


# What is told of campus is looked at below.
OPTIONS: dict[str, tuple[str, ...]] = {
    "seminar": ("--stack", "aws-lab", "--json"),
    "institute": ("--stack", "aws-lab", "--improve", "all", "--json"),
    "workshop": ("--stack", "aws-lab", "--allow-updates"),
    "hub": (
        "--stack",
        "chef-hub",
        "--var",
        "deployer_ip=203.0.113.10/32",
        "--var",
        "target_domain=lab.example.test",
    ),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_neither_files_nor_output_of_an_adoption_tell_a_secret(
    command: Callable[..., tuple[int, str]], lab: Callable[[str], Document], tmp_path: Path, name: str
) -> None:
    forget = [option for address in additions() for option in ("--forget", address)]
    code, said = command(with_secrets(lab(name), additions()), *OPTIONS[name], *forget)
    assert leaks(said, tmp_path) == []
    assert code in (0, 1), said
    assert (tmp_path / "out").is_dir(), said
    assert list((tmp_path / "temporary").iterdir()) == []


def test_what_holds_a_secret_is_carried_without_it_or_refused_without_telling_it(
    run: Run, lab: Callable[[str], Document], tmp_path: Path
) -> None:
    """Only up to the plan: what cannot be carried is refused before it, all at once, and the rest is written before it."""
    document = with_secrets(lab("campus"), additions())

    def no_plan(*_: Any, **__: Any) -> Document:
        raise HubctlError(f"terraform plan failed: {document}", remedy=f"see {secret('parameter')}")

    def failed(carried: Collection[str]) -> HubctlError:
        with pytest.raises(HubctlError) as ended:
            run(
                document,
                carry=list(carried),
                forget=[address for address in additions() if address not in carried],
            )
        error = ended.value
        told = f"{error} {error!r} {error.message} {error.remedy} {error.__dict__} {error.__cause__} {error.__context__}"
        assert leaks(told, tmp_path) == []
        return error

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Terraform, "plan_document", no_plan)
        patched.setattr("tempfile.tempdir", str(tmp_path))
        refusal = failed(list(additions()))
        refused = {address for address in additions() if f"{address} cannot be carried" in refusal.message}
        assert all(f"--forget '{address}'" in refusal.remedy for address in refused)
        assert {"aws_lb_listener_rule.verify", "aws_ssm_parameter.oauth"} <= refused
        assert "terraform plan failed" in failed(set(additions()) - refused).message
    assert list(tmp_path.glob("hubctl-*")) == []


def test_the_synthesized_folder_and_its_plan_tell_nothing(
    run: Run,
    lab: Callable[[str], Document],
    aws: LocalAws,
    project: Path,
    adoption_folder: str,
    run_main: Callable[..., Path],
    tmp_path: Path,
) -> None:
    document = with_secrets(lab("campus"), {})
    outcome = run(document, strict=True)
    assert outcome.proven, outcome.differences
    (project / adoption_folder / "aws-lab.json").write_text(outcome.file.text())
    folder = run_main(tmp_path, adoption=adoption_folder) / "aws-lab"
    assert leaks("", tmp_path) == []
    (folder / "terraform.tfstate").write_text(json.dumps(document))
    terraform = Terraform(folder, driver_environment(aws.environment()))
    terraform.init()
    lines: list[str] = []
    changes = terraform.plan(refresh=False, on_line=lines.append).changes
    assert {change.action for change in changes if change.mode == "managed"} <= HARMLESS
    assert leaks("\n".join(lines), project / adoption_folder) == []
    assert "Terraform will perform" in "\n".join(lines)
