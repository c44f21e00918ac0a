"""A state is read in every form in which people have one, and a copy that Terraform can work on is made of each."""

import gzip
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from hubctl.adopt.state.origin import Origin, decoded
from hubctl.adopt.state.source import state_from
from hubctl.core.errors import BadInputError

STATE = json.dumps(
    {
        "version": 4,
        "terraform_version": "99.0.0",  # only the format counts: Terraform reads that of newer ones, too
        "serial": 3,
        "lineage": "5c0a",
        "outputs": {},
        "resources": [
            {
                "mode": "managed",
                "type": "aws_vpc",
                "name": "größe",
                "provider": 'provider["registry.example/hashicorp/aws"]',
                "instances": [{"schema_version": 1, "attributes": {"id": "vpc-1"}}],
            }
        ],
    },
    indent=2,
    ensure_ascii=False,
)
FORMS = {
    "plain": STATE.encode(),
    "Windows line ends": STATE.replace("\n", "\r\n").encode(),
    "a byte order mark": STATE.encode("utf-8-sig"),
    "PowerShell": STATE.encode("utf-16"),
    "UTF-16, big end first": b"\xfe\xff" + STATE.encode("utf-16-be"),
    "UTF-16 without a mark": STATE.encode("utf-16-le"),
    "UTF-32": STATE.encode("utf-32"),
    "gzip": gzip.compress(STATE.encode(), mtime=0),
    "gzip with a mark": gzip.compress(STATE.encode("utf-8-sig"), mtime=0),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_from_files_and_from_standard_input(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.tfstate"
    path.write_bytes(FORMS[form])
    state = state_from(str(path), None)
    assert [resource.address for resource in state.resources] == ["aws_vpc.größe"]
    assert state.origin.path == path
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(FORMS[form])))
    piped = state_from("-", None)
    assert piped.resources == state.resources
    assert piped.origin.path is None


@pytest.mark.parametrize(
    "form", ["plain", "a byte order mark", "PowerShell", "UTF-16, big end first", "UTF-32", "gzip"]
)
def test_the_copy_is_what_terraform_reads(form: str, tmp_path: Path) -> None:
    path = tmp_path / "it's old.tfstate"
    path.write_bytes(FORMS[form])
    (command,), copy = state_from(str(path), None).origin.copying()
    subprocess.run(["/bin/sh", "-c", command], check=True)
    assert json.loads(copy.read_bytes().decode("utf-8")) == json.loads(STATE)
    assert path.read_bytes() == FORMS[form]


@pytest.mark.parametrize("form", ["plain", "a byte order mark", "PowerShell", "gzip"])
def test_the_state_is_put_where_terraform_reads_it(form: str, tmp_path: Path) -> None:
    path = tmp_path / "it's old.tfstate"
    path.write_bytes(FORMS[form])
    target = tmp_path / "terraform.tfstate"
    command = state_from(str(path), None).origin.installing(path, str(target))
    subprocess.run(["/bin/sh", "-c", command.strip("`")], check=True)
    assert json.loads(target.read_text(encoding="utf-8")) == json.loads(STATE)
    assert target.stat().st_mode & 0o077 == 0
    shown = Origin(path=path, form="shown").installing(path, "there")
    assert "state pull > there" in shown
    assert str(path) not in shown


def test_what_is_no_file_is_pulled_first() -> None:
    (command,), copy = Origin(backend=Path("/a b/lab")).copying()
    assert command.endswith(f" -chdir='/a b/lab' state pull > {copy}")
    (command,), copy = Origin(path=Path("shown.json"), form="shown").copying()
    assert command.endswith(f" -chdir=FOLDER state pull > {copy}")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"PK\x03\x04rest", "a saved plan or another archive"),
        (gzip.compress(STATE.encode(), mtime=0)[:60], "a damaged gzip file"),
        (b"\x1f\x8bnothing of the kind", "a damaged gzip file"),
        (b'{"version": "\xe4"}', "not text in UTF-8 or UTF-16"),
    ],
)
def test_what_cannot_be_text_is_named(raw: bytes, said: str) -> None:
    with pytest.raises(BadInputError, match=said) as refused:
        decoded(raw, "old.tfstate")
    assert "old.tfstate" in refused.value.message


def test_an_archive_that_grows_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubctl.adopt.state.origin.LARGEST", 1000)
    with pytest.raises(BadInputError, match="too large"):
        decoded(gzip.compress(b" " * 100_000, mtime=0), "old.tfstate")


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is a folder") as refused:
        state_from(str(tmp_path), None)
    assert f"--from-backend {tmp_path}" in refused.value.remedy
    with pytest.raises(BadInputError, match="there is no file"):
        state_from(str(tmp_path / "missing"), None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('# aws_vpc.lab:\nresource "aws_vpc" "lab" {\n', "`terraform show`"),
        ('aws_vpc.lab\nmodule.a["b"].aws_subnet.c[0]\n', "`terraform state list`"),
        ('resource "aws_vpc" "lab" {}', "configuration"),
        ("version: 4\n", "not JSON"),
        ('{"version": 3, "backend": {"type": "s3"}}', "only says where the state is kept"),
        ('{"resource_changes": [], "format_version": "1.2"}', "a plan, not a state"),
        (
            '{"serial": 1, "lineage": "x", "meta": {}, "encrypted_data": "AAAA", "encryption_version": "v0"}',
            "encrypted",
        ),
    ],
)
def test_what_people_give_instead_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "given"
    path.write_text(text)
    with pytest.raises(BadInputError) as refused:
        state_from(str(path), None)
    assert said in refused.value.message
    assert refused.value.remedy
