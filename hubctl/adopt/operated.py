"""Infers whether a state has the monitoring and the backups that the profile `recommended` brings, and whom it warns."""

from collections.abc import Iterator

from hubctl.adopt.existing import ExistingState

# Setting -> a type that only this part of a stack has
_SIGNS = {"monitoring": "aws_cloudwatch_dashboard", "backups": "aws_backup_vault"}


def operated(state: ExistingState, *, recommended: bool) -> Iterator[tuple[str, bool | str]]:
    """Yield the settings for the parts that a state of profile `recommended` lacks: an adoption creates nothing.

    The profile `original` has neither, whatever else the state holds.
    """
    if recommended:
        yield from ((setting, False) for setting, sign in _SIGNS.items() if not any(state.of(sign)))
        warned = _warned(state)
        if warned is not None:
            yield "alarm_email", warned


def _warned(state: ExistingState) -> str | None:
    """Return the address that alarms are mailed to, when exactly one is."""
    topics = {
        action
        for alarm in state.of("aws_cloudwatch_metric_alarm")
        for action in alarm.values.get("alarm_actions") or ()
    }
    found = {
        subscription.text("endpoint")
        for subscription in state.of("aws_sns_topic_subscription")
        if subscription.text("protocol") == "email" and subscription.text("topic_arn") in topics
    } - {""}
    return found.pop() if len(found) == 1 else None
