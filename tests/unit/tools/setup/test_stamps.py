"""A step is done again when its result is gone or its inputs changed."""

from pathlib import Path

from tools.setup.stamps import fingerprints, is_done, mark_done


def test_a_step_is_done_only_with_its_result_and_the_same_inputs(project_copy: Path) -> None:
    before = fingerprints()
    mark_done("node", before["node"])
    assert not is_done("node", before["node"])  # nothing is installed
    (project_copy / "node_modules" / ".bin").mkdir(parents=True)
    (project_copy / "node_modules" / ".bin" / "cdktf").touch()
    assert is_done("node", before["node"])
    (project_copy / "package-lock.json").write_text("renewed")
    after = fingerprints()
    assert not is_done("node", after["node"])
    assert after["python"] == before["python"]
