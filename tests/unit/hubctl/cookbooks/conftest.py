"""A bucket in moto, in this process, and a small folder of cookbooks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

BUCKET = "chef-hub-bootstrap-test"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SSM"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two cookbooks with a specification each, and the two roles."""
    top = tmp_path / "cookbooks"
    for name in ("docker", "hub_leader"):
        for path in ("recipes", "spec"):
            (top / name / path).mkdir(parents=True)
        (top / name / "metadata.rb").write_text(f"name '{name}'\nversion '1.0.0'\n", encoding="utf-8")
        (top / name / "recipes/default.rb").write_text("package 'jq'\n", encoding="utf-8")
        (top / name / "spec/default_spec.rb").write_text("describe 'it'\n", encoding="utf-8")
    (top / "roles").mkdir()
    for name in ("server", "worker"):
        role = {"name": name, "run_list": ["recipe[hub_leader]"]}
        (top / "roles" / f"{name}.json").write_text(json.dumps(role), encoding="utf-8")
    return top
