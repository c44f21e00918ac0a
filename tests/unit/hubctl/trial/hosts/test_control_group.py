from pathlib import Path

import pytest

from hubctl.trial.hosts.control_group import SHARE, TRIALS, ControlGroup


@pytest.fixture(params=["version 1", "version 2"])
def controller(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return where the kernel of that version has the weights of processes."""
    if request.param == "version 2":
        (tmp_path / "cgroup.controllers").touch()
        return tmp_path
    (tmp_path / "cpu").mkdir()
    return tmp_path / "cpu"


def test_the_hosts_containers_get_a_share_and_leave_nothing(tmp_path: Path, controller: Path) -> None:
    group = ControlGroup(name="trial-leader", root=tmp_path)
    group.create()
    assert group.option == f"--cgroup-parent=/{TRIALS}/trial-leader"
    weight = (controller / TRIALS / ("cpu.weight" if controller == tmp_path else "cpu.shares")).read_text()
    assert int(weight) == SHARE * (100 if controller == tmp_path else 1024)
    # What Docker adds: a group for each container, in each controller.
    other = controller if controller == tmp_path else tmp_path / "memory"
    (other / TRIALS / "trial-leader/container/inner").mkdir(parents=True)
    (controller / TRIALS / "trial-worker").mkdir()
    group.delete()
    assert not list(tmp_path.rglob("trial-leader"))
    assert (controller / TRIALS / "trial-worker").is_dir()
    # The kernel's own files do not keep it from deleting a group, as these would.
    for file in tmp_path.rglob("cpu.*"):
        file.unlink()
    ControlGroup(name="trial-worker", root=tmp_path).delete()
    assert not list(tmp_path.rglob(TRIALS))


def test_a_machine_without_control_groups_runs_hosts_all_the_same(tmp_path: Path) -> None:
    group = ControlGroup(name="trial-leader", root=tmp_path / "none")
    group.create()
    group.delete()
    assert not list(tmp_path.iterdir())
