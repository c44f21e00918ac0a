"""Packing cookbooks: the same content gives the same bytes, and mistakes are named together."""

import io
import os
import shutil
import tarfile
from pathlib import Path

import pytest

from hubctl.cookbooks.bundle import pack
from hubctl.core.errors import BadInputError


def names(content: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        return archive.getnames()


def test_same_content_gives_the_same_bytes_elsewhere_and_later(folder: Path, tmp_path: Path) -> None:
    first = pack(folder)
    copy = tmp_path / "elsewhere"
    shutil.copytree(folder, copy)
    for path in copy.rglob("*"):
        os.utime(path, (1, 1))
        if path.is_file():
            path.chmod(0o600)
    second = pack(copy)
    assert second.content == first.content
    assert second.sha256 == first.sha256


def test_changed_content_gives_another_digest(folder: Path) -> None:
    first = pack(folder)
    (folder / "docker/recipes/default.rb").write_text("package 'curl'\n", encoding="utf-8")
    assert pack(folder).digest != first.digest


def test_programs_stay_executable_and_specifications_stay_at_home(folder: Path) -> None:
    program = folder / "docker/recipes/run"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    (folder / "docker/.kitchen").mkdir()
    (folder / "docker/.kitchen/log").write_text("", encoding="utf-8")
    content = pack(folder).content
    assert names(content) == [
        "cookbooks/docker/metadata.rb",
        "cookbooks/docker/recipes/default.rb",
        "cookbooks/docker/recipes/run",
        "cookbooks/hub_leader/metadata.rb",
        "cookbooks/hub_leader/recipes/default.rb",
        "roles/server.json",
        "roles/worker.json",
    ]
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
        assert archive.getmember("cookbooks/docker/recipes/run").mode == 0o755
        assert archive.getmember("cookbooks/docker/metadata.rb").mode == 0o644
        assert {member.mtime for member in archive} == {0}


def test_all_mistakes_are_named_at_once(folder: Path) -> None:
    (folder / "roles/worker.json").unlink()
    (folder / "roles/server.json").write_text(
        '{"name": "leader", "run_list": ["recipe[nginx::tls]"]}', encoding="utf-8"
    )
    (folder / "roles/other.json").write_text("{", encoding="utf-8")
    (folder / "docker/recipes/link.rb").symlink_to("/etc/passwd")
    with pytest.raises(BadInputError) as caught:
        pack(folder)
    for part in (
        "roles/worker.json is missing",
        "names itself 'leader'",
        "runs nginx, which is not a cookbook here",
        "roles/other.json is not a role",
        "cookbooks/docker/recipes/link.rb is a symbolic link",
    ):
        assert part in caught.value.message


def test_cookbooks_that_chef_could_not_load_are_refused(folder: Path) -> None:
    (folder / "hub_leader/metadata.rb").write_text(
        "depends 'docker'\n  depends(\"nginx\")\n", encoding="utf-8"
    )
    (folder / "docker/metadata.rb").write_text("name 'engine'\n", encoding="utf-8")
    (folder / "swarm/recipes").mkdir(parents=True)
    (folder / "notes").mkdir()
    (folder / "site").mkdir()
    (folder / "site/metadata.json").write_text(
        '{"name": "site", "dependencies": {"tls": ">= 0"}}', encoding="utf-8"
    )
    (folder / "broken").mkdir()
    (folder / "broken/metadata.json").write_text("[]", encoding="utf-8")
    with pytest.raises(BadInputError) as caught:
        pack(folder)
    for part in (
        "swarm has no metadata.rb",
        "docker/metadata.rb names itself 'engine'",
        "hub_leader/metadata.rb gives no name",
        "hub_leader depends on nginx, which is not a cookbook here",
        "site depends on tls, which is not a cookbook here",
        "broken/metadata.json cannot be read",
    ):
        assert part in caught.value.message
    assert "notes" not in caught.value.message


def test_empty_and_missing_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="there is no cookbook"):
        pack(tmp_path)
    with pytest.raises(BadInputError, match="there is no folder"):
        pack(tmp_path / "nowhere")


def test_the_projects_own_cookbooks_can_be_packed(project: Path) -> None:
    bundle = pack(project / "cookbooks")
    assert {
        "docker",
        "docker_swarm",
        "hub_leader",
        "hub_worker",
        "jupyterhub",
        "nfs_client",
        "nginx_proxy",
    } <= set(bundle.cookbooks)
    # The schema that the cookbooks check their attributes against travels with them.
    assert "cookbooks/contract/node-attributes.schema.json" in names(bundle.content)
