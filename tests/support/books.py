"""Accounting in memory, for the spawners of both hubs."""

from concurrent.futures import Future


class Books:
    """The last counts, and who was asked to be counted anew."""

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}
        self.asked: list[str] = []
        self.newer: dict[str, int] = {}  # what a new count finds

    def used(self, name: str) -> int:
        return self.sizes.get(name, 0)

    def recount(self, name: str) -> None:
        self.asked.append(name)

    def recount_now(self, name: str) -> Future[None]:
        self.asked.append(name)
        self.sizes.update(self.newer)
        counted: Future[None] = Future()
        counted.set_result(None)
        return counted

    def recount_if_older(self, name: str, seconds: float) -> None:
        assert seconds > 0
        self.asked.append(name)
