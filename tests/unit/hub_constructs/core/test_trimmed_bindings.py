"""The trimmed copy of the bindings follows the sources and the installed package, and is never taken half made."""

import io
import json
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import Any

import pytest

from hub_constructs.core import trimmed_bindings
from hub_constructs.core.trimmed_bindings import (
    FOUNDATIONS,
    PACKAGE,
    SOURCES,
    TrimmingError,
    foundations_in,
    installed_package,
    modules_in_use,
    remember_late_import,
    trimmed_copy,
)
from tests.support.waiting import PATIENCE

FOLDERS = {"vpc": "vpc", "s3_bucket": "s3-bucket", "sqs_queue": "sqs-queue", "provider": "provider"}
ARCHIVE = "provider-aws@1.0.0.jsii.tgz"


def camel(folder: str) -> str:
    first, *others = folder.split("-")
    return first + "".join(word.capitalize() for word in others)


def write_archive(path: Path) -> None:
    """Write an archive of the shape that the bindings' has."""
    names = {f"@cdktf/provider-aws.{camel(folder)}": folder for folder in FOLDERS.values()}
    assembly: dict[str, Any] = {
        "name": "@cdktf/provider-aws",
        "readme": {"markdown": "long"},
        "submodules": {
            name: {"symbolId": f"src/{folder}/index:", "readme": {}} for name, folder in names.items()
        },
        "types": {f"{name}.Thing": {"kind": "class", "docs": {"summary": "long"}} for name in names},
    }
    files = {
        ".jsii": json.dumps(assembly),
        "package.json": "{}",
        "lib/index.js": "all",
        **{
            f"lib/{folder}/index.js": f"{folder}\n//# sourceMappingURL=data:long" for folder in names.values()
        },
    }
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package like the installed one, with four modules."""
    folder = tmp_path / "site-packages" / PACKAGE
    for module, name in FOLDERS.items():
        (folder / module).mkdir(parents=True)
        (folder / module / "__init__.py").write_text(
            f'"""A text"""\njsii_type="@cdktf/provider-aws.{camel(name)}.Thing"'
        )
    for name in FOUNDATIONS:
        for inner in (folder.parent / name, folder.parent / name / "_jsii"):
            inner.mkdir()
            (inner / "__init__.py").write_text('"""A text"""\nvalue = 1')
        (folder.parent / name / "_jsii/one.jsii.tgz").write_text("an archive")
    (folder / "_jsii").mkdir()
    (folder / "_jsii" / "__init__.py").write_text("")
    write_archive(folder / "_jsii" / ARCHIVE)
    return folder


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A project whose sources use one module."""
    folder = tmp_path / "project"
    for name in SOURCES:
        (folder / name).mkdir(parents=True) if "." not in name else None
    (folder / "main.py").write_text("")
    (folder / "stacks/network.py").write_text(f"from {PACKAGE}.vpc import Vpc\n")
    return folder


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    return tmp_path / "copies"


def content(folder: Path) -> dict[str, str]:
    with tarfile.open(folder / "_jsii" / ARCHIVE) as archive:
        found: dict[str, str] = {}
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            found[member.name] = file.read().decode()
    return found


def test_the_copy_holds_what_is_in_use_and_nothing_else(package: Path, sources: Path, copies: Path) -> None:
    folder, modules = trimmed_copy(package, project=sources, copies=copies)
    assert modules == {"vpc"}
    files = content(folder)
    assert set(files) == {
        "package/.jsii",
        "package/package.json",
        "package/lib/index.js",
        "package/lib/vpc/index.js",
    }
    assert 'exports.vpc = require("./vpc");' in files["package/lib/index.js"]
    assembly = json.loads(files["package/.jsii"])
    assert list(assembly["types"]) == ["@cdktf/provider-aws.vpc.Thing"]
    assert list(assembly["submodules"]) == ["@cdktf/provider-aws.vpc"]
    assert "long" not in "".join(files.values())


def test_the_python_source_comes_without_texts_and_compiled(
    package: Path, sources: Path, copies: Path
) -> None:
    folder, _ = trimmed_copy(package, project=sources, copies=copies)
    for name in ("vpc", "_jsii", "foundations/cdktf", "foundations/constructs/_jsii"):
        assert "A text" not in (folder / name / "__init__.py").read_text()
        assert list((folder / name / "__pycache__").glob("__init__.*.pyc"))
    assert (foundations_in(folder) / "cdktf/_jsii/one.jsii.tgz").read_text() == "an archive"
    assert not (folder / "sqs_queue").exists()


def test_what_is_not_installed_beside_the_bindings_is_left_as_it_is(
    package: Path, sources: Path, copies: Path
) -> None:
    (package.parent / "cdktf/_jsii/__init__.py").unlink()
    folder, _ = trimmed_copy(package, project=sources, copies=copies)
    assert [path.name for path in foundations_in(folder).iterdir()] == ["constructs"]


def test_an_upgraded_cdktf_makes_another_copy(package: Path, sources: Path, copies: Path) -> None:
    before, _ = trimmed_copy(package, project=sources, copies=copies)
    (package.parent / "cdktf/_jsii/one.jsii.tgz").write_text("a newer archive")
    assert trimmed_copy(package, project=sources, copies=copies)[0] != before


def test_a_second_time_it_is_the_same_and_not_made_again(package: Path, sources: Path, copies: Path) -> None:
    first, _ = trimmed_copy(package, project=sources, copies=copies)
    made = (first / "_jsii" / ARCHIVE).stat().st_mtime_ns
    again, _ = trimmed_copy(package, project=sources, copies=copies)
    assert (again, (again / "_jsii" / ARCHIVE).stat().st_mtime_ns) == (first, made)


def test_a_newly_used_module_makes_another_copy(package: Path, sources: Path, copies: Path) -> None:
    before, _ = trimmed_copy(package, project=sources, copies=copies)
    (sources / "constructs/queue.py").write_text(f"from {PACKAGE}.sqs_queue import SqsQueue\n")
    after, modules = trimmed_copy(package, project=sources, copies=copies)
    assert after != before
    assert modules == {"vpc", "sqs_queue"}
    assert "package/lib/sqs-queue/index.js" in content(after)


def test_upgraded_bindings_make_another_copy(package: Path, sources: Path, copies: Path) -> None:
    before, _ = trimmed_copy(package, project=sources, copies=copies)
    (package / "_jsii" / ARCHIVE).rename(package / "_jsii" / ARCHIVE.replace("1.0.0", "2.0.0"))
    after, _ = trimmed_copy(package, project=sources, copies=copies)
    assert after != before


@pytest.mark.parametrize(
    "lost",
    ["_jsii/" + ARCHIVE, "_jsii/__init__.py", "vpc/__init__.py", "foundations/cdktf/_jsii/one.jsii.tgz"],
)
def test_a_copy_that_lost_a_part_is_made_again(package: Path, sources: Path, copies: Path, lost: str) -> None:
    folder, _ = trimmed_copy(package, project=sources, copies=copies)
    (folder / lost).unlink()
    again, _ = trimmed_copy(package, project=sources, copies=copies)
    assert again == folder
    assert (folder / lost).is_file()


def test_copies_that_have_not_been_used_for_long_go(package: Path, sources: Path, copies: Path) -> None:
    old, _ = trimmed_copy(package, project=sources, copies=copies)
    long_ago = time.time() - (trimmed_bindings.KEPT_DAYS + 1) * 86_400
    os.utime(old, (long_ago, long_ago))
    (sources / "main.py").write_text(f"import {PACKAGE}.sqs_queue\n")
    new, _ = trimmed_copy(package, project=sources, copies=copies)
    assert [folder for folder in copies.iterdir() if folder.is_dir()] == [new]


@pytest.mark.parametrize(
    "code",
    [
        f"from {PACKAGE}.s3_bucket import S3Bucket",
        f"from {PACKAGE} import s3_bucket",
        f"from {PACKAGE} import (\n    vpc,  # the network\n    s3_bucket as storage,\n)",
        f"from {PACKAGE} import vpc, \\\n    s3_bucket",
        f"import {PACKAGE}.s3_bucket as storage",
        f"import {PACKAGE} as aws\nx = aws.s3_bucket.S3Bucket",
        f'def late():\n    return importlib.import_module("{PACKAGE}.s3_bucket")',
    ],
)
def test_every_way_of_importing_counts(package: Path, tmp_path: Path, code: str) -> None:
    file = tmp_path / "code.py"
    file.write_text(code)
    assert "s3_bucket" in modules_in_use(package, [file])


def test_what_the_package_does_not_have_does_not_count(package: Path, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(f"from {PACKAGE}.nothing import X\nfrom {PACKAGE} import _jsii\n")
    assert modules_in_use(package, [tmp_path]) == set()


def test_a_module_that_was_imported_late_is_in_the_next_copy(
    package: Path, sources: Path, copies: Path
) -> None:
    remember_late_import("sqs_queue", copies)
    remember_late_import("gone_since", copies)
    assert trimmed_copy(package, project=sources, copies=copies)[1] == {"vpc", "sqs_queue"}


@pytest.mark.parametrize("damage", ["truncated", "no archive", "another shape", "no Python", "no sources"])
def test_where_it_cannot_be_made_the_reason_is_told(
    package: Path, sources: Path, copies: Path, damage: str
) -> None:
    archive = package / "_jsii" / ARCHIVE
    if damage == "truncated":
        archive.write_bytes(archive.read_bytes()[:300])
    elif damage == "no archive":
        archive.unlink()
    elif damage == "another shape":
        (package / "vpc/__init__.py").write_text("nothing_known")
    elif damage == "no Python":
        with (package / "vpc/__init__.py").open("a") as file:
            file.write("\nif so")
    else:
        (sources / "main.py").unlink()
    with pytest.raises(TrimmingError, match=r"\w+: .*"):
        trimmed_copy(package, project=sources, copies=copies)
    left = [path.name for path in copies.glob("*/_jsii")] if copies.exists() else []
    assert left == []


USE = """
import sys
from pathlib import Path
from hub_constructs.core.provider_bindings import register_aws_bindings
del sys.modules["cdktf_cdktf_provider_aws"]
register_aws_bindings(project=Path(sys.argv[2]), copies=Path(sys.argv[1]))
exec(sys.argv[3])
"""
QUEUE = """
from cdktf import App, TerraformStack
import cdktf_cdktf_provider_aws as aws
stack = TerraformStack(App(outdir=sys.argv[1]), "test")
aws.sqs_queue.SqsQueue(stack, "queue", name="jobs")
print(stack.to_terraform()["resource"]["aws_sqs_queue"]["queue"]["name"])
"""


@pytest.mark.node
def test_the_real_bindings_work_trimmed_and_learn_what_no_source_names(
    sources: Path, copies: Path, project: Path
) -> None:
    """From the installed package: a resource that no source names is refused once, and then there."""

    def use() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", USE, str(copies), str(sources), QUEUE],
            env={**os.environ, "PYTHONPATH": str(project / "constructs")},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    first = use()
    assert first.returncode == 1
    assert "run the same command again" in first.stderr
    second = use()
    assert (second.returncode, second.stdout) == (0, "jobs\n"), second.stderr
    (served,) = [f for f in copies.glob("*/_jsii/*.tgz") if f.stat().st_size > 0][-1:]
    assert served.stat().st_size < 100_000


@pytest.mark.node
def test_the_project_uses_its_copy(project: Path) -> None:
    assert (project / ".tools/bindings").is_dir()
    code = (
        "import sys, stacks.app, stacks.aws_lab.stack; names = ('cdktf', 'constructs', 'cdktf_cdktf_provider_aws._jsii',"
        " 'cdktf_cdktf_provider_aws.vpc'); print(*[sys.modules[name].__file__ for name in names], sep='\\n')"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(project), str(project / "constructs")])},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    served = finished.stdout.splitlines()
    assert len(served) == 4
    assert all(Path(file).is_relative_to(project / ".tools/bindings") for file in served), served
    assert installed_package()[1].is_dir()
