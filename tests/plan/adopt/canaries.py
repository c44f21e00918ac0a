"""Secrets at every place of a state, all of which can be recognised wherever they turn up."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hubctl.adopt.state.preconditions import root_configuration

Document = dict[str, Any]
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


def leaks(said: str, folder: Path) -> list[str]:
    """Return what holds a secret of all that was printed, and of the files in a folder."""
    texts: Mapping[str, str] = {
        "output": said,
        **{str(file): file.read_text(errors="replace") for file in folder.rglob("*") if file.is_file()},
    }
    encoded = base64.b64encode(CANARY.encode()).decode().rstrip("=")
    return [f"{name}: {text}" for name, text in texts.items() if CANARY in text or encoded in text]
