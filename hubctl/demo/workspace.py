"""The demo's own folder: synthesized stacks, state and logs, apart from what the operator works with."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.configuration.synthesized import run_app
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.files import given_file, given_object


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Where the demo of a project works."""

    project: Path

    @property
    def folder(self) -> Path:
        """The folder that holds everything of the demo."""
        return self.project / ".demo"

    @property
    def output(self) -> Path:
        """The synthesized output."""
        return self.folder / "cdktf.out"

    @property
    def logs(self) -> Path:
        """The logs of the last run."""
        return self.folder / "logs"

    def stack_folder(self, stack: str) -> Path:
        """Return the folder of a synthesized stack, which also holds its state."""
        return self.output / "stacks" / stack

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """Keep a second demo of this checkout out for as long as the block lasts. Raises HubctlError."""
        lock = self.project / ".tools" / "demo.lock"
        lock.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("a") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise HubctlError(
                    "a demo runs in this folder already", remedy="Wait for its end, or stop it with Ctrl-C."
                ) from error
            yield

    def renew(self) -> None:
        """Throw away what an earlier demo left: the AWS its state speaks of is gone."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.logs.mkdir(parents=True)

    def synthesize(
        self, stacks: Iterable[str], environment: Mapping[str, str], tick: Callable[[], None]
    ) -> None:
        """Run the app, and check that it wrote the stacks and that their state stays on this machine.

        The app is run directly: the cdktf command line lets the context of cdktf.json win over the demo's.
        """
        settings = demo_context(os.environ.get("CDKTF_CONTEXT_JSON"))
        run_app(
            self.project,
            self.output,
            environment=environment,
            settings=settings,
            on_tick=tick,
            log=self.logs / "synth.log",
        )
        for stack in stacks:
            self._check(stack)

    def _check(self, stack: str) -> None:
        try:
            document = given_file(self.stack_folder(stack) / "cdk.tf.json", remedy="")
        except BadInputError as error:
            raise HubctlError(
                f"main.py did not write the stack {stack}", remedy=f"Look into {self.logs / 'synth.log'}."
            ) from error
        terraform = document.get("terraform", {})
        if "cloud" in terraform or set(terraform.get("backend", {})) - {"local"}:
            raise HubctlError(
                f"the state of {stack} would not stay on this machine, as it must in the demo",
                remedy="Check that main.py lets CDKTF_CONTEXT_JSON decide over the context of cdktf.json.",
            )


def demo_context(own: str | None) -> dict[str, Any]:
    """Return the operator's own settings, with the state kept locally. Raises BadInputError.

    Nothing is taken over: what an adoption file names is in the operator's account, not in the local AWS.
    """
    remedy = 'Set it to an object such as {"owner": "lab"}.'
    context = given_object(own, "CDKTF_CONTEXT_JSON", remedy=remedy) if own else {}
    return {**context, "backend": "local", "adoption": "no-adoption"}
