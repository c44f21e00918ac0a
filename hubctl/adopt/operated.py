"""Infers whether a state has the monitoring and the backups that the profile `recommended` brings."""

from collections.abc import Iterator

from hubctl.adopt.existing import ExistingState

# Setting -> a type that only this part of a stack has
_SIGNS = {"monitoring": "aws_cloudwatch_dashboard", "backups": "aws_backup_vault"}


def operated(state: ExistingState, *, recommended: bool) -> Iterator[tuple[str, bool]]:
    """Yield the settings for the parts that a state of profile `recommended` lacks: an adoption creates nothing.

    The profile `original` has neither, whatever else the state holds.
    """
    if recommended:
        yield from ((setting, False) for setting, sign in _SIGNS.items() if not any(state.of(sign)))
