"""AWS Backup: selections and changes of a plan, which moto lacks, names that are free again, and tags for clients of every kind.

Where botocore asks for tags at an address with a slash at its end, other SDKs leave the slash out.
"""

import json
from typing import Any
from urllib.parse import unquote

from moto.backup.exceptions import ResourceNotFoundException
from moto.backup.models import BackupBackend, Plan
from moto.backup.responses import BackupResponse
from moto.core.utils import unix_time
from moto.moto_api._internal import mock_random

from hubctl.local_aws.extensions.patching import add, wrap

PLANS = "plans"
SELECTIONS = "selections"


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
