"""`hubctl cookbooks` against S3: push, push again, go back, and what happens when something is wrong."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from hubctl.cookbooks.bucket import bucket_in_state, bucket_name
from hubctl.cookbooks.cli import command
from hubctl.core.aws import told_plainly
from hubctl.core.errors import BadInputError, HubctlError
from tests.support.printed import flat

BUCKET = "chef-hub-bootstrap-test"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, [*arguments, "--bucket", BUCKET])


def push(folder: Path, *arguments: str) -> Result:
    return run("push", "--folder", str(folder), *arguments)


def pointer(s3: Any) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(s3.get_object(Bucket=BUCKET, Key="cookbooks/LATEST")["Body"].read())
    return document


def objects(s3: Any) -> dict[str, str]:
    return {item["Key"]: item["ETag"] for item in s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())}


def change(folder: Path, text: str) -> None:
    (folder / "docker/recipes/default.rb").write_text(text, encoding="utf-8")


def test_push_uploads_points_and_remembers_the_one_before(s3: Any, folder: Path) -> None:
    assert push(folder).exit_code == 0
    first = pointer(s3)
    assert re.fullmatch(r"\d{8}T\d{6}Z-[0-9a-f]{12}", first["version"])
    assert first["previous"] is None
    assert s3.head_object(Bucket=BUCKET, Key=first["key"])["Metadata"]["sha256"] == first["sha256"]

    change(folder, "package 'curl'\n")
    result = push(folder)
    assert result.exit_code == 0
    second = pointer(s3)
    assert second["version"] != first["version"]
    assert second["previous"] == {name: first[name] for name in ("version", "key", "sha256")}
    assert f"--to {first['version']}" in result.output


def test_pushing_the_same_again_changes_nothing(s3: Any, folder: Path) -> None:
    push(folder)
    before = objects(s3)
    result = push(folder)
    assert result.exit_code == 0
    assert "nothing to do" in flat(result.output)
    assert objects(s3) == before


def test_dry_run_changes_nothing(s3: Any, folder: Path) -> None:
    result = push(folder, "--dry-run")
    assert result.exit_code == 0
    assert "nothing was changed" in result.output
    assert objects(s3) == {}


def test_rollback_points_to_the_earlier_version_without_an_upload(s3: Any, folder: Path) -> None:
    push(folder)
    first = pointer(s3)
    change(folder, "package 'curl'\n")
    push(folder)
    second, before = pointer(s3), set(objects(s3))
    assert run("push", "--to", first["version"]).exit_code == 0
    back = pointer(s3)
    assert back["version"] == first["version"]
    assert back["sha256"] == first["sha256"]
    assert back["previous"]["version"] == second["version"]
    assert set(objects(s3)) == before


def test_rollback_to_nothing_names_the_version(s3: Any, folder: Path) -> None:
    push(folder)
    before = pointer(s3)
    result = run("push", "--to", "20200101T000000Z-000000000000")
    assert isinstance(result.exception, BadInputError)
    assert "there is no version 20200101T000000Z-000000000000" in result.exception.message
    assert pointer(s3) == before


def test_damaged_bundle_is_not_pointed_to(s3: Any, folder: Path) -> None:
    push(folder)
    first = pointer(s3)
    change(folder, "package 'curl'\n")
    push(folder)
    current = pointer(s3)
    s3.put_object(Bucket=BUCKET, Key=first["key"], Body=b"x", Metadata={"sha256": first["sha256"]})
    result = run("push", "--to", first["version"])
    assert isinstance(result.exception, HubctlError)
    assert "has the checksum" in result.exception.message
    assert pointer(s3) == current


def test_damaged_pointer_is_replaced_by_a_push(s3: Any, folder: Path) -> None:
    s3.put_object(Bucket=BUCKET, Key="cookbooks/LATEST", Body=b"{]")
    assert push(folder).exit_code == 0
    assert pointer(s3)["previous"] is None


def test_list_says_when_no_version_is_chosen(s3: Any, folder: Path) -> None:
    push(folder)
    assert "none of them" not in run("list").output
    s3.put_object(Bucket=BUCKET, Key="cookbooks/LATEST", Body=b"{]")
    output = run("list").output
    assert f"s3://{BUCKET}/cookbooks/LATEST is missing or damaged" in flat(output)
    assert "hubctl cookbooks push --to VERSION" in output


def test_list_marks_latest_and_last_good(s3: Any, folder: Path) -> None:
    assert "no cookbooks" in run("list").output
    push(folder)
    change(folder, "package 'curl'\n")
    push(folder)
    lines = run("list").output.splitlines()
    marks = [
        line for line in lines if pointer(s3)["version"] in line or pointer(s3)["previous"]["version"] in line
    ]
    assert sorted("latest" in line for line in marks) == [False, True]
    assert sorted("last good" in line for line in marks) == [False, True]


def test_missing_bucket_is_named_with_its_remedy(s3: Any, folder: Path) -> None:
    del s3
    result = CliRunner().invoke(command, ["push", "--folder", str(folder), "--bucket", "not-there"])
    assert isinstance(result.exception, HubctlError)
    assert "NoSuchBucket" in result.exception.message
    assert "--bucket" in result.exception.remedy


def test_denial_is_named_with_its_remedy() -> None:
    denied = ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")
    with (
        pytest.raises(HubctlError, match="cannot write it: AccessDenied: no") as caught,
        told_plainly("write it"),
    ):
        raise denied
    assert "permissions" in caught.value.remedy


def test_bucket_comes_from_the_state_of_the_stack() -> None:
    resources = [
        {
            "mode": "managed",
            "type": "aws_s3_bucket",
            "name": name,
            "instances": [{"attributes": {"bucket": bucket}}],
        }
        for name, bucket in (("logs", "logs-1"), ("bootstrap", "chef-hub-bootstrap-1"))
    ]
    assert bucket_in_state({"resources": resources}) == "chef-hub-bootstrap-1"
    named = {"outputs": {"bootstrap_bucket": {"value": "mine"}}, "resources": resources}
    assert bucket_in_state(named) == "mine"
    assert bucket_in_state({}) is None


def test_neither_or_both_ways_to_name_the_bucket_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is not known"):
        bucket_name(bucket=None, stack_folder=None)
    with pytest.raises(BadInputError, match="exclude each other"):
        bucket_name(bucket="a", stack_folder=tmp_path)
    with pytest.raises(BadInputError, match="there is no folder"):
        bucket_name(bucket=None, stack_folder=tmp_path / "nowhere")
