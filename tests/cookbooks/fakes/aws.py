"""A stand-in for the AWS CLI: SSM parameters, Cloud Map instances and metrics, in the answers' own form."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from state import fail, load, option, options, save


def main(arguments: list[str]) -> int:
    words = _without_global_options(arguments)
    broken = load("aws-broken", None)
    if broken and Path(broken["file"]).exists():
        return fail("An error occurred (ServiceUnavailable): try again")
    calls = {
        ("ssm", "get-parameter"): _get_parameter,
        ("ssm", "get-parameters"): _get_parameters,
        ("ssm", "put-parameter"): _put_parameter,
        ("ssm", "delete-parameters"): _delete_parameters,
        ("servicediscovery", "list-instances"): _list_instances,
        ("servicediscovery", "register-instance"): _register_instance,
        ("ecr", "get-login-password"): _login_password,
        ("cloudwatch", "put-metric-data"): _put_metric_data,
        ("autoscaling", "describe-auto-scaling-instances"): _scaling_instances,
    }
    if words[1] in load("denied", []):
        return fail(f"An error occurred (AccessDenied) when calling {words[1]}", 254)
    call = calls.get((words[0], words[1]))
    return call(words[2:]) if call else fail(f"aws {words[0]} {words[1]} is not known to the stand-in", 252)


def _scaling_instances(_words: list[str]) -> int:
    return _answer({"AutoScalingInstances": load("scaling-instances", [])})


def _without_global_options(arguments: list[str]) -> list[str]:
    words = list(arguments)
    for name in ("--region", "--output"):
        if name in words:
            at = words.index(name)
            del words[at : at + 2]
    return words


def _answer(value: Any) -> int:
    print(json.dumps(value))
    return 0


def _shown(name: str, stored: dict[str, str], *, decrypted: bool) -> dict[str, str]:
    hidden = stored["Type"] == "SecureString" and not decrypted
    return {"Name": name, **stored, "Value": "(encrypted)" if hidden else stored["Value"]}


def _get_parameter(words: list[str]) -> int:
    name = option(words, "--name") or ""
    stored = load("parameters", {}).get(name)
    if stored is None:
        return fail("An error occurred (ParameterNotFound) when calling the GetParameter operation:", 254)
    return _answer({"Parameter": _shown(name, stored, decrypted="--with-decryption" in words)})


def _get_parameters(words: list[str]) -> int:
    stored = load("parameters", {})
    names = options(words, "--names")
    if not 1 <= len(set(names)) == len(names) <= 10:
        return fail(f"An error occurred (ValidationException): {len(names)} names, or one of them twice")
    found = [_shown(name, stored[name], decrypted=False) for name in names if name in stored]
    return _answer({"Parameters": found, "InvalidParameters": [name for name in names if name not in stored]})


def _put_parameter(words: list[str]) -> int:
    document = option(words, "--cli-input-json")
    if document == "file:///dev/stdin":
        # The real one reads the file twice.
        return fail(
            "Error parsing parameter 'cli-input-json': Invalid JSON: Expecting value: line 1 column 1"
        )
    if document is not None:
        wanted = json.loads(Path(document.removeprefix("file://")).read_text(encoding="utf-8"))
    else:
        wanted = {key: option(words, f"--{key.lower()}") for key in ("Name", "Type", "Value")}
        wanted["Overwrite"] = "--overwrite" in words
        if wanted["Value"] and wanted["Value"].startswith("file://"):
            wanted["Value"] = Path(wanted["Value"].removeprefix("file://")).read_text(encoding="utf-8")
    stored = load("parameters", {})
    if wanted["Name"] in stored and not wanted["Overwrite"]:
        return fail("An error occurred (ParameterAlreadyExists)", 254)
    stored[wanted["Name"]] = {"Type": wanted["Type"], "Value": wanted["Value"]}
    save("parameters", stored)
    return _answer({"Version": 1})


def _delete_parameters(words: list[str]) -> int:
    stored = load("parameters", {})
    for name in options(words, "--names"):
        stored.pop(name, None)
    save("parameters", stored)
    return _answer({"DeletedParameters": options(words, "--names")})


def _list_instances(words: list[str]) -> int:
    found = load("services", {}).get(option(words, "--service-id"), {})
    return _answer({"Instances": [{"Id": name, "Attributes": value} for name, value in found.items()]})


def _register_instance(words: list[str]) -> int:
    services = load("services", {})
    name, value = (option(words, "--attributes") or "").split("=", 1)
    services.setdefault(option(words, "--service-id"), {})[option(words, "--instance-id")] = {name: value}
    save("services", services)
    return _answer({"OperationId": "operation"})


def _login_password(_: list[str]) -> int:
    print("registry-password")
    return 0


def _put_metric_data(words: list[str]) -> int:
    data = json.loads(option(words, "--metric-data") or "[]")
    namespace = option(words, "--namespace")
    save("metrics", [*load("metrics", []), *({"Namespace": namespace, **datum} for datum in data)])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
