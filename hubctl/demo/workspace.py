"""The demo's own folder: synthesized stacks, state and logs, apart from what the operator works with."""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hubctl.errors import BadInputError, HubctlError
from hubctl.processes import run_program

SYNTHESIS_WITHIN = 300.0  # seconds


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
        finished = run_program(
            [sys.executable, "main.py"],
            folder=self.project,
            environment={
                **environment,
                "CDKTF_OUTDIR": str(self.output),
                "CDKTF_CONTEXT_JSON": demo_context(os.environ.get("CDKTF_CONTEXT_JSON")),
            },
            deadline=SYNTHESIS_WITHIN,
            on_tick=tick,
        )
        (self.logs / "synth.log").write_text(finished.output + finished.errors, encoding="utf-8")
        if finished.exit_code != 0:
            lines = (finished.output + finished.errors).strip().splitlines()[-15:]
            tail = "\n".join(line[:300] for line in lines)
            raise HubctlError(
                f"the stacks cannot be synthesized:\n{tail}", remedy="Set right what is named above."
            )
        for stack in stacks:
            self._check(stack)

    def _check(self, stack: str) -> None:
        try:
            document = json.loads((self.stack_folder(stack) / "cdk.tf.json").read_text(encoding="utf-8"))
        except OSError as error:
            raise HubctlError(
                f"main.py did not write the stack {stack}", remedy=f"Look into {self.logs / 'synth.log'}."
            ) from error
        terraform = document.get("terraform", {})
        if "cloud" in terraform or set(terraform.get("backend", {})) - {"local"}:
            raise HubctlError(
                f"the state of {stack} would not stay on this machine, as it must in the demo",
                remedy="Check that main.py lets CDKTF_CONTEXT_JSON decide over the context of cdktf.json.",
            )


def demo_context(own: str | None) -> str:
    """Return the operator's own settings as JSON, with the state kept locally. Raises BadInputError.

    Nothing is taken over: what an adoption file names is in the operator's account, not in the local AWS.
    """
    try:
        context = json.loads(own) if own else {}
    except ValueError as error:
        raise BadInputError(
            f"CDKTF_CONTEXT_JSON is no JSON: {error}", remedy='Set it to an object such as {"owner": "lab"}.'
        ) from error
    if not isinstance(context, dict):
        raise BadInputError(
            "CDKTF_CONTEXT_JSON is no JSON object", remedy='Set it to an object such as {"owner": "lab"}.'
        )
    return json.dumps({**context, "backend": "local", "adoption": "no-adoption"})
