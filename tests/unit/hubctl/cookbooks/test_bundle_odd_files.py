"""Case 22: names of any length and kind are packed so that the Workstation's tar gives them back, or refused in a sentence."""

import os
import shutil
import socket
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from hubctl.cookbooks.bundle import pack
from hubctl.cookbooks.cli import command
from hubctl.core.errors import BadInputError
from tests.support.waiting import PATIENCE

FILES = "docker/files/default"
NAMES = {
    "case 22: a long name": f"{'c' * 120}.txt",
    "the longest name": "n" * 255,
    "a path of more than 256 characters": "/".join(["folder" * 10] * 6 + ["file"]),
    "a long name in a long path": "/".join(["d" * 200] * 6 + ["f" * 200]),
    "exactly what ustar takes": "u" * (100 - len("cookbooks/docker/files/default/")),
    "one more than ustar takes": "u" * (101 - len("cookbooks/docker/files/default/")),
    "spaces": " two  words ",
    "a leading hyphen": "-rf",
    "signs of the shell": "$(id) `id` ; & | * ? ' \" \\ !",
    "accents": "übergrößenträger-é.txt",
    "accents, decomposed": "e\u0301.txt",
    "long, and of other scripts": "日本語" * 28,
    "a sign beyond the basic plane": "📓.ipynb",
}


def written(folder: Path, name: str, content: bytes = b"content\n") -> None:
    path = folder / FILES / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def unpack(content: bytes, folder: Path, locale: str) -> None:
    """Unpack as the Workstation does, whose units have no locale."""
    (folder.parent / "bundle").write_bytes(content)
    subprocess.run(
        [
            str(shutil.which("tar")),
            "-xzf",
            str(folder.parent / "bundle"),
            "-C",
            str(folder),
            "--no-same-owner",
        ],
        env={"LC_ALL": locale, "PATH": os.environ["PATH"]},
        check=True,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("kind", NAMES)
def test_case_22_the_workstations_tar_gives_every_name_back(
    folder: Path, unpacked: Path, kind: str, locale: str
) -> None:
    written(folder, NAMES[kind])
    bundle = pack(folder)
    unpack(bundle.content, unpacked, locale)
    assert (unpacked / "cookbooks" / FILES / NAMES[kind]).read_bytes() == b"content\n"
    assert pack(folder).content == bundle.content


def test_case_22_deep_paths_are_packed(folder: Path, unpacked: Path) -> None:
    """Deeper than Python's recursion goes."""
    deep = "/".join(["d"] * 1200)
    below = folder / FILES
    below.mkdir(parents=True)
    for _ in range(1200):
        below = Path(f"{below}/d")
        below.mkdir()
    try:
        (below / "f").write_bytes(b"content")
        unpack(pack(folder).content, unpacked, "C")
        assert Path(f"{unpacked}/cookbooks/{FILES}/{deep}/f").read_bytes() == b"content"
    finally:  # pytest would remove it by recursion
        subprocess.run([str(shutil.which("rm")), "-rf", str(folder / FILES), str(unpacked)], check=True)


def test_case_22_the_command_packs_a_long_name(folder: Path, s3: object) -> None:
    del s3
    written(folder, NAMES["case 22: a long name"])
    done = CliRunner().invoke(
        command, ["push", "--bucket", "chef-hub-bootstrap-test", "--folder", str(folder), "--dry-run"]
    )
    assert (done.exit_code, "nothing was changed" in done.output) == (0, True)


def test_usual_names_are_packed_as_before(folder: Path, tmp_path: Path) -> None:
    """The same content has the digest of earlier versions, so it is not uploaded again."""
    bundle = pack(folder)
    before = tmp_path / "before.tar"
    with tarfile.open(before, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted([*folder.rglob("*")], key=lambda path: path.relative_to(folder).as_posix()):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and "spec" not in path.parts:
                entry = tarfile.TarInfo(name if name.startswith("roles/") else f"cookbooks/{name}")
                entry.size, entry.mode = path.stat().st_size, 0o644
                with path.open("rb") as file:
                    archive.addfile(entry, file)
    import gzip

    assert gzip.decompress(bundle.content) == before.read_bytes()


def refusal(folder: Path) -> str:
    with pytest.raises(BadInputError) as caught:
        pack(folder)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message
    caught.value.message.encode()  # can be printed
    return caught.value.message


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (b"caf\xe9.txt", "has a name that is not UTF-8"),
        (b"two\nlines", "'cookbooks/docker/files/default/two\\nlines' has a control character in its name"),
        (b"bell\x07", "has a control character"),
        (b"esc\x1b[31m", "has a control character"),
    ],
)
def test_names_that_chef_cannot_store_are_refused(folder: Path, name: bytes, said: str) -> None:
    (folder / FILES).mkdir(parents=True)
    Path(os.fsdecode(os.fsencode(folder / FILES) + b"/" + name)).write_bytes(b"")
    assert said in refusal(folder)


def test_links_are_refused_wherever_they_lead(folder: Path, tmp_path: Path) -> None:
    (folder / FILES).mkdir(parents=True)
    targets = {
        "inside": "../../metadata.rb",
        "outside": "/etc/passwd",
        "dangling": "nowhere",
        "folder": str(tmp_path),
        "loop": "loop",
    }
    for name, target in targets.items():
        (folder / FILES / name).symlink_to(target)
    (folder / "gone").symlink_to(tmp_path / "nowhere")
    (folder / "roles/server.json").unlink()
    (folder / "roles/server.json").symlink_to("nowhere.json")
    said = refusal(folder)
    for name in targets:
        assert f"cookbooks/{FILES}/{name} is a symbolic link" in said
    assert "gone is a symbolic link to nothing" in said
    assert "roles/server.json is a symbolic link" in said


def test_what_is_not_a_file_is_refused_and_never_opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A FIFO that is opened waits for ever."""
    (folder / FILES).mkdir(parents=True)
    os.mkfifo(folder / FILES / "fifo")
    os.mkfifo(folder / "roles/other.json")
    monkeypatch.chdir(folder / FILES)  # a socket's path has at most 107 bytes
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        said = refusal(folder)
    assert f"cookbooks/{FILES}/fifo is a FIFO, and only files can be packed" in said
    assert f"cookbooks/{FILES}/socket is a socket" in said
    assert "roles/other.json is a FIFO" in said


def test_devices_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder, "disk")
    real = Path.lstat

    def lstat(self: Path) -> os.stat_result:
        found = real(self)
        if self.name != "disk":
            return found
        return os.stat_result((stat.S_IFBLK | 0o644, *tuple(found)[1:]))

    monkeypatch.setattr(Path, "lstat", lstat)
    assert f"cookbooks/{FILES}/disk is a device" in refusal(folder)


def test_files_that_cannot_be_read_are_named_all_at_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(folder, "secret")
    written(folder, "other")
    real = Path.read_bytes

    def read_bytes(self: Path) -> bytes:
        if self.name in ("secret", "other"):
            raise PermissionError(13, "Permission denied", str(self))
        return real(self)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    said = refusal(folder)
    for name in ("secret", "other"):
        assert f"cookbooks/{FILES}/{name} cannot be read (Permission denied)" in said


def test_folders_that_cannot_be_read_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(folder, "closed/file")
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert f"cookbooks/{FILES}/closed cannot be read (Permission denied)" in refusal(folder)


def test_a_path_that_is_too_long_for_a_node_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / FILES).mkdir(parents=True)
    monkeypatch.chdir(folder / FILES)
    for _ in range(13):  # of 250 bytes each: a path of that length could not be opened at once
        Path("d" * 250).mkdir()
        monkeypatch.chdir("d" * 250)
    Path("file").write_bytes(b"")
    monkeypatch.chdir(folder)
    assert "too long to be unpacked on a node" in refusal(folder)


def test_a_path_that_linux_cannot_open_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / FILES).mkdir(parents=True)
    monkeypatch.chdir(folder / FILES)
    for _ in range(20):
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)
    said = refusal(folder)
    monkeypatch.chdir(folder)
    assert "cannot be read (File name too long)" in said
    shutil.rmtree(folder / FILES)  # by descriptors, as pytest's own removal is not


def test_empty_cookbooks_and_folders(folder: Path) -> None:
    """Metadata alone make a cookbook; a folder without files is not packed, nor is one that is not a cookbook."""
    for path in (folder / "docker/recipes").iterdir():
        path.unlink()
    (folder / "empty").mkdir()
    assert pack(folder).cookbooks == ("docker", "hub_leader")
    shutil.rmtree(folder / "docker")
    shutil.rmtree(folder / "hub_leader")
    assert "there is no cookbook" in refusal(folder)


@pytest.mark.parametrize("name", ["two words", "naïve", "a:b"])
def test_names_of_cookbooks_that_chef_refuses(folder: Path, name: str) -> None:
    (folder / name).mkdir()
    (folder / name / "metadata.rb").write_text(f"name '{name}'\n", encoding="utf-8")
    assert f"{name} is not a name of a cookbook for Chef" in refusal(folder)


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("site/metadata.json", '{"name": "site", "dependencies": 5}'),
        ("site/metadata.json", '{"name": "site", "dependencies": [[]]}'),
        ("site/metadata.json", "[" * 100_000),
        ("site/metadata.rb", "name 'site'\n\xff"),
        ("roles/other.json", '{"name": "other", "run_list": "recipe[docker]"}'),
        ("roles/other.json", '{"name": "other", "run_list": null}'),
        ("roles/other.json", "[" * 100_000),
        ("roles/other.json", "\xff"),
    ],
)
def test_metadata_and_roles_in_any_form_give_a_sentence(folder: Path, file: str, content: str) -> None:
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_bytes(content.encode("latin-1"))
    said = refusal(folder)
    assert file in said


def test_a_cookbook_that_is_a_link_to_a_folder_is_packed(folder: Path, tmp_path: Path) -> None:
    (folder / "docker").rename(tmp_path / "elsewhere")
    before = pack(folder).cookbooks
    (folder / "docker").symlink_to(tmp_path / "elsewhere")
    assert pack(folder).cookbooks == ("docker", *before)
