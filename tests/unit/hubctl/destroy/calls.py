"""AWS clients that remember what they were asked."""

from typing import Any

from botocore.exceptions import ClientError


class Calls:
    """Clients that remember what they were asked, and answer from a table."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.made: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, service: str) -> "Calls":
        del service
        return self

    def __getattr__(self, operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.made.append((operation, arguments))
            answer = self.answers.get(operation, {})
            if isinstance(answer, str):
                raise ClientError({"Error": {"Code": answer, "Message": "no"}}, operation)
            return answer

        return call

    def get_paginator(self, operation: str) -> Any:
        pages = self.answers[operation]
        return type("Pages", (), {"paginate": lambda _, **__: pages})()
