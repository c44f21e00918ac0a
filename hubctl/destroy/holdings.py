"""What in a deployed stack holds data, and how much: read from the state and from AWS."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from hubctl.cookbooks.aws_errors import error_code, told_plainly
from hubctl.terraform.stored_state import managed_resources

Client = Callable[[str], Any]  # service name -> boto3 client in the stack's region
_GONE = {"FileSystemNotFound", "ResourceNotFoundException", "NoSuchBucket", "RepositoryNotFoundException"}
_PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Something with data in it.

    Attributes:
        address: Its Terraform address.
        kind: What people call it.
        id: The id that ``terraform import`` takes.
        amount: How much it holds; 0 is nothing.
        unit: Of what.
        emptied: Whether Terraform empties it when it destroys it. None for what is kept unless told otherwise.

    """

    address: str
    kind: str
    id: str
    amount: int
    unit: str
    emptied: bool | None = None

    @property
    def described(self) -> str:
        """One line for people."""
        return f"{self.kind} {self.id} ({self.address}): {self.amount} {self.unit}"


def region_of(state: Mapping[str, Any]) -> str | None:
    """Return the region that the state's resources lie in, None when no ARN tells."""
    for resource in managed_resources(state):
        parts = str(resource["values"].get("arn") or "").split(":")
        if len(parts) > 5 and parts[3]:
            return parts[3]
    return None


def holdings(state: Mapping[str, Any], client: Client) -> list[Holding]:
    """Return what holds data, homes first. What AWS no longer knows is left out: Terraform will find it gone.

    Raises HubctlError when AWS refuses or cannot be reached.
    """
    return [
        found
        for kind, look in _LOOKS.items()
        for resource in managed_resources(state)
        if resource["type"] == kind
        for found in _look(look, resource, client)
    ]


Look = Callable[[Mapping[str, Any], str, Client], Holding]


def _look(look: Look, resource: Mapping[str, Any], client: Client) -> Iterator[Holding]:
    with told_plainly(f"see what {resource['address']} holds"):
        try:
            yield look(resource["values"], resource["address"], client)
        except ClientError as error:
            if error_code(error) not in _GONE:
                raise


def _file_system(values: Mapping[str, Any], address: str, client: Client) -> Holding:
    (found,) = client("efs").describe_file_systems(FileSystemId=values["id"])["FileSystems"]
    size = int(found["SizeInBytes"]["Value"])
    return Holding(
        address=address, kind="file system", id=values["id"], amount=round(size / 2**20), unit="MiB"
    )


def _vault(values: Mapping[str, Any], address: str, client: Client) -> Holding:
    found = client("backup").describe_backup_vault(BackupVaultName=values["name"])
    points = int(found.get("NumberOfRecoveryPoints") or 0)
    return Holding(address=address, kind="backup vault", id=values["name"], amount=points, unit="backups")


def _bucket(values: Mapping[str, Any], address: str, client: Client) -> Holding:
    found = client("s3").list_object_versions(Bucket=values["id"], MaxKeys=_PAGE)
    objects = len(found.get("Versions", ())) + len(found.get("DeleteMarkers", ()))
    return Holding(
        address=address,
        kind="bucket",
        id=values["id"],
        amount=objects,
        unit="object versions or more" if found.get("IsTruncated") else "object versions",
        emptied=bool(values.get("force_destroy")),
    )


def _repository(values: Mapping[str, Any], address: str, client: Client) -> Holding:
    found = client("ecr").describe_images(repositoryName=values["name"], maxResults=_PAGE)
    return Holding(
        address=address,
        kind="image repository",
        id=values["name"],
        amount=len(found["imageDetails"]),
        unit="images or more" if found.get("nextToken") else "images",
        emptied=bool(values.get("force_delete")),
    )


_LOOKS: dict[str, Look] = {
    "aws_efs_file_system": _file_system,
    "aws_backup_vault": _vault,
    "aws_s3_bucket": _bucket,
    "aws_ecr_repository": _repository,
}
