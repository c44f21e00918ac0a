"""AWS Backup: plans with selections and changes, backup jobs and recovery points, which moto lacks.

The name of a deleted plan can be used again. AWS deletes recovery points in its own time, and so does this. Where botocore asks
for tags at an address with a slash at its end, other SDKs leave the slash out: both are answered.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from moto.backup import urls
from moto.backup.exceptions import BackupClientError, InvalidRequestException, ResourceNotFoundException
from moto.backup.models import BackupBackend, Plan, Vault
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

from hubctl.trial.aws.extensions.patching import add, wrap
from hubctl.trial.aws.scaling.reading import Clock

PLANS = "plans"
SELECTIONS = "selections"
# Seconds of the clock, which stand for what takes AWS anything from seconds to hours. Without `--scaling` it runs 30 times as
# fast as the real one, so that a test or a trial waits for two seconds.
MAKING, DELETING = 60.0, 60.0
DEFAULT_SPEED = 30.0
_clock = Clock(DEFAULT_SPEED)


def _after(response: BackupResponse, part: str) -> str:
    """Return the part of the path that follows ``part``."""
    parts = response.path.strip("/").split("/")
    return unquote(parts[parts.index(part) + 1])


def _selections(plan: Plan) -> dict[str, dict[str, Any]]:
    selections: dict[str, dict[str, Any]] = plan.__dict__.setdefault("_selections", {})
    return selections


def _plan(backend: BackupBackend, plan_id: str) -> Plan:
    if plan_id not in backend.plans:
        raise ResourceNotFoundException(msg=f"Cannot find Backup plan with ID {plan_id}")
    return backend.plans[plan_id]


@wrap(BackupResponse)
def list_tags(_original: Any, self: BackupResponse) -> str:
    """Answer ListTags."""
    return json.dumps({"Tags": self.backup_backend.list_tags(resource_arn=_after(self, "tags"))})


@wrap(BackupBackend)
def create_backup_plan(original: Any, self: BackupBackend, *args: Any, **kwargs: Any) -> Plan:
    """Create a plan; the name of one that was deleted is free again."""
    deleted = {plan_id: plan for plan_id, plan in self.plans.items() if plan.deletion_date is not None}
    for plan_id in deleted:
        del self.plans[plan_id]
    try:
        made: Plan = original(self, *args, **kwargs)
    finally:
        self.plans.update(deleted)
    return made


@add(BackupResponse)
def update_backup_plan(self: BackupResponse) -> str:
    """Answer UpdateBackupPlan with a new version of the plan."""
    plan = _plan(self.backup_backend, _after(self, PLANS))
    changed = Plan(
        backup_plan=json.loads(self.body)["BackupPlan"],
        creator_request_id=plan.creator_request_id,
        backend=self.backup_backend,
    )
    plan.backup_plan = changed.backup_plan
    plan.advanced_backup_settings = changed.advanced_backup_settings
    plan.version_id = changed.version_id
    return json.dumps(plan.to_dict())


@add(BackupResponse)
def create_backup_selection(self: BackupResponse) -> str:
    """Answer CreateBackupSelection."""
    plan_id = _after(self, PLANS)
    request = json.loads(self.body)
    selection = {
        "SelectionId": str(mock_random.uuid4()),
        "BackupPlanId": plan_id,
        "CreationDate": unix_time(),
        "CreatorRequestId": request.get("CreatorRequestId"),
        "BackupSelection": request["BackupSelection"],
    }
    _selections(_plan(self.backup_backend, plan_id))[selection["SelectionId"]] = selection
    return json.dumps({name: selection[name] for name in ("SelectionId", "BackupPlanId", "CreationDate")})


@add(BackupResponse)
def get_backup_selection(self: BackupResponse) -> str:
    """Answer GetBackupSelection."""
    selection_id = _after(self, SELECTIONS)
    selections = _selections(_plan(self.backup_backend, _after(self, PLANS)))
    if selection_id not in selections:
        raise ResourceNotFoundException(msg=f"Cannot find Backup selection with ID {selection_id}")
    return json.dumps(selections[selection_id])


@add(BackupResponse)
def list_backup_selections(self: BackupResponse) -> str:
    """Answer ListBackupSelections."""
    selections = _selections(_plan(self.backup_backend, _after(self, PLANS))).values()
    listed = [
        {
            **{name: value for name, value in selection.items() if name != "BackupSelection"},
            "SelectionName": selection["BackupSelection"]["SelectionName"],
            "IamRoleArn": selection["BackupSelection"]["IamRoleArn"],
        }
        for selection in selections
    ]
    return json.dumps({"BackupSelectionsList": listed})


@add(BackupResponse)
def delete_backup_selection(self: BackupResponse) -> str:
    """Answer DeleteBackupSelection."""
    _selections(_plan(self.backup_backend, _after(self, PLANS))).pop(_after(self, SELECTIONS), None)
    return "{}"


for _path in (
    "/backup-jobs$",
    "/backup-jobs/(?P<job>[^/]+)$",
    "/backup-vaults/(?P<name>[^/]+)/recovery-points/$",
    "/backup-vaults/(?P<name>[^/]+)/recovery-points/(?P<arn>.+)$",
):
    urls.url_paths["{0}" + _path] = urls.response.dispatch


def set_backup_speed(speed: float) -> None:
    """Let backups be made and deleted ``speed`` times as fast as the clock on the wall; before the first request."""
    global _clock
    _clock = Clock(speed)


@dataclass
class RecoveryPoint:
    """A recovery point, and the job that makes it."""

    arn: str
    job: str
    vault: str
    resource: str
    role: str
    created: float
    began: float
    deleted: float | None = None

    @property
    def status(self) -> str:
        """CREATING, COMPLETED or DELETING."""
        if self.deleted is not None:
            return "DELETING"
        return "COMPLETED" if _clock.now() >= self.began + MAKING else "CREATING"

    @property
    def gone(self) -> bool:
        """Whether its deletion is through."""
        return self.deleted is not None and _clock.now() >= self.deleted + DELETING

    def described(self) -> dict[str, Any]:
        """Return what both descriptions of AWS hold."""
        return {
            "RecoveryPointArn": self.arn,
            "BackupVaultName": self.vault,
            "ResourceArn": self.resource,
            "ResourceType": "EFS" if ":elasticfilesystem:" in self.resource else "EBS",
            "IamRoleArn": self.role,
            "CreationDate": self.created,
            "Status": self.status,
        }


class InvalidResourceStateError(BackupClientError):
    """AWS Backup is at work on the point."""

    def __init__(self, arn: str, status: str) -> None:
        super().__init__(
            "InvalidResourceStateException",
            f"Recovery point {arn} is in status {status}, AWS Backup is already performing an action on it",
        )


def _points(backend: BackupBackend) -> dict[str, RecoveryPoint]:
    points: dict[str, RecoveryPoint] = backend.__dict__.setdefault("_recovery_points", {})
    for arn in [arn for arn, point in points.items() if point.gone]:
        del points[arn]
    return points


def _of(backend: BackupBackend, vault: str) -> list[RecoveryPoint]:
    return [point for point in _points(backend).values() if point.vault == vault]


def _vault(response: BackupResponse) -> str:
    """Return the vault that the path names; raise when there is none."""
    parts = response.path.strip("/").split("/")
    name = unquote(parts[parts.index("backup-vaults") + 1])
    if name not in response.backup_backend.vaults:
        raise ResourceNotFoundException(msg=f"Backup vault {name} does not exist")
    return name


def _point(response: BackupResponse) -> RecoveryPoint:
    vault = _vault(response)
    arn = unquote(response.path.split("/recovery-points/", 1)[1]).strip("/")
    found = _points(response.backup_backend).get(arn)
    if found is None or found.vault != vault:
        raise ResourceNotFoundException(msg=f"Recovery point {arn} does not exist in vault {vault}")
    return found


@add(BackupResponse)
def start_backup_job(self: BackupResponse) -> str:
    """Answer StartBackupJob."""
    request, backend = json.loads(self.body), self.backup_backend
    name = request["BackupVaultName"]
    if name not in backend.vaults:
        raise ResourceNotFoundException(msg=f"Backup vault {name} does not exist")
    region, account = backend.region_name, backend.account_id
    point = RecoveryPoint(
        arn=f"arn:{get_partition(region)}:backup:{region}:{account}:recovery-point:{mock_random.uuid4()}",
        job=str(mock_random.uuid4()),
        vault=name,
        resource=request["ResourceArn"],
        role=request["IamRoleArn"],
        created=unix_time(),
        began=_clock.now(),
    )
    _points(backend)[point.arn] = point
    return json.dumps(
        {"BackupJobId": point.job, "RecoveryPointArn": point.arn, "CreationDate": point.created}
    )


@add(BackupResponse)
def describe_backup_job(self: BackupResponse) -> str:
    """Answer DescribeBackupJob."""
    job = unquote(self.path.rstrip("/").rsplit("/", 1)[1])
    for point in _points(self.backup_backend).values():
        if point.job == job:
            described = {name: value for name, value in point.described().items() if name != "Status"}
            state = "RUNNING" if point.status == "CREATING" else "COMPLETED"
            return json.dumps({**described, "BackupJobId": job, "State": state})
    raise ResourceNotFoundException(msg=f"Backup job {job} does not exist")


@add(BackupResponse)
def list_recovery_points_by_backup_vault(self: BackupResponse) -> str:
    """Answer ListRecoveryPointsByBackupVault."""
    points = [point.described() for point in _of(self.backup_backend, _vault(self))]
    return json.dumps({"RecoveryPoints": points})


@add(BackupResponse)
def describe_recovery_point(self: BackupResponse) -> str:
    """Answer DescribeRecoveryPoint."""
    return json.dumps(_point(self).described())


@add(BackupResponse)
def delete_recovery_point(self: BackupResponse) -> str:
    """Answer DeleteRecoveryPoint: from now on the point is being deleted."""
    point = _point(self)
    if point.status != "COMPLETED":
        raise InvalidResourceStateError(point.arn, point.status)
    point.deleted = _clock.now()
    return "{}"


@wrap(BackupBackend)
def delete_backup_vault(original: Any, self: BackupBackend, backup_vault_name: str) -> None:
    """Delete a vault, unless something is in it."""
    if _of(self, backup_vault_name):
        raise InvalidRequestException(
            msg=f"Backup vault {backup_vault_name} cannot be deleted: it contains recovery points"
        )
    original(self, backup_vault_name)


@wrap(BackupBackend)
def describe_backup_vault(original: Any, self: BackupBackend, backup_vault_name: str) -> Vault:
    """Return a vault with the number of its points."""
    vault: Vault = original(self, backup_vault_name)
    vault.num_of_recovery_points = len(_of(self, backup_vault_name))
    vault.__dict__["number_of_recovery_points"] = vault.num_of_recovery_points  # the serializer's name
    return vault
