"""What holds data, what a destroy keeps or loses of it, and when it refuses to begin."""

from typing import Any

import pytest

from hubctl.core.errors import HubctlError
from hubctl.destroy.holdings import Holding, decide, delete_parameters, holdings, region_of
from tests.unit.hubctl.destroy.calls import Calls

ARN = "arn:aws:elasticfilesystem:eu-central-1:123456789012:file-system/fs-1"


def state(**values: dict[str, Any]) -> dict[str, Any]:
    resources = [
        {"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": value}]}
        for kind, value in values.items()
    ]
    return {"version": 4, "resources": resources}


def test_what_holds_data_is_counted_in_aws() -> None:
    calls = Calls(
        describe_file_systems={"FileSystems": [{"SizeInBytes": {"Value": 5 * 2**20}}]},
        describe_backup_vault={"NumberOfRecoveryPoints": 3},
        list_object_versions={"Versions": [{}, {}], "DeleteMarkers": [{}], "IsTruncated": True},
        describe_images={"imageDetails": [{}]},
    )
    found = holdings(
        state(
            aws_ecr_repository={"name": "hub", "force_delete": True},
            aws_s3_bucket={"id": "logs", "force_destroy": False},
            aws_backup_vault={"name": "vault"},
            aws_efs_file_system={"id": "fs-1"},
            aws_vpc={"id": "vpc-1"},
        ),
        calls,
    )
    assert [(one.kind, one.id, one.amount, one.unit, one.emptied) for one in found] == [
        ("file system", "fs-1", 5, "MiB", None),
        ("backup vault", "vault", 3, "backups", None),
        ("bucket", "logs", 3, "object versions or more", False),
        ("image repository", "hub", 1, "images", True),
    ]


def test_what_is_gone_already_is_left_to_terraform() -> None:
    found = state(aws_efs_file_system={"id": "fs-1"})
    assert holdings(found, Calls(describe_file_systems="FileSystemNotFound")) == []


def test_a_refusal_of_aws_stops_it() -> None:
    with pytest.raises(HubctlError, match=r"cannot see what aws_efs_file_system\.x holds: AccessDenied"):
        holdings(state(aws_efs_file_system={"id": "fs-1"}), Calls(describe_file_systems="AccessDenied"))


def test_the_region_is_that_of_the_resources() -> None:
    assert region_of(
        state(aws_iam_role={"arn": "arn:aws:iam::1:role/x"}, aws_efs_file_system={"arn": ARN})
    ) == ("eu-central-1")
    assert region_of({}) is None


def test_parameters_are_deleted_ten_at_a_time() -> None:
    calls = Calls()
    delete_parameters(calls, [str(number) for number in range(23)])
    assert [len(arguments["Names"]) for _, arguments in calls.made] == [10, 10, 3]


HOMES = Holding(address="aws_efs_file_system.homes", kind="file system", id="fs-1", amount=512, unit="MiB")


VAULT = Holding(
    address="aws_backup_vault.homes_backup", kind="backup vault", id="lab-homes", amount=3, unit="backups"
)


EMPTY_VAULT = Holding(
    address="aws_backup_vault.homes_backup", kind="backup vault", id="lab-homes", amount=0, unit="backups"
)


def bucket(amount: int, *, emptied: bool) -> Holding:
    return Holding(
        address="aws_s3_bucket.bootstrap",
        kind="bucket",
        id="cookbooks-1",
        amount=amount,
        unit="object versions",
        emptied=emptied,
    )


def test_homes_and_backups_are_kept_and_the_rest_goes() -> None:
    decision = decide([HOMES, VAULT, bucket(2, emptied=True)], delete_homes=False, delete_backups=False)
    assert decision.kept == (HOMES, VAULT)
    assert decision.lost == (bucket(2, emptied=True),)
    assert decision.vaults_to_empty == ()


def test_an_empty_file_system_is_kept_and_an_empty_vault_is_not() -> None:
    empty = Holding(address=HOMES.address, kind=HOMES.kind, id=HOMES.id, amount=0, unit=HOMES.unit)
    decision = decide([empty, EMPTY_VAULT], delete_homes=False, delete_backups=False)
    assert decision.kept == (empty,)
    assert decision.lost == ()


def test_each_goes_only_when_it_is_named() -> None:
    homes_gone = decide([HOMES, VAULT], delete_homes=True, delete_backups=False)
    assert (homes_gone.kept, homes_gone.lost) == ((VAULT,), (HOMES,))
    backups_gone = decide([HOMES, VAULT], delete_homes=False, delete_backups=True)
    assert (backups_gone.kept, backups_gone.vaults_to_empty) == ((HOMES,), (VAULT,))


def test_what_terraform_may_not_empty_stops_it_before_it_begins() -> None:
    with pytest.raises(HubctlError, match=r"nothing was changed[\s\S]*cookbooks-1") as error:
        decide([HOMES, bucket(2, emptied=False)], delete_homes=False, delete_backups=False)
    assert "Apply the stack once" in error.value.remedy
    decide([HOMES, bucket(0, emptied=False)], delete_homes=False, delete_backups=False)
