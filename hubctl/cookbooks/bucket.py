"""The bootstrap bucket: which one a deployment has, its versioned bundles, and the pointer to the bundle to install.

The bucket is the one named, or that of the state of the stack's folder. The Workstation installs the bundle to which the
pointer leads.
"""

import hashlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from hubctl.cookbooks.bundle import Bundle
from hubctl.core.aws import error_code, told_plainly
from hubctl.core.command_line import typed
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.terraform.driver import Terraform
from hubctl.core.terraform.stored_state import managed_resources, output_value
from stacks.settings.json_text import read_object

BUNDLES_FOLDER = "cookbooks/bundles/"
POINTER = "cookbooks/LATEST"
_SUFFIX = ".tar.gz"
_DIGITS = 12  # of the digest in a version's name
STACK_BUCKET = ("aws_s3_bucket", "bootstrap")
BUCKET_OUTPUT = "bootstrap_bucket"


@dataclass(frozen=True, kw_only=True)
class BundleRelease:
    """A bundle in the bucket: ``version`` is UTC time and content digest, ``key`` the object, ``sha256`` its digest."""

    version: str
    key: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class StoredBundle:
    """A bundle as the bucket lists it: version, size in bytes, time of upload."""

    version: str
    size: int
    uploaded: datetime


class BundleStore:
    """Bundles in one bucket. Every method raises HubctlError when AWS refuses or cannot be reached."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self.bucket = bucket

    def versions(self) -> list[StoredBundle]:
        """Return all bundles, newest first."""
        with told_plainly(f"list the bundles in s3://{self.bucket}"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=BUNDLES_FOLDER
            )
            objects = [
                item for page in pages for item in page.get("Contents", ()) if item["Key"].endswith(_SUFFIX)
            ]
        found = [
            StoredBundle(version=_version_of(item["Key"]), size=item["Size"], uploaded=item["LastModified"])
            for item in objects
        ]
        return sorted(found, key=lambda listed: listed.version, reverse=True)

    def pointer(self) -> tuple[BundleRelease | None, BundleRelease | None]:
        """Return the release to install and the one before it; None where there is none."""
        with told_plainly(f"read s3://{self.bucket}/{POINTER}"):
            try:
                text = self._s3.get_object(Bucket=self.bucket, Key=POINTER)["Body"].read()
            except ClientError as error:
                if error_code(error) in {"NoSuchKey", "404"}:
                    return None, None
                raise
        try:
            document = read_object(text)
            return _release(document), _release(document["previous"]) if document.get("previous") else None
        except (ValueError, KeyError, TypeError) as error:
            raise HubctlError(
                f"s3://{self.bucket}/{POINTER} is not a pointer to a bundle ({error})",
                remedy=f"Write it anew: `{typed(f'cookbooks push --to VERSION --bucket {self.bucket}')}`; "
                f"`{typed(f'cookbooks list --bucket {self.bucket}')}` shows the versions.",
            ) from error

    def find(self, bundle: Bundle) -> str | None:
        """Return the version under which the same content lies in the bucket already."""
        mark = bundle.digest[:_DIGITS]
        return next(
            (listed.version for listed in self.versions() if listed.version.endswith(f"-{mark}")), None
        )

    def upload(
        self, bundle: Bundle, now: datetime, progress: Callable[[int], None] = lambda _: None
    ) -> BundleRelease:
        """Upload a bundle under a new version; ``progress`` gets the number of bytes of each piece sent."""
        version = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{bundle.digest[:_DIGITS]}"
        release = BundleRelease(version=version, key=_key(version), sha256=bundle.sha256)
        with told_plainly(f"upload s3://{self.bucket}/{release.key}"):
            self._s3.upload_fileobj(
                io.BytesIO(bundle.content),
                self.bucket,
                release.key,
                ExtraArgs={
                    "Metadata": {"sha256": bundle.sha256},
                    "ContentType": "application/gzip",
                    "ChecksumAlgorithm": "SHA256",
                },
                Callback=progress,
            )
        return release

    def checked(self, version: str) -> BundleRelease:
        """Return the release of ``version`` after reading all of it and comparing its checksum.

        Raises:
            BadInputError: There is no such version.
            HubctlError: Its content is not what was uploaded.

        """
        key = _key(version)
        with told_plainly(f"read s3://{self.bucket}/{key}"):
            try:
                answer = self._s3.get_object(Bucket=self.bucket, Key=key)
            except ClientError as error:
                if error_code(error) not in {"NoSuchKey", "404"}:
                    raise
                raise BadInputError(
                    f"there is no version {version} in s3://{self.bucket}",
                    remedy=f"Choose one that `{typed(f'cookbooks list --bucket {self.bucket}')}` shows.",
                ) from error
            actual = hashlib.sha256(answer["Body"].read()).hexdigest()
        recorded = answer.get("Metadata", {}).get("sha256", "")
        if actual != recorded:
            raise HubctlError(
                f"s3://{self.bucket}/{key} has the checksum {actual}, but {recorded or 'none'} was recorded at its upload",
                remedy="Do not use it: choose another version, or push the cookbooks again.",
            )
        return BundleRelease(version=version, key=key, sha256=recorded)

    def point_to(self, release: BundleRelease) -> None:
        """Make ``release`` the one to install, and remember the one before it as the last good one."""
        current, before = self.pointer_or_nothing()
        previous = before if current is not None and current.version == release.version else current
        document = {**vars(release), "previous": vars(previous) if previous else None}
        content = (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()
        with told_plainly(f"write s3://{self.bucket}/{POINTER}"):
            self._s3.put_object(
                Bucket=self.bucket,
                Key=POINTER,
                Body=content,
                ContentType="application/json",
                ChecksumAlgorithm="SHA256",
            )

    def pointer_or_nothing(self) -> tuple[BundleRelease | None, BundleRelease | None]:
        """Return the pointer like :meth:`pointer`, or nothing when what stands there is damaged."""
        try:
            return self.pointer()
        except HubctlError as error:
            if error.__cause__ is not None and isinstance(error.__cause__, (ValueError, KeyError, TypeError)):
                return None, None
            raise


def _key(version: str) -> str:
    return f"{BUNDLES_FOLDER}{version}{_SUFFIX}"


def _version_of(key: str) -> str:
    return key.removeprefix(BUNDLES_FOLDER).removesuffix(_SUFFIX)


def _release(document: dict[str, Any]) -> BundleRelease:
    return BundleRelease(
        version=str(document["version"]), key=str(document["key"]), sha256=str(document["sha256"])
    )


def bucket_name(*, bucket: str | None, stack_folder: Path | None) -> str:
    """Return ``bucket``, or the name that the state of ``stack_folder`` holds.

    Raises:
        BadInputError: Neither or both are given, or the state knows no such bucket.

    """
    if (bucket is None) == (stack_folder is None):
        raise BadInputError(
            "the bootstrap bucket is not known"
            if bucket is None
            else "--bucket and --stack-folder exclude each other",
            remedy="Give --bucket NAME, or --stack-folder with the folder in which the stack was applied.",
        )
    if bucket is not None:
        return bucket
    assert stack_folder is not None  # noqa: S101 - one of the two is given
    if not stack_folder.is_dir():
        raise BadInputError(
            f"there is no folder {stack_folder}", remedy="Give the folder of the synthesized stack."
        )
    found = bucket_in_state(Terraform(stack_folder, os.environ).stored_state())
    if found is None:
        raise BadInputError(
            f"the state in {stack_folder} knows no bootstrap bucket",
            remedy="Apply the stack first; where bootstrap_bucket names a bucket of your own, give --bucket.",
        )
    return found


def bucket_in_state(state: dict[str, Any]) -> str | None:
    """Return the bucket's name from a stored state: the output, or the bucket that the stack made."""
    named = output_value(state, BUCKET_OUTPUT)
    if named:
        return str(named)
    return next(
        (
            str(r["values"]["bucket"])
            for r in managed_resources(state)
            if (r["type"], r["name"]) == STACK_BUCKET
        ),
        None,
    )
