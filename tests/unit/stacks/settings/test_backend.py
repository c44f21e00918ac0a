"""Backends: each kind in the synthesized JSON, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from stacks.registry import STACK_NAMES
from stacks.settings.loading import check_context

Synth = Callable[..., dict[str, Any]]


def test_local_is_the_default_and_stays_in_the_folder(synth: Synth) -> None:
    for stack in STACK_NAMES:
        assert synth(stack)["terraform"]["backend"] == {"local": {"path": "terraform.tfstate"}}


def test_s3_is_locked_and_encrypted_and_has_a_key_a_stack(synth: Synth) -> None:
    backend = {"type": "s3", "bucket": "acme-state", "region": "eu-west-1"}
    for stack in STACK_NAMES:
        made = synth(stack, backend=backend)["terraform"]["backend"]["s3"]
        assert made == {
            "bucket": "acme-state",
            "region": "eu-west-1",
            "key": f"jupyterhub/{stack}/terraform.tfstate",
            "encrypt": True,
            "use_lockfile": True,
        }


def test_s3_with_a_lock_table(synth: Synth) -> None:
    backend = {
        "type": "s3",
        "bucket": "acme-state",
        "region": "eu-west-1",
        "key": "a/{stack}",
        "use_lockfile": False,
        "dynamodb_table": "locks",
    }
    made = synth("chef-hub", backend=backend)["terraform"]["backend"]["s3"]
    assert made["dynamodb_table"] == "locks"
    assert made["use_lockfile"] is False
    assert made["key"] == "a/chef-hub"


def test_terraform_cloud_by_name_and_project(synth: Synth) -> None:
    backend = {"type": "cloud", "organization": "acme", "workspace": "{stack}-production", "project": "labs"}
    made = synth("aws-lab", backend=backend)["terraform"]
    assert made["cloud"] == {
        "organization": "acme",
        "workspaces": {"name": "aws-lab-production", "project": "labs"},
    }
    assert "backend" not in made


def test_terraform_cloud_by_tags(synth: Synth) -> None:
    backend = {
        "aws-lab": {
            "type": "cloud",
            "organization": "acme",
            "tags": ["hub", "lab"],
            "hostname": "tfe.acme.org",
        }
    }
    assert synth("aws-lab", backend=backend)["terraform"]["cloud"] == {
        "organization": "acme",
        "hostname": "tfe.acme.org",
        "workspaces": {"tags": ["hub", "lab"]},
    }
    assert "local" in synth("chef-hub", backend=backend)["terraform"]["backend"]


@pytest.mark.parametrize(
    ("workspaces", "made"),
    [({"workspace": "x"}, {"name": "x"}), ({"prefix": "hub-"}, {"prefix": "hub-"})],
)
def test_remote(synth: Synth, workspaces: dict[str, str], made: dict[str, str]) -> None:
    backend = {"chef-hub": {"type": "remote", "organization": "acme", **workspaces}, "aws-lab": "local"}
    assert synth("chef-hub", backend=backend)["terraform"]["backend"]["remote"]["workspaces"] == made


@pytest.mark.parametrize(
    ("backend", "named"),
    [
        ("ftp", ["backend", "'ftp'", "local, s3, cloud, remote"]),
        ({"type": "gcs"}, ["'gcs'", "local, s3, cloud, remote"]),
        ({"bucket": "x"}, ["backend", "None"]),
        (3, ["backend = 3"]),
        ({"type": "s3", "bucket": "X"}, ["bucket", "region"]),
        (
            {"type": "s3", "bucket": "abc", "region": "eu-west-1", "use_lockfile": False},
            ["would not be locked"],
        ),
        ({"type": "s3", "bucket": "abc", "region": "eu-west-1", "colour": "red"}, ["colour"]),
        (
            {"type": "s3", "bucket": "abc", "region": "eu-west-1", "key": "one"},
            ["share one state", "{stack}"],
        ),
        ({"type": "cloud", "organization": "acme"}, ["workspace", "tags"]),
        ({"type": "cloud", "organization": "acme", "workspace": "x{stack}", "tags": ["a"]}, ["not both"]),
        ({"type": "cloud", "organization": "acme", "workspace": "one"}, ["share one state"]),
        ({"type": "local", "path": "one.tfstate"}, ["share one state"]),
        ({"aws-lab": {"type": "remote", "organization": "acme"}}, ["aws-lab", "prefix"]),
        ({"aws-lab": "local", "third": "local"}, ["third"]),
    ],
)
def test_a_wrong_backend_is_named_with_its_remedy(backend: Any, named: list[str]) -> None:
    found = check_context({"backend": backend})[1]
    assert found
    assert not [text for text in named if text not in " ".join(found)], found
    assert "docs/how-to/backends.md" in found[0]
