"""Errors that an operator can act on: what is wrong, and what to do next."""


class HubctlError(Exception):
    """A failure whose message is meant for the operator.

    The command line prints ``message`` and ``remedy`` without a traceback and exits with ``exit_code``.
    """

    exit_code = 1

    def __init__(self, message: str, *, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class BadInputError(HubctlError):
    """The input cannot be used; nothing was changed. Exits with 2, like a usage error."""

    exit_code = 2
