"""Empties a vault of backups, and waits until it is empty: AWS deletes recovery points in its own time.

DeleteRecoveryPoint only begins the deletion, and DeleteBackupVault refuses while the vault holds any:
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteRecoveryPoint.html
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupVault.html
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from hubctl.core.aws import error_code, told_plainly
from hubctl.core.errors import HubctlError
from hubctl.destroy.holdings import Client, Holding

DEADLINE = 3600.0  # seconds
PAUSE = 5.0
SAY_AGAIN = 60.0
# Of a point that goes already, or is not whole yet: it is waited for, or asked about again.
_LATER = {"ResourceNotFoundException", "InvalidResourceStateException", "InvalidRequestException"}


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long to wait, and by which clock; tests have their own."""

    deadline: float = DEADLINE
    pause: float = PAUSE
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def empty_vault(vault: Holding, client: Client, say: Callable[[str], None], pace: Pace | None = None) -> None:
    """Delete every backup of ``vault``, those that a running job adds included, and wait until AWS has none left.

    Raises HubctlError when AWS refuses, or the deadline passes.
    """
    pace = pace or Pace()
    backup = client("backup")
    end, said_at, said = pace.now() + pace.deadline, pace.now(), vault.amount
    refused: dict[str, str] = {}
    say(f"deleting {vault.amount} backups of {vault.id}; AWS takes a while")
    while True:
        with told_plainly(f"delete the backups in {vault.id}"):
            points = _points(backup, vault.id)
            for point in points:
                if point.get("Status") != "DELETING":
                    _delete(backup, vault.id, point["RecoveryPointArn"], refused)
        if not points:
            say(f"  {vault.id} is empty")
            return
        now = pace.now()
        if now >= end:
            raise _late(vault, points, refused, pace.deadline)
        if len(points) != said or now - said_at >= SAY_AGAIN:
            say(f"  {len(points)} backups of {vault.id} are left")
            said, said_at = len(points), now
        pace.sleep(min(pace.pause, end - now))


def _points(backup: Any, vault: str) -> list[dict[str, Any]]:
    pages = backup.get_paginator("list_recovery_points_by_backup_vault").paginate(BackupVaultName=vault)
    return [point for page in pages for point in page.get("RecoveryPoints", ())]


def _delete(backup: Any, vault: str, arn: str, refused: dict[str, str]) -> None:
    try:
        backup.delete_recovery_point(BackupVaultName=vault, RecoveryPointArn=arn)
    except ClientError as error:
        if error_code(error) not in _LATER:
            raise
        refused[arn] = str(error.response["Error"].get("Message") or error_code(error))


def _late(
    vault: Holding, points: list[dict[str, Any]], refused: dict[str, str], deadline: float
) -> HubctlError:
    states = Counter(str(point.get("Status", "unknown")) for point in points)
    listed = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    reasons = sorted({refused[arn] for arn in (p["RecoveryPointArn"] for p in points) if arn in refused})
    return HubctlError(
        f"{len(points)} backups of {vault.id} are still there after {deadline / 60:g} minutes: {listed}"
        + "".join(f"\n  AWS says: {reason}" for reason in reasons),
        remedy="No resource of the stack was destroyed yet. AWS may need longer, or a backup job runs: "
        f"`aws backup list-recovery-points-by-backup-vault --backup-vault-name {vault.id}` shows them.",
    )
