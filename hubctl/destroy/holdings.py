"""What in a deployed stack holds data, how much, and what a destroy keeps of it.

It is read from the state and from AWS. The SSM parameters that nodes wrote are in no Terraform state: they are listed
and deleted by their names.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from hubctl.core.aws import error_code, told_plainly
from hubctl.core.errors import HubctlError
from hubctl.core.terraform.stored_state import managed_resources

Client = Callable[[str], Any]  # service name -> boto3 client in the stack's region
_GONE = {"FileSystemNotFound", "ResourceNotFoundException", "NoSuchBucket", "RepositoryNotFoundException"}
_PAGE = 1000
HOMES, BACKUPS = "file system", "backup vault"
CHEF_HUB_PARAMETERS = "/chef-hub/"
OPERATOR_PARAMETERS = (
    f"{CHEF_HUB_PARAMETERS}hub/"  # what operators put there themselves, such as the login's client secret
)
_AT_ONCE = 10  # the most that DeleteParameters takes


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Something with data in it.

    Attributes:
        address: Its Terraform address.
        kind: What people call it.
        id: The id that ``terraform import`` takes.
        amount: How much it holds; 0 is nothing.
        unit: Of what.
        emptied: Whether Terraform empties it when it destroys it. None for what is kept unless the operator says otherwise.

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


@dataclass(frozen=True, kw_only=True)
class DestroyDecision:
    """``kept`` is let go of and stays in AWS; ``lost`` goes for good although it holds something."""

    kept: tuple[Holding, ...]
    lost: tuple[Holding, ...]

    @property
    def vaults_to_empty(self) -> tuple[Holding, ...]:
        """Vaults whose backups have to be deleted before AWS deletes them."""
        return tuple(holding for holding in self.lost if holding.kind == BACKUPS)


def decide(found: Sequence[Holding], *, delete_homes: bool, delete_backups: bool) -> DestroyDecision:
    """Keep homes always, and vaults with backups in them, unless the operator says otherwise; lose what else holds something.

    An empty file system is kept too: without files in it, a user may still be writing the first.
    Raises HubctlError when Terraform could not delete something: the destroy would stop half-way.
    """
    stuck = [one for one in found if one.emptied is False and one.amount]
    if stuck:
        raise HubctlError(
            "nothing was changed: Terraform may not empty\n"
            + "\n".join(f"  {one.described}" for one in stuck),
            remedy="Apply the stack once, which sets force_destroy and force_delete (the profile `recommended` has them), "
            "or empty these by hand; then destroy again.",
        )
    kept = {
        one.address
        for one in found
        if (one.kind == HOMES and not delete_homes)
        or (one.kind == BACKUPS and one.amount and not delete_backups)
    }
    return DestroyDecision(
        kept=tuple(one for one in found if one.address in kept),
        lost=tuple(one for one in found if one.address not in kept and (one.amount or one.kind == HOMES)),
    )


def rollout_prefixes(state: Mapping[str, Any]) -> list[str]:
    """Return where rollouts of a Lab have left parameters; its name is in that of its instances' role, ``NAME-instance``."""
    names = [
        str(resource["values"].get("name") or "").removesuffix("-instance")
        for resource in managed_resources(state)
        if resource["address"] == "aws_iam_role.lab_instance"
    ]
    return [f"/jupyterhub/{name}/rollout" for name in names if name]


def parameters_below(client: Client, prefix: str) -> list[str]:
    """Return the names of all parameters below ``prefix``, sorted; no value is read."""
    with told_plainly(f"list the parameters below {prefix}"):
        pages = client("ssm").get_paginator("describe_parameters")
        filters = [{"Key": "Name", "Option": "BeginsWith", "Values": [prefix]}]
        found = [
            parameter["Name"]
            for page in pages.paginate(ParameterFilters=filters)
            for parameter in page["Parameters"]
        ]
    return sorted(found)


def delete_parameters(client: Client, names: list[str]) -> None:
    """Delete the parameters; raise HubctlError when AWS refuses."""
    with told_plainly("delete the parameters that nodes have left"):
        for begin in range(0, len(names), _AT_ONCE):
            client("ssm").delete_parameters(Names=names[begin : begin + _AT_ONCE])
