"""Case 12 and case 13: what the hubs refuse when they start, synth refuses, and Terraform's variables too; nothing else."""

import copy
import itertools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lab_hub.settings as lab
import swarm_hub.settings as swarm
from stacks.settings.aws_lab import AwsLabSettings
from stacks.settings.chef_hub import ChefHubSettings
from stacks.settings.loading import check_context
from stacks.settings.model import SettingsModel
from tests.support.hub_settings import GENERIC, USUAL, combinations, hub, login
from tests.support.waiting import PATIENCE


def refused(group: type[SettingsModel], context: dict[str, Any]) -> list[str]:
    given = {name: value for name, value in context.items() if name in group.model_fields}
    return [str(mistake) for mistake in group.check(given)[1]]


def swarm_refuses(example: dict[str, Any], context: dict[str, Any]) -> list[str]:
    document = copy.deepcopy(example)
    document["hub"] |= hub(context)
    return said(lambda: swarm.check_settings(document))


def lab_refuses(context: dict[str, Any]) -> list[str]:
    document = {
        "region": "us-east-1",
        "domain": "lab.example.org",
        "hub_port": context["hub_port"],
        "idle_timeout_seconds": 3600,
        "user_memory_gib": 1.5,
        "parameter_prefix": "/jupyterhub/aws-lab",
        "homes": {"mount_point": "/srv/jupyterhub/homes"},
        "hub": {"user_cpus": context["hub_user_cpus"], "login": login(context)},
    }
    return said(lambda: lab.check_settings(document))


def said(check: Any) -> list[str]:
    try:
        check()
    except swarm.SettingsError as error:
        return error.mistakes
    return []


@pytest.fixture(scope="module")
def example(project: Path) -> dict[str, Any]:
    """The document that the cookbook writes for the hub, with the stack's values for what is not judged here."""
    golden = json.loads((project / "cookbooks/contract/golden.json").read_text())["chef_hub"]
    shared = f"{golden['efs']['mount_point']}/hub"
    return {
        **{
            name: golden[name]
            for name in ("region", "hub_hostname", "autoscaling_group", "parameter_prefix", "hub")
        },
        "network": "chef-hub",
        "shared_folder": shared,
        "users_folder": f"{shared}/users",
        "state_folder": "/srv/jupyterhub",
    }


def test_case_12_synth_accepts_of_the_chef_hub_exactly_what_its_hub_accepts(example: dict[str, Any]) -> None:
    verdicts = set()
    for context in combinations(500):
        ours, theirs = refused(ChefHubSettings, context), swarm_refuses(example, context)
        assert bool(ours) == bool(theirs), (context, ours, theirs)
        verdicts.add(bool(ours))
    assert verdicts == {True, False}


def test_case_12_synth_accepts_of_the_lab_exactly_what_its_hub_accepts() -> None:
    verdicts = set()
    for context in combinations(500):
        ours, theirs = refused(AwsLabSettings, context), lab_refuses(context)
        assert bool(ours) == bool(theirs), (context, ours, theirs)
        verdicts.add(bool(ours))
    assert verdicts == {True, False}


def test_case_12_what_synth_accepts_makes_an_authenticator() -> None:
    """JupyterHub's own classes are built as the hub builds them, since they have rules too."""
    from traitlets.config import Config

    from hub_common.login import AUTHENTICATORS, update_login
    from hub_common.settings import Secrets

    made = set()
    for context in combinations(500):
        if refused(ChefHubSettings, context):
            continue
        settings = swarm.LoginSettings.model_validate(login(context))
        config = Config()
        update_login(config, settings, "hub.example.org", Secrets(client_id="client", client_secret="secret"))
        module, _, name = AUTHENTICATORS[settings.authenticator].rpartition(".")
        authenticator = getattr(__import__(module, fromlist=[name]), name)(config=config)
        assert authenticator.allowed_users == set(settings.allowed_users)
        made.add(settings.authenticator)
    assert made == {"none", "github", "google", "cognito", "generic"}


@pytest.mark.terraform
def test_case_12_the_variables_refuse_the_same(tmp_path: Path) -> None:
    """Terraform itself evaluates the validation blocks, over all combinations at once."""
    contexts = combinations(300)
    lines: dict[str, Any] = {"contexts": contexts}
    for name, group in (("hub", ChefHubSettings), ("lab", AwsLabSettings)):
        conditions = [
            f"({check.condition})"
            for spec in group().variable_specs()
            if spec.name in USUAL
            for check in spec.checks
        ]
        assert len(conditions) > 15
        # A condition that fails, such as one about another bad variable, refuses too.
        parts = ", ".join(re.sub(r"\bvar\.", "one.", condition) for condition in conditions)
        lines[name] = f"${{[for one in local.contexts : try(alltrue([{parts}]), false)]}}"
    (tmp_path / "main.tf.json").write_text(json.dumps({"locals": lines}))
    answer = subprocess.run(
        [str(shutil.which("terraform")), "console"],
        cwd=tmp_path,
        input="jsonencode([local.hub, local.lab])\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    own_hub, own_lab = json.loads(json.loads(answer.stdout))
    for context, of_hub, of_lab in zip(contexts, own_hub, own_lab, strict=True):
        assert of_hub == (not refused(ChefHubSettings, context)), context
        assert of_lab == (not refused(AwsLabSettings, context)), context


@pytest.mark.parametrize(
    ("context", "named"),
    [
        (
            {**GENERIC, "hub_login_allowed_groups": ["staff"]},
            ["hub_login_groups_claim", "hub_login_allowed_groups", "('staff',)", "Name the claim"],
        ),
        ({**GENERIC, "hub_login_admin_groups": ["admins"]}, ["hub_login_groups_claim", "('admins',)"]),
        (
            {"hub_login_authenticator": "google", "hub_login_admin_groups": ["admins@example.org"]},
            ["hub_login_admin_groups", "Name them in hub_login_admin_users"],
        ),
        (
            {"hub_login_authenticator": "google", "hub_login_allowed_groups": ["staff"]},
            ["hub_login_allowed_groups has 'staff'", "hosted domain"],
        ),
        (
            {
                "hub_login_authenticator": "google",
                "hub_login_allowed_groups": ["example.org"],
                "hub_login_admin_users": ["ada@gmail.com"],
            },
            [
                "hub_login_admin_users has 'ada@gmail.com'",
                "Add the user's domain to hub_login_allowed_groups",
            ],
        ),
        (
            {"hub_user_memory_gib": 161},
            ["hub_user_memory_gib, hub_max_cluster_memory_gib = (161", "160", "no user could start a server"],
        ),
        ({"hub_port": 8081}, ["hub_port = 8081", "the hub's API", "Choose another port"]),
        ({"hub_port": 8001}, ["hub_port = 8001", "the proxy's own API"]),
    ],
)
def test_case_12_each_refusal_names_settings_values_and_remedy(
    context: dict[str, Any], named: list[str]
) -> None:
    found = check_context(context)[1]
    assert len(found) == 1, found
    assert not [text for text in named if text not in found[0]], found


def test_case_12_several_refusals_are_said_at_once() -> None:
    found = check_context(
        {
            "hub_login_authenticator": "google",
            "hub_login_admin_groups": ["admins"],
            "hub_login_allowed_groups": ["staff", "pupils"],
            "hub_user_memory_gib": 1024,
            "hub_port": 22,
        }
    )[1]
    assert len(found) == 5, found


def test_what_is_refused_alone_is_not_judged_together_with_others() -> None:
    (found,) = check_context(
        {**GENERIC, "hub_login_allowed_groups": ["staff"], "hub_login_groups_claim": "a b"}
    )[1]
    assert found.startswith("hub_login_groups_claim = 'a b'")


CLAIMS = (
    "https://example.org/roles",
    "https://example.org/claims.v2/roles",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
    "http://schemas.microsoft.com/ws/2008/06/identity/claims/role",
    "https://id.example.org:8443/~lab/roles?v=2&x=a+b#frag%20ment",
    "urn:zitadel:iam:org:project:roles",
    "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
    "example.org/roles",
    "cognito:groups",
    "custom:roles",
    "realm_access.roles",
    "resource_access.hub.example.org.roles",
    "wids",
    "user@example.org",
)


@pytest.mark.parametrize(("claim", "setting"), list(itertools.product(CLAIMS, ("groups", "username"))))
def test_case_13_claims_may_be_urls(example: dict[str, Any], claim: str, setting: str) -> None:
    context = USUAL | GENERIC | {"hub_login_groups_claim": "groups", f"hub_login_{setting}_claim": claim}
    context["hub_login_allowed_groups"] = ("staff",)
    assert refused(ChefHubSettings, context) == swarm_refuses(example, context) == []
    assert refused(AwsLabSettings, context) == lab_refuses(context) == []


@pytest.mark.parametrize("claim", ["my roles", "roles\n", "${var.x}", 'a"b', "a\\b", "groupé", "x" * 256])
def test_case_13_what_is_not_the_name_of_a_claim_is_refused(example: dict[str, Any], claim: str) -> None:
    context = USUAL | GENERIC | {"hub_login_groups_claim": claim}
    for found in (refused(ChefHubSettings, context), refused(AwsLabSettings, context)):
        assert "hub_login_groups_claim" in found[0]
    assert swarm_refuses(example, context)
    assert lab_refuses(context)


@pytest.mark.parametrize("folder", [".", "tests"])
def test_the_hubs_rules_are_found_from_everywhere(project: Path, folder: str) -> None:
    """The app and hubctl have no path to the cookbooks' modules but the one that the stacks give them."""
    code = (
        f"import sys; sys.path[:0] = [{str(project)!r}, {str(project / 'constructs')!r}]; "
        "from stacks.settings.loading import check_context; print(check_context({'hub_port': 8081})[1])"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project / folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "hub_port = 8081" in finished.stdout
