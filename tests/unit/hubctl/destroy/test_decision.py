"""What a destroy keeps, loses, and refuses to begin."""

import pytest

from hubctl.core.errors import HubctlError
from hubctl.destroy.holdings import Holding, decide

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
