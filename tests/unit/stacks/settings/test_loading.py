"""Settings: where they come from, what is refused, and that everything wrong is named in one run."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stacks.settings.aws_lab import LAB_CONTAINERS
from stacks.settings.chef_hub import SWARM_CONTAINERS
from stacks.settings.loading import (
    Settings,
    SettingsError,
    check_context,
    load_context,
    load_settings,
)
from tests.support.waiting import PATIENCE


def mistakes(**context: Any) -> list[str]:
    return check_context(context)[1]


def settings(**context: Any) -> Settings:
    checked, refused = check_context(context)
    assert not refused, refused
    return checked


def test_defaults_are_good() -> None:
    assert mistakes() == []


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ({"zone_count": 0}, ["zone_count", "0", "Use 2 to 6"]),
        ({"zone_count": 1}, ["zone_count", "1", "at least two availability zones"]),
        ({"zone_count": "3"}, ["zone_count", "'3'", "Use 2 to 6"]),
        ({"zone_count": True}, ["zone_count", "True"]),
        ({"zonecount": 3}, ["zonecount", "no such setting", "Did you mean zone_count?"]),
        ({"profile": "best"}, ["profile", "best", '"recommended"']),
        ({"vpc_cidr": "10.0.0.0/99"}, ["vpc_cidr", "10.0.0.0/99", "Give an IPv4 network"]),
        ({"vpc_cidr": "10.0.0.1/16"}, ["vpc_cidr", "host bits set"]),
        ({"vpc_cidr": "10.0.0.0/8"}, ["vpc_cidr", "/8", "/16 to /22"]),
        ({"vpc_cidr": "10.0.0.0"}, ["vpc_cidr", "it has no prefix length"]),
        ({"vpc_cidr": "anywhere"}, ["vpc_cidr", "anywhere"]),
        ({"vpc_cidr": "127.0.0.0/16"}, ["vpc_cidr", "127.0.0.0/8, which AWS does not give"]),
        ({"vpc_cidr": "239.1.0.0/16"}, ["vpc_cidr", "224.0.0.0/3, which AWS does not give"]),
        ({"vpc_cidr": "100.96.0.0/16"}, ["vpc_cidr", "100.96.0.0/20, which the containers"]),
        ({"vpc_cidr": "100.79.252.0/22"}, ["vpc_cidr", "100.64.0.0/12, which the containers"]),
        (
            {"scale_up_threshold": 5, "scale_down_threshold": 5},
            ["scale_down_threshold", "scale_up_threshold", "(5, 5)", "below"],
        ),
        ({"scale_down_threshold": 9}, ["scale_down_threshold", "(9, 8)"]),
        (
            {"domain_name": "lab.example.com", "hosted_zone": "example.org"},
            ["domain_name", "hosted_zone", "lab.example.com", "example.org"],
        ),
        (
            {"domain_name": "evilexample.org", "hosted_zone": "example.org"},
            ["does not lie in the hosted zone"],
        ),
        ({"hub_login_authenticator": "test"}, ["hub_login_authenticator", "'test'", "Use none, github"]),
        (
            {"hub_login_authenticator": "cognito", "hub_login_token_url": "https://login.example.org/token"},
            ["hub_login_authorize_url", "hub_login_userdata_url", "by the login cognito", "Give all three"],
        ),
        ({"hub_tls_source": "files", "hub_tls_key_file": "/srv/key"}, ["needs hub_tls_certificate_file"]),
        ({"hub_user_domains": "yes"}, ["hub_user_domains", "'yes'", "Use auto, on or off"]),
        (
            {"hub_user_domains": "on"},
            ["hub_user_domains, hub_tls_source", "('on', 'acme')", "cannot cover", "the source files"],
        ),
        (
            {"hub_login_allowed_users": ["ada", "ada l"]},
            ["hub_login_allowed_users", "'ada l' cannot be used"],
        ),
        ({"hub_login_allowed_users": ["ada", "ada\n"]}, ["hub_login_allowed_users", "'ada\\n'"]),
        ({"hub_login_admin_users": ["ada", "ada"]}, ["hub_login_admin_users", "'ada' is there twice"]),
        ({"hub_user_cpus": True}, ["hub_user_cpus", "True", "Use 0.1 to 192"]),
        ({"hub_login_allow_all": "yes"}, ["hub_login_allow_all", "'yes'", "Use true or false"]),
        ({"domain_name": "https://lab"}, ["domain_name", "https://lab", "full domain name"]),
        ({"min_size": 5, "max_size": 2}, ["min_size", "max_size", "(5, 2)"]),
        ({"availability_zones": ["us-east-1a"]}, ["availability_zones", "zone_count"]),
        (
            {"availability_zones": ["us-east-1a", "us-east-1a"]},
            ["availability_zones", "us-east-1a is there twice"],
        ),
        (
            {"availability_zones": ["eu-west-1a", "eu-west-1b"]},
            ["eu-west-1a lies in eu-west-1, not in us-east-1"],
        ),
        ({"log_retention_days": 2}, ["log_retention_days", "2", "retention"]),
        ({"aws_account_id": "12"}, ["aws_account_id", "12 digits"]),
        ({"default_region": "eu-west-1"}, ["default_availability_zone", "us-east-1f"]),
        ({"secondary_availability_zone": "us-east-1f"}, ["secondary_availability_zone", "same"]),
        ({"worker_min_size": 9}, ["worker_min_size", "worker_max_size"]),
        ({"adopt_from_module": "chef", "profile": "original"}, ["adopt_from_module", "module.chef"]),
        ({"adopt_from_module": "module.chef"}, ["adopt_from_module", "profile", "original"]),
    ],
)
def test_a_wrong_setting_is_named_with_value_and_remedy(context: dict[str, Any], named: list[str]) -> None:
    found = mistakes(**context)
    assert found
    assert not [text for text in named if text not in " ".join(found)], found


CASES = {
    "case 09: punycode top-level domain": (
        {"domain_name": "lab.xn--e1afmkfd.xn--p1ai", "hosted_zone": "xn--e1afmkfd.xn--p1ai"},
        None,
    ),
    "case 09: in Unicode": (
        {"target_domain": "пример.рф"},
        "target_domain = 'пример.рф': DNS has no such letters; it is registered as xn--e1afmkfd.xn--p1ai.",
    ),
    "case 10: European Sovereign Cloud": ({"region": "eusc-de-east-1"}, None),
    "case 10: with zones": (
        {
            "default_region": "eusc-de-east-1",
            "default_availability_zone": "eusc-de-east-1a",
            "secondary_availability_zone": "eusc-de-east-1b",
        },
        None,
    ),
    "case 10: of a backend": (
        {"backend": {"type": "s3", "bucket": "state-bucket", "region": "eusc-de-east-1"}},
        None,
    ),
    "case 11: 72 octets": (
        {"domain_name": f"{'a' * 60}.example.org", "hosted_zone": "example.org"},
        "is longer than the 64 octets that AWS Certificate Manager allows",
    ),
    "case 11: 64 octets": ({"domain_name": f"{'a' * 52}.example.org", "hosted_zone": "example.org"}, None),
    "case 11: chef-hub has no ACM": ({"target_domain": f"{'a' * 60}.example.org"}, None),
    "case 14: a region": ({"availability_zones": ["us-east-1", "us-east-1b"]}, "'us-east-1': it is a region"),
    "case 14: a letter twice": (
        {"availability_zones": ["us-east-1a", "us-east-1aa"]},
        "'us-east-1aa': it is not",
    ),
    "case 14: chef-hub": (
        {"default_availability_zone": "us-east-1"},
        "default_availability_zone = 'us-east-1': it is a",
    ),
    "case 14: a Local Zone": (
        {"region": "us-west-2", "availability_zones": ["us-west-2-lax-1a", "us-west-2-lax-1b"]},
        "it is a Local Zone: it has no EFS",
    ),
    "case 14: a longer region": (
        {"region": "us-central-1", "availability_zones": ["us-central-1a", "us-central-12a"]},
        "us-central-12a lies in us-central-12, not in us-central-1",
    ),
    "case 15: internal-": (
        {"name": "internal-lab"},
        "it begins with internal-, and a load balancer's name may not",
    ),
    "case 15: sg-": ({"name": "sg-lab"}, "it begins with sg-, and a security group's name may not"),
    "case 15: a bucket": (
        {"bootstrap_bucket": "lab--ol-s3"},
        "bootstrap_bucket = 'lab--ol-s3': it ends with what S3",
    ),
    "case 15: a backend's bucket": (
        {"backend": {"type": "s3", "bucket": "xn--state", "region": "us-east-1"}},
        "bucket: it begins with what S3 keeps for itself",
    ),
}


@pytest.mark.parametrize("case", sorted(CASES))
def test_an_input_that_once_failed_is_read_right(case: str) -> None:
    context, problem = CASES[case]
    found = mistakes(**context)
    assert len(found) == (0 if problem is None else 1), found
    assert not problem or problem in found[0]


def test_a_sensitive_value_is_never_shown() -> None:
    (mistake,) = mistakes(deployer_ip="198.51.100.77/99")
    assert "deployer_ip" in mistake
    assert "(sensitive)" in mistake
    assert "deployer_ip = '198" not in mistake


def test_all_mistakes_are_named_in_one_run() -> None:
    found = mistakes(zone_count=0, backend="ftp", zones=1, scale_down_threshold=9, target_domain="-")
    assert [re.match(r"[\w, ]+", mistake).group().split(" = ")[0].strip() for mistake in found] == [  # type: ignore[union-attr]
        "zones",
        "backend",
        "zone_count",
        "scale_down_threshold, scale_up_threshold",
        "target_domain",
    ]


def test_a_key_that_both_stacks_have_reaches_both() -> None:
    checked = settings(vpc_cidr="10.9.0.0/16", log_retention_days=7)
    assert (checked.aws_lab.vpc_cidr, checked.chef_hub.vpc_cidr) == ("10.9.0.0/16", "10.9.0.0/16")
    assert (checked.aws_lab.log_retention_days, checked.chef_hub.log_retention_days) == (7, 7)


def test_the_keys_of_cdktf_itself_pass() -> None:
    assert (
        mistakes(excludeStackIdFromLogicalIds="true", cdktfRelativeModules=["./x"], cdktfVersion="0.21") == []
    )


def test_environment_wins_over_file(tmp_path: Path) -> None:
    (tmp_path / "cdktf.json").write_text('{"context": {"zone_count": 3, "owner": "file"}}')
    loaded = load_settings(tmp_path, {"CDKTF_CONTEXT_JSON": '{"owner": "environment"}'})
    assert loaded.aws_lab.zone_count == 3
    assert loaded.common.owner == "environment"


@pytest.mark.parametrize("text", ["{", "[]", "3", '{"zone_count": 3'])
def test_a_context_that_is_not_an_object_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="CDKTF_CONTEXT_JSON"):
        load_settings(tmp_path, {"CDKTF_CONTEXT_JSON": text})


def test_a_broken_file_and_a_broken_environment_are_both_named(tmp_path: Path) -> None:
    (tmp_path / "cdktf.json").write_text('{"context": ')
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path, {"CDKTF_CONTEXT_JSON": '{"zone_count": 0}'})
    assert len(refused.value.mistakes) == 2
    assert "cdktf.json" in refused.value.mistakes[0]
    assert "zone_count" in refused.value.mistakes[1]


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cdktf.json").write_bytes('{"context": {"owner": "é"}}'.encode("latin-1"))
    with pytest.raises(
        SettingsError, match=r"cdktf\.json: line 1: byte 0xe9 is not UTF-8\. Save it as UTF-8"
    ):
        load_settings(tmp_path, {})


def test_a_context_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CDKTF_CONTEXT_JSON: it is nested too deeply"):
        load_settings(tmp_path, {"CDKTF_CONTEXT_JSON": "[" * 100_000})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '{"owner": "a",\n "owner": "b"}',
            "line 2, column 2: owner is there twice, first in line 1, column 2",
        ),
        ('{"zone_count": NaN}', "line 1, column 16: NaN is not a number in JSON"),
        ('{"owner": "\udcff"}', "it is not UTF-8"),
        ('{"owner": "\\ud800"}', "half of a character"),
        ('{"owner": "a",}', "line 1, column 15: it is not JSON"),
        ("[]", "the context is"),
        ("", None),
    ],
)
def test_case_23_a_context_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, text: str, said: str | None
) -> None:
    _, mistakes = load_context(tmp_path, {"CDKTF_CONTEXT_JSON": text})
    assert len(mistakes) == (said is not None)
    assert said is None or said in mistakes[0]


def test_case_23_a_cdktf_json_that_is_a_list_is_named(tmp_path: Path) -> None:
    (tmp_path / "cdktf.json").write_text("[1]")
    assert load_context(tmp_path, {})[1] == [
        'cdktf.json: it is a list, not an object. Write it as {"app": …, "context": {…}}.'
    ]


def test_the_containers_networks_are_those_of_the_cookbooks(project: Path) -> None:
    lab = (project / "cookbooks/jupyterhub_lab/attributes/default.rb").read_text()
    swarm = (project / "cookbooks/docker_swarm/attributes/default.rb").read_text()
    assert f"['container_network'] = '{LAB_CONTAINERS}'" in lab
    assert f"['address_pools'] = %w({SWARM_CONTAINERS})" in swarm


def test_main_refuses_before_anything_is_imported_or_written(project: Path, tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, str(project / "main.py")],
        cwd=tmp_path,
        env={
            **os.environ,
            "CDKTF_CONTEXT_JSON": json.dumps({"zone_count": 0, "backend": "ftp", "nonsense": 1}),
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 2
    assert [word in finished.stderr for word in ("zone_count = 0", "backend = 'ftp'", "nonsense = 1")] == [
        True
    ] * 3
    assert finished.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_settings_are_checked_before_cdktf_is_imported() -> None:
    code = "import sys; from stacks.settings.loading import check_context; check_context({}); print('cdktf' in sys.modules)"
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert finished.stdout.strip() == "False"
