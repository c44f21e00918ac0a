"""What a destroy keeps, and what stands in its way."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubctl.destroy.holdings import Holding
from hubctl.errors import HubctlError

HOMES, BACKUPS = "file system", "backup vault"


@dataclass(frozen=True, kw_only=True)
class Decision:
    """``kept`` is let go of and stays in AWS; ``lost`` goes for good although it holds something."""

    kept: tuple[Holding, ...]
    lost: tuple[Holding, ...]

    @property
    def vaults_to_empty(self) -> tuple[Holding, ...]:
        """Vaults whose backups have to be deleted before AWS deletes them."""
        return tuple(holding for holding in self.lost if holding.kind == BACKUPS)


def decide(found: Sequence[Holding], *, delete_homes: bool, delete_backups: bool) -> Decision:
    """Keep homes always, and vaults with backups in them, unless told otherwise; lose what else holds something.

    An empty file system is kept too: that nobody has written yet is no reason to delete what somebody may be writing.
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
    return Decision(
        kept=tuple(one for one in found if one.address in kept),
        lost=tuple(one for one in found if one.address not in kept and (one.amount or one.kind == HOMES)),
    )
