import hashlib
import json
import os
import tarfile
from pathlib import Path

import pytest

from hubctl.core.errors import HubctlError
from hubctl.trial.hosts.image import reserve_cache, write_archive


def test_an_archive_is_what_docker_load_wants(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin/tool").write_text("#!/bin/sh\n")
    (root / "bin/tool").chmod(0o755)
    os.link(root / "bin/tool", root / "bin/other")
    (root / "link").symlink_to("bin/tool")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    write_archive(root, tmp_path / "image.tar", names=("a:1", "b:1"), scratch=scratch)
    with tarfile.open(tmp_path / "image.tar") as archive:
        manifest = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
        config = json.load(archive.extractfile(manifest[0]["Config"]))  # type: ignore[arg-type]
        layer = archive.extractfile(manifest[0]["Layers"][0]).read()  # type: ignore[union-attr]
    assert manifest[0]["RepoTags"] == ["a:1", "b:1"]
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    (tmp_path / "layer.tar").write_bytes(layer)
    with tarfile.open(tmp_path / "layer.tar") as packed:
        names = packed.getnames()
        assert {"./bin/tool", "./bin/other", "./link"} <= set(names)
        assert packed.getmember("./bin/tool").mode == 0o755
        assert packed.getmember("./link").linkname == "bin/tool"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(HubctlError, match="cannot be packed"):
        write_archive(tmp_path / "nothing", tmp_path / "image.tar", names=("a:1",), scratch=tmp_path)


def test_a_build_that_was_cut_off_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    (tmp_path / "image-cut-off/root").mkdir(parents=True)
    (tmp_path / "image-0123.tar").write_text("an image")
    with reserve_cache(tmp_path):
        assert sorted(path.name for path in tmp_path.iterdir()) == ["image-0123.tar", "lock"]
