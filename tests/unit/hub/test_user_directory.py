import os
from pathlib import Path

import pytest

from swarm_hub.user_directory import NOTEBOOK_GID, NOTEBOOK_UID, make_user_directory


def test_the_directory_is_the_users_alone(tmp_path: Path) -> None:
    (tmp_path / "users").mkdir()
    directory = make_user_directory(tmp_path / "users", "ada")
    assert directory == tmp_path / "users" / "ada"
    status = directory.stat()
    assert status.st_mode & 0o777 == 0o700
    if os.geteuid() == 0:
        assert (status.st_uid, status.st_gid) == (NOTEBOOK_UID, NOTEBOOK_GID)


def test_nothing_is_made_where_no_file_system_is_mounted(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        make_user_directory(tmp_path / "users", "ada")
    assert not list(tmp_path.iterdir())


def test_files_stay_and_open_doors_are_closed(tmp_path: Path) -> None:
    directory = make_user_directory(tmp_path, "ada")
    (directory / "notebook.ipynb").write_text("{}")
    directory.chmod(0o777)
    assert make_user_directory(tmp_path, "ada") == directory
    assert (directory / "notebook.ipynb").read_text() == "{}"
    assert directory.stat().st_mode & 0o777 == 0o700


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    (tmp_path / "ada").symlink_to(elsewhere)
    with pytest.raises(OSError, match="ada"):
        make_user_directory(tmp_path, "ada")
    assert elsewhere.stat().st_mode & 0o777 == 0o755


def test_strange_names_stay_below_the_folder(tmp_path: Path) -> None:
    for name in ("../../etc", "..", "a/b", "/etc"):
        assert make_user_directory(tmp_path, name).parent == tmp_path
