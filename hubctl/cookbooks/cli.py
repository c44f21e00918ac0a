"""``hubctl cookbooks``: bring cookbooks to the nodes, see what is there, go back to an earlier version."""

from datetime import UTC, datetime
from pathlib import Path

import click
from botocore.config import Config

from hubctl.cookbooks.bucket import POINTER, BundleStore, bucket_name
from hubctl.cookbooks.bundle import Bundle, pack
from hubctl.core.aws import aws_client, told_plainly
from hubctl.core.command_line import CommandGroup, GivenPath, typed
from hubctl.core.console import counting, err, out
from hubctl.core.tables import Sheet

_FOLDER = Path(__file__).resolve().parents[2] / "cookbooks"

_bucket = click.option("--bucket", help="S3 bucket of the deployment.")
_stack_folder = click.option(
    "--stack-folder",
    type=GivenPath(),
    help="Folder in which chef-hub was applied: its state knows the bucket.",
)
_region = click.option("--region", help="AWS region; by default that of your AWS settings.")


@click.group("cookbooks", cls=CommandGroup)
def command() -> None:
    """Push cookbooks to the bootstrap bucket, list what is there, and roll back.

    The Workstation installs what was pushed within five minutes; `hubctl nodes` shows when the nodes have it.
    """


@command.command("push")
@_bucket
@_stack_folder
@_region
@click.option("--folder", type=GivenPath(), default=_FOLDER, help="Folder of cookbooks and roles.")
@click.option(
    "--to", "version", help="Upload nothing; go back to this version (see `hubctl cookbooks list`)."
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, change nothing.")
def push(
    bucket: str | None,
    stack_folder: Path | None,
    region: str | None,
    folder: Path,
    version: str | None,
    dry_run: bool,
) -> None:
    """Pack the cookbooks, upload them as a new version and point the Workstation to it."""
    bundle = pack(folder) if version is None else None
    store = _store(bucket, stack_folder, region)
    current, _ = store.pointer_or_nothing()
    if bundle is not None:
        out.say(f"{len(bundle.cookbooks)} cookbooks, {len(bundle.content)} bytes, sha256 {bundle.sha256}")
        version = store.find(bundle)
        if version is None and not dry_run:
            version = _upload(store, bundle)
    release = store.checked(version) if version is not None else None
    if dry_run:
        what = "upload a new version and install it" if release is None else f"install {release.version}"
        done = release is not None and current == release
        out.say("nothing would change" if done else f"would {what}; nothing was changed")
        return
    assert release is not None  # noqa: S101 - uploaded or found above
    if current == release:
        out.say(f"{release.version} is what the Workstation installs already; nothing to do")
        return
    store.point_to(release)
    out.say(f"the Workstation installs {release.version} within five minutes")
    if current is not None:
        out.say("to go back:")
        out.paste(typed(f"cookbooks push --to {current.version} --bucket {store.bucket}"), indent=2)


@command.command("list")
@_bucket
@_stack_folder
@_region
def list_versions(bucket: str | None, stack_folder: Path | None, region: str | None) -> None:
    """List the versions in the bucket, newest first."""
    store = _store(bucket, stack_folder, region)
    current, previous = store.pointer_or_nothing()
    roles = {
        release.version: role for release, role in ((previous, "last good"), (current, "latest")) if release
    }
    table = Sheet("version", "bytes", "uploaded", "", figures=(1,))
    for listed in store.versions():
        uploaded = f"{listed.uploaded.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"
        table.add(listed.version, str(listed.size), uploaded, roles.get(listed.version, ""))
    bucket_option = f"--bucket {store.bucket}"
    if not table.rows:
        err.say(f"no cookbooks in s3://{store.bucket} yet: `{typed(f'cookbooks push {bucket_option}')}`")
        return
    table.show(out)
    if current is None:
        err.say(
            f"the Workstation installs none of them: s3://{store.bucket}/{POINTER} is missing or damaged;"
            f" choose one with `{typed(f'cookbooks push --to VERSION {bucket_option}')}`"
        )


def _store(bucket: str | None, stack_folder: Path | None, region: str | None) -> BundleStore:
    name = bucket_name(bucket=bucket, stack_folder=stack_folder)
    with told_plainly("reach S3"):
        # Path style works for every bucket name and at every endpoint.
        s3 = aws_client("s3", region, Config(s3={"addressing_style": "path"}))
    return BundleStore(s3, name)


def _upload(store: BundleStore, bundle: Bundle) -> str:
    with counting("uploading", len(bundle.content), err, in_bytes=True) as advance:
        release = store.upload(bundle, datetime.now(UTC), advance)
    out.say(f"uploaded {release.version}")
    return release.version
