"""Emptying a vault whose backups AWS deletes in its own time."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubctl.core.errors import HubctlError
from hubctl.destroy.emptied_vaults import Pace, empty_vault
from hubctl.destroy.holdings import Holding

VAULT = Holding(address="aws_backup_vault.x", kind="backup vault", id="vault", amount=2, unit="backups")


class Backup:
    """A vault; a point that is being deleted is there for ``takes`` looks more. ``late`` arrives at the third look."""

    def __init__(
        self, points: dict[str, str], *, takes: float = 3, late: str = "", refuses: str = ""
    ) -> None:
        self.points: dict[str, list[Any]] = {arn: [state, takes] for arn, state in points.items()}
        self.looks = 0
        self.asked: list[str] = []
        self._takes, self._late, self._refuses = takes, late, refuses

    def __call__(self, service: str) -> "Backup":
        assert service == "backup"
        return self

    def get_paginator(self, operation: str) -> "Backup":
        assert operation == "list_recovery_points_by_backup_vault"
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        self.looks += 1
        if self._late and self.looks == 3:
            self.points[self._late] = ["COMPLETED", self._takes]
        for arn, point in list(self.points.items()):
            if point[0] == "DELETING":
                point[1] -= 1
                if point[1] < 0:
                    del self.points[arn]
        for arn, (state, _left) in self.points.items():
            yield {"RecoveryPoints": [{"RecoveryPointArn": arn, "Status": state}]}

    def delete_recovery_point(self, **arguments: str) -> None:
        arn = arguments["RecoveryPointArn"]
        self.asked.append(arn)
        if self._refuses:
            raise ClientError({"Error": {"Code": self._refuses, "Message": "not now"}}, "DeleteRecoveryPoint")
        self.points[arn][0] = "DELETING"


def pace(deadline: float = 100.0) -> Pace:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    return Pace(deadline=deadline, pause=5, now=lambda: clock[0], sleep=sleep)


def test_it_waits_until_aws_has_deleted_them_and_says_how_many_are_left() -> None:
    backup, said = Backup({"a": "COMPLETED", "b": "COMPLETED"}), []  # type: ignore[var-annotated]
    empty_vault(VAULT, backup, said.append, pace())
    assert backup.points == {}
    assert backup.asked == ["a", "b"], "each is asked for once"
    assert said == ["deleting 2 backups of vault; AWS takes a while", "  vault is empty"]


def test_a_backup_that_a_running_job_adds_goes_too() -> None:
    backup, said = Backup({"a": "COMPLETED"}, late="new"), []  # type: ignore[var-annotated]
    empty_vault(VAULT, backup, said.append, pace())
    assert backup.asked == ["a", "new"]
    assert "  1 backups of vault are left" in said


def test_the_deadline_names_what_is_left_and_why() -> None:
    backup = Backup({"a": "CREATING"}, refuses="InvalidRequestException")
    with pytest.raises(
        HubctlError, match="still there after 1 minutes: 1 CREATING\n  AWS says: not now"
    ) as late:
        empty_vault(VAULT, backup, lambda _: None, pace(60))
    assert "--backup-vault-name vault" in late.value.remedy


def test_a_refusal_ends_it_at_once() -> None:
    backup = Backup({"a": "COMPLETED"}, refuses="AccessDeniedException")
    with pytest.raises(HubctlError, match="cannot delete the backups in vault"):
        empty_vault(VAULT, backup, lambda _: None, pace())
    assert backup.looks == 1


def test_an_empty_vault_is_left_alone() -> None:
    backup = Backup({})
    empty_vault(VAULT, backup, lambda _: None, pace())
    assert backup.asked == []
