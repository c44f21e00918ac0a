"""The Packer templates parse, hold together, and make images that the stacks find."""

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest

from hub_constructs.core.aws_limits.regions import partitions
from hubctl.core.tool_versions import terraform_binary
from stacks.settings.aws_lab import AwsLabSettings
from stacks.settings.chef_hub import ChefHubSettings

IMAGES = Path(__file__).resolve().parents[3] / "images"
TEMPLATES = sorted(IMAGES.glob("*.hcl"))
PINNED = dict(
    re.findall(r'^(\w+) *= *"(.*)"$', (IMAGES / "versions.pkrvars.hcl").read_text(encoding="utf-8"), re.M)
)
BUILDS = {
    path.name.removesuffix(".pkr.hcl"): path for path in TEMPLATES if "\nbuild {" in f"\n{path.read_text()}"
}


def text_of_all() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in IMAGES.glob("*.pkr.hcl"))


def image_name(build: str) -> str:
    """Return the AMI name of a build, its expressions replaced by their values."""
    (name,) = re.findall(r'ami_name\s*=\s*"(.*)"', BUILDS[build].read_text(encoding="utf-8"))
    os = f"ubuntu-{PINNED['ubuntu_release']}"
    name = name.replace("${local.os}", os).replace("${local.built}", "20261122120000")
    name = re.sub(r"\$\{var\.(\w+)\}", lambda match: PINNED[match[1]], name)
    assert "${" not in name
    return str(name)


@pytest.mark.terraform
@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_is_hcl_in_canonical_form(path: Path) -> None:
    formatted = subprocess.run(
        [str(terraform_binary()), "fmt", "-no-color", "-"],
        input=path.read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert formatted.returncode == 0, formatted.stderr
    assert formatted.stdout == path.read_text(encoding="utf-8"), f"run: terraform fmt - <{path.name}"


@pytest.mark.parametrize(
    ("build", "pattern"),
    [
        ("chef-server", ChefHubSettings.model_fields["chef_server_ami_name"].default),
        ("chef-workstation", ChefHubSettings.model_fields["chef_workstation_ami_name"].default),
        ("chef-client", ChefHubSettings.model_fields["chef_client_ami_name"].default),
        ("lab", AwsLabSettings.model_fields["ami_name"].default),
    ],
)
def test_stacks_find_what_is_built(build: str, pattern: str) -> None:
    name = image_name(build)
    assert fnmatch.fnmatchcase(name, pattern)
    others = [other for other in BUILDS if other != build and fnmatch.fnmatchcase(image_name(other), pattern)]
    assert others == []
    assert len(name) <= 128, "EC2 refuses longer names"


def test_there_are_exactly_four_machine_images() -> None:
    assert set(BUILDS) == {"chef-server", "chef-workstation", "chef-client", "lab"}


def test_every_variable_is_declared_and_every_version_pinned_and_used() -> None:
    text = text_of_all()
    declared = dict(re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.M | re.S))
    referenced = set(re.findall(r"\bvar\.(\w+)", text))
    assert referenced <= set(declared)
    required = {name for name, body in declared.items() if "default" not in body}
    assert required == set(PINNED)
    containers = (IMAGES / "build-containers").read_text(encoding="utf-8")
    unused = {name for name in PINNED if name not in referenced and not re.search(rf"\b{name}\b", containers)}
    assert unused == set()


@pytest.mark.parametrize("build", sorted(BUILDS))
def test_scripts_exist_and_get_the_variables_that_they_demand(build: str) -> None:
    text = BUILDS[build].read_text(encoding="utf-8")
    common = re.findall(r'"([A-Z_0-9]+)=', re.findall(r"common *= \[(.*)\]", text_of_all())[0])
    given = {*common, *re.findall(r'"([A-Z_0-9]+)=', text)}
    scripts = [IMAGES / name for name in re.findall(r"\$\{path\.root\}/(provision/[\w.-]+)", text)]
    assert scripts
    demanded = set()
    for script in scripts:
        assert script.stat().st_mode & 0o111, f"{script.name} is not executable"
        demanded |= set(re.findall(r"\$\{([A-Z_0-9]+):\?", script.read_text(encoding="utf-8")))
    assert demanded - given == set()
    assert set(given) - set(common) - demanded == set(), "given, but no script wants it"
    assert scripts[0].name == "base.sh"
    assert scripts[-1].name == "clean.sh"


def test_images_are_encrypted_and_the_builders_speak_imdsv2_only() -> None:
    source = (IMAGES / "source.pkr.hcl").read_text(encoding="utf-8")
    assert re.search(r"encrypt_boot\s*= true", source)
    assert re.search(r'http_tokens\s*= "required"', source)
    assert re.search(r'imds_support\s*= "v2.0"', source)


def test_ubuntu_comes_from_canonicals_account_of_each_partition() -> None:
    """https://documentation.ubuntu.com/aws/aws-how-to/instances/find-ubuntu-images/ names them."""
    source = (IMAGES / "source.pkr.hcl").read_text(encoding="utf-8")
    assert re.search(r"owners\s*= \[local\.canonical\]", source)
    accounts = dict(re.findall(r"([\w-]+) = \"(\d{12}|)\"", source))
    assert accounts == {
        "aws": "099720109477",
        "aws-us-gov": "513442679011",
        "aws-cn": "837727238323",
        "aws-eusc": "",
    }
    chosen = dict(re.findall(r'regexall\("\^([\w-]+)", var\.region\)\) > 0 \? "([\w-]+)"', source))
    assert chosen == {"cn-": "aws-cn", "us-gov-": "aws-us-gov", "eusc-": "aws-eusc"}
    assert set(accounts) == {each.name for each in partitions() if not each.isolated}
    for each in partitions():
        for region in each.regions if not each.isolated else ():
            beginning = next((start for start in chosen if region.startswith(start)), None)
            assert chosen.get(str(beginning), "aws") == each.name


def test_canonicals_account_has_to_be_given_where_it_is_not_known() -> None:
    """In the European Sovereign Cloud; elsewhere the known one is the default."""
    source = (IMAGES / "source.pkr.hcl").read_text(encoding="utf-8")
    canonical = re.search(r"^  canonical = (.*)$", source, re.MULTILINE)
    assert canonical is not None
    assert canonical[1] == (
        'var.canonical_owner != "" ? var.canonical_owner : local.known != "" ? local.known : file(local.unknown)'
    )
    assert re.search(r'unknown = "give -var canonical_owner=ACCOUNT .*publisher-id', source)
    assert 'https://ec2.${var.region}.amazonaws.eu"' in source


def test_clean_script_forgets_keys_and_identity() -> None:
    clean = (IMAGES / "provision/clean.sh").read_text(encoding="utf-8")
    for trace in ("authorized_keys", "ssh_host_", "machine-id", "cloud-init clean"):
        assert trace in clean
