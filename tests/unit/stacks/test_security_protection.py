"""What lies on disks and goes over wires is encrypted, metadata needs a token, and no secret stands in the JSON."""

import copy
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from hub_constructs.aws_lab.load_balancer import TLS_POLICY
from stacks.registry import STACK_NAMES
from tests.support.stack_weaknesses import TOKENS, of, plain_disks, secrets, unprotected_metadata

Configuration = dict[str, Any]
Synth = Callable[..., Configuration]
BOTH = [(stack, profile) for stack in STACK_NAMES for profile in ("recommended", "original")]


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_metadata_needs_a_token_and_does_not_reach_containers(synth: Synth, stack: str) -> None:
    assert unprotected_metadata(synth(stack)) == []


@pytest.mark.parametrize("settings", [{}, {"access_logs": True}], ids=["", "access logs"])
@pytest.mark.parametrize("stack", STACK_NAMES)
def test_everything_that_is_kept_is_encrypted(synth: Synth, stack: str, settings: dict[str, Any]) -> None:
    assert list(plain_disks(synth(stack, **settings))) == []


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_files_and_buckets_refuse_connections_without_tls(synth: Synth, stack: str) -> None:
    configuration = synth(stack, access_logs=True)
    for data, policies in (
        ("aws_efs_file_system", "aws_efs_file_system_policy"),
        ("aws_s3_bucket", "aws_s3_bucket_policy"),
    ):
        for name in of(configuration, data):
            policy = of(configuration, policies)[name]["policy"]
            assert re.search(r'"Effect" = "Deny".*"aws:SecureTransport" = "false"', policy), name


@pytest.mark.parametrize("stack", STACK_NAMES)
def test_no_bucket_can_become_public(synth: Synth, stack: str) -> None:
    configuration = synth(stack, access_logs=True)
    for name in of(configuration, "aws_s3_bucket"):
        block = of(configuration, "aws_s3_bucket_public_access_block")[name]
        assert all(
            value is True for key, value in block.items() if key.startswith(("block", "ignore", "restrict"))
        )
        rule = of(configuration, "aws_s3_bucket_ownership_controls")[name]["rule"]
        assert rule["object_ownership"] == "BucketOwnerEnforced"


@pytest.mark.parametrize("profile", ["recommended", "original"])
def test_the_balancer_speaks_modern_tls_and_only_redirects_without(synth: Synth, profile: str) -> None:
    listeners = of(synth("aws-lab", profile=profile), "aws_lb_listener")
    assert TLS_POLICY.startswith("ELBSecurityPolicy-TLS13-1-2-")
    assert listeners["https"]["ssl_policy"] == TLS_POLICY
    for listener in listeners.values():
        if listener["protocol"] != "HTTPS":
            assert [action["type"] for action in listener["default_action"]] == ["redirect"]


def test_the_hubs_proxy_speaks_modern_tls(project: Any) -> None:
    site = (project / "cookbooks/nginx_proxy/templates/default/hub-site.conf.erb").read_text(encoding="utf-8")
    assert set(re.findall(r"ssl_protocols ([^;]+);", site)) == {"TLSv1.2 TLSv1.3"}
    assert "Strict-Transport-Security" in site


@pytest.mark.parametrize(("stack", "profile"), BOTH)
def test_no_secret_stands_in_the_json(synth: Synth, stack: str, profile: str) -> None:
    assert not secrets(synth(stack, profile=profile))


@pytest.mark.parametrize(("stack", "profile"), BOTH)
def test_sensitive_variables_have_no_default_and_come_out_nowhere(
    synth: Synth, stack: str, profile: str
) -> None:
    configuration = synth(stack, profile=profile)
    sensitive = {name for name, variable in configuration["variable"].items() if variable.get("sensitive")}
    assert not [name for name in sensitive if configuration["variable"][name].get("default") is not None]
    for name, output in configuration["output"].items():
        assert not [v for v in sensitive if f"var.{v}" in json.dumps(output)], name


@pytest.mark.parametrize(("stack", "profile"), BOTH)
def test_homes_and_their_backups_cannot_be_deleted_by_a_plan(stack: str, profile: str) -> None:
    guarded = guarded_data(stack, profile=profile, keep_homes=True)
    assert guarded
    assert all(block["lifecycle"]["prevent_destroy"] is True for block in guarded)
    free = guarded_data(stack, profile=profile, keep_homes=False)
    assert not [block for block in free if block.get("lifecycle", {}).get("prevent_destroy")]


def guarded_data(stack: str, **context: Any) -> list[Configuration]:
    """Return file systems and vaults of a stack as the app builds it, with everything that it lays over."""
    from cdktf import App

    from stacks.app import build_stack
    from stacks.settings.loading import check_context

    settings, mistakes = check_context({"shared_homes": True, **context})
    assert not mistakes
    configuration = build_stack(App(stack_traces=False), settings, stack).to_terraform()
    return [
        *of(configuration, "aws_efs_file_system").values(),
        *of(configuration, "aws_backup_vault").values(),
    ]


@pytest.mark.parametrize(
    ("stack", "kind", "name", "change"),
    [
        ("aws-lab", "aws_launch_template", "lab", {"metadata_options": {**TOKENS, "http_put_response_hop_limit": 2}}),
        ("chef-hub", "aws_instance", "hub-leader", {"metadata_options": {**TOKENS, "http_tokens": "optional"}}),
        ("chef-hub", "aws_instance", "chef-server", {"root_block_device": {"volume_size": 30}}),
        ("chef-hub", "aws_instance", "hub-leader", {"root_block_device": {"encrypted": "false"}}),
        ("chef-hub", "aws_instance", "hub-leader", {"ebs_block_device": [{"device_name": "/dev/sdf"}]}),
        ("chef-hub", "aws_ebs_volume", "scratch", {"size": 10}),
        ("aws-lab", "aws_efs_file_system", "homes", {"encrypted": False}),
        ("chef-hub", "aws_sns_topic", "notifications", {"kms_master_key_id": None}),
    ],
)  # fmt: skip
def test_what_is_weakened_is_found(
    synth: Synth, stack: str, kind: str, name: str, change: Configuration
) -> None:
    weakened = copy.deepcopy(synth(stack))
    block = weakened["resource"].setdefault(kind, {}).setdefault(name, {})
    block |= change
    found = [*unprotected_metadata(weakened), *plain_disks(weakened)]
    assert [one for one in found if one.endswith(name)]


def test_a_secret_in_the_json_is_found(synth: Synth) -> None:
    leaked = copy.deepcopy(synth("chef-hub"))
    leaked["locals"]["node_contract"]["hub"]["login"]["client_secret"] = "s3cr3t-from-the-provider"
    assert secrets(leaked)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("aws_instance", {"user_data": "#!/bin/sh\nexport ADMIN_PASSWORD=hunter2hunter2\n"}),
        ("aws_ssm_parameter", {"type": "SecureString", "value": "hunter2"}),
    ],
)
def test_a_secret_in_a_script_or_a_parameter_is_found(synth: Synth, kind: str, change: Configuration) -> None:
    leaked = copy.deepcopy(synth("chef-hub"))
    leaked["resource"][kind]["leaky"] = change
    assert secrets(leaked)
