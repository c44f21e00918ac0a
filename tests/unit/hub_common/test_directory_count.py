"""A directory is counted right whatever its user has made of it, and never with more descriptors than are allowed."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_common.directory_count import DirectoryCount, MissingError, UnfinishedError

NAME = "a-directory-with-a-long-name-so-that-few-of-them-make-a-path-that-is-too-long"
DEEP = 200  # levels of this name: four times the longest path


def size(directory: Path, **options: int) -> int:
    count = DirectoryCount(directory, **options)
    for _ in count.slices():
        pass
    return count.found


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def write(handle: int, name: str, count: int) -> None:
    file = os.open(name, os.O_WRONLY | os.O_CREAT, dir_fd=handle)
    os.write(file, os.urandom(count))
    os.close(file)


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """A nest deeper than any path is long; 5,000 bytes in each level, and 50,000 in a sibling of each."""
    root = tmp_path / "deep"
    root.mkdir()
    handle = os.open(root, os.O_RDONLY)
    for _ in range(DEEP):
        write(handle, "file", 5_000)
        os.mkdir("beside", dir_fd=handle)
        beside = os.open("beside", os.O_RDONLY, dir_fd=handle)
        write(beside, "file", 50_000)
        os.close(beside)
        os.mkdir(NAME, dir_fd=handle)
        below = os.open(NAME, os.O_RDONLY, dir_fd=handle)
        os.close(handle)
        handle = below
    os.close(handle)
    yield root
    shutil.rmtree(root)


def test_what_files_occupy_is_counted_once(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data").write_bytes(os.urandom(1_000_000))
    before = size(tmp_path)
    assert before >= 1_000_000
    for number in range(6):
        os.link(tmp_path / "folder" / "data", tmp_path / f"again-{number}")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "outside").symlink_to("/usr")
    assert abs(size(tmp_path) - before) <= 8192


def test_a_nest_deeper_than_any_path_counts_right_with_few_descriptors(deep: Path) -> None:
    assert DEEP * len(NAME) > 3 * os.pathconf(deep, "PC_PATH_MAX")
    before = descriptors()
    count = DirectoryCount(deep, most_open=4, slice_=1)
    most = max(descriptors() for _ in count.slices())
    assert DEEP * 55_000 <= count.found <= DEEP * (60_000 + 3 * 8192)
    assert most - before <= 2 * (4 + 2)  # one that comes, one that goes
    assert descriptors() == before
    assert count.found == size(deep, most_open=2 * DEEP)


def test_a_count_that_is_given_up_gives_its_descriptors_back(deep: Path) -> None:
    before = descriptors()
    slices = DirectoryCount(deep, slice_=1).slices()
    for _ in range(20):
        next(slices)
    assert descriptors() > before
    slices.close()
    assert descriptors() == before


def test_many_directories_that_wait_in_a_deep_nest_take_no_endless_memory(deep: Path) -> None:
    before = descriptors()
    with pytest.raises(UnfinishedError, match="too many directories"):
        size(deep, most_open=2, most_kept=50)
    assert descriptors() == before
    assert size(deep, most_open=2, most_kept=2 * DEEP) == size(deep)


def test_a_slice_is_of_so_many_entries(tmp_path: Path) -> None:
    for number in range(45):
        (tmp_path / str(number)).touch()
    assert sum(1 for _ in DirectoryCount(tmp_path, slice_=10).slices()) == 4


def test_a_missing_directory_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(MissingError):
        size(tmp_path / "nobody")
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(UnfinishedError):
        size(tmp_path / "link")


def test_a_directory_that_cannot_be_read_makes_the_count_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    opened = os.open

    def refuse(path: object, *arguments: int, **named: int) -> int:
        if path == "closed":
            raise OSError(errno.EIO, "Input/output error")
        return opened(path, *arguments, **named)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(os, "open", refuse)
    before = descriptors()
    with pytest.raises(UnfinishedError, match="Input/output error"):
        size(tmp_path)
    assert descriptors() == before


def test_what_is_deleted_meanwhile_is_left_out(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}").mkdir()
        (tmp_path / f"{number}/file").write_bytes(b"x")
    count = DirectoryCount(tmp_path, slice_=3)
    slices = count.slices()
    next(slices)
    for number in range(20):
        shutil.rmtree(tmp_path / f"{number}")
    for _ in slices:
        pass
    assert count.found <= 20 * 2 * 8192


def test_a_directory_that_is_moved_meanwhile_does_not_lead_to_the_files_of_others(tmp_path: Path) -> None:
    (tmp_path / "user/1/2/3/4").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/large").write_bytes(os.urandom(1_000_000))
    count = DirectoryCount(tmp_path / "user", most_open=1, slice_=1)

    def count_and_move() -> None:
        for done, _ in enumerate(count.slices()):
            if done == 6:  # below 2, which is closed by now
                (tmp_path / "user/1/2/3").rename(tmp_path / "other/3")

    with pytest.raises(UnfinishedError, match="moved"):
        count_and_move()
    assert count.found < 1_000_000


MOUNTS = """
import ctypes, os, sys
from pathlib import Path
user, group = os.getuid(), os.getgid()
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000 | 0x00020000):  # a user and a mount namespace
    sys.exit(77)
Path("/proc/self/setgroups").write_text("deny")
Path("/proc/self/uid_map").write_text(f"0 {user} 1")
Path("/proc/self/gid_map").write_text(f"0 {group} 1")
if libc.mount(b"tmpfs", os.fsencode(sys.argv[1] + "/mounted"), b"tmpfs", 0, b""):
    sys.exit(77)
Path(sys.argv[1], "mounted/large").write_bytes(b"x" * 1_000_000)
from tests.unit.hub_common.test_directory_count import size
print(size(Path(sys.argv[1])))
"""


def test_what_is_mounted_below_is_not_counted(tmp_path: Path, project: Path) -> None:
    (tmp_path / "mounted").mkdir()
    (tmp_path / "file").write_bytes(os.urandom(50_000))
    paths = os.pathsep.join([str(project), *sys.path])
    result = subprocess.run(
        [sys.executable, "-c", MOUNTS, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )
    if result.returncode == 77:
        pytest.skip("this machine gives no namespaces to those who are not root")
    assert result.returncode == 0, result.stderr
    assert 50_000 <= int(result.stdout) < 500_000
