"""Drive the real Terraform in one folder."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hubctl.core.errors import HubctlError
from hubctl.core.processes import GRACE, Finished, run_program
from hubctl.core.temporary import private_folder
from hubctl.core.terraform.plan import (
    Plan,
    error_text,
    errors_of_messages,
    plan_from_json,
    plan_from_messages,
)
from hubctl.core.terraform.provider_mirror import terraform_environment
from hubctl.core.terraform.stored_state import read_stored_state
from hubctl.core.tool_versions import terraform_binary

OnLine = Callable[[str], None]
Variables = Mapping[str, Any]
# Set by an operator for work of their own, these change what a run does or prints.
_MISLEADING = ("TF_CLI_ARGS", "TF_DATA_DIR", "TF_LOG", "TF_REATTACH_PROVIDERS", "TF_WORKSPACE")


@dataclass(frozen=True, kw_only=True)
class Output:
    """An output of a root module."""

    value: Any
    sensitive: bool


class TerraformError(HubctlError):
    """Terraform failed. ``said`` holds all of its errors, where ``message`` leaves out some of very many."""

    said = ""


class Terraform:
    """Terraform in one root module's folder, with exactly the given environment.

    See ``hubctl.core.terraform.driver.driver_environment`` for one that finds the AWS provider. ``deadline``
    bounds each single run, in seconds. ``on_tick`` is called about four times a second while Terraform runs;
    interrupted, it has ``grace`` seconds to stop by itself. ``named`` is the folder that errors name, where it is another.
    Every failure raises HubctlError with what Terraform itself said.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        deadline: float = 1800.0,
        on_tick: Callable[[], None] | None = None,
        grace: float = GRACE,
        named: Path | None = None,
    ) -> None:
        self.folder = folder
        self._named = named or folder
        self._environment = dict(environment)
        self._deadline = deadline
        self._on_tick = on_tick
        self._grace = grace

    def at(self, folder: Path) -> "Terraform":
        """Return Terraform in a copy of this folder, in the same environment; errors name this folder."""
        return Terraform(
            folder,
            self._environment,
            deadline=self._deadline,
            on_tick=self._on_tick,
            grace=self._grace,
            named=self._named,
        )

    def init(self, *, backend: bool = True, reconfigure: bool = False, on_line: OnLine | None = None) -> None:
        """Install the providers and, unless ``backend`` is False, prepare the backend; no state is moved to it."""
        options = [
            "-input=false",
            f"-backend={str(backend).lower()}",
            *(["-reconfigure"] if reconfigure else []),
        ]
        self._run(["init", *options], on_line=on_line)

    def validate(self) -> None:
        """Check the configuration."""
        self._run(["validate"])

    def plan(
        self,
        *,
        refresh: bool = True,
        destroy: bool = False,
        variables: Variables | None = None,
        out: Path | None = None,
        on_line: OnLine | None = None,
    ) -> Plan:
        """Plan (with ``destroy``: the end of everything in the state), and return what would change.

        The plan file is kept only when ``out`` says where.

        Plan files hold secrets in clear text: without ``out`` a private temporary folder is used.
        """
        return plan_from_json(
            self.plan_document(
                refresh=refresh, destroy=destroy, variables=variables, out=out, on_line=on_line
            )
        )

    def preview(
        self, *, refresh: bool = True, variables: Variables | None = None, on_line: OnLine | None = None
    ) -> Plan:
        """Plan, and return what would change, without values: half the work of :meth:`plan`.

        It is read from the messages that ``terraform plan -json`` prints, so that no second process has to load the
        provider's schemas. What stays as it is does not appear among the changes.
        https://developer.hashicorp.com/terraform/internals/machine-readable-ui
        """
        options = ["-input=false", f"-refresh={str(refresh).lower()}", "-json"]
        finished = self._run(["plan", *options], variables=variables, on_line=on_line)
        return plan_from_messages(finished.output.splitlines())

    def plan_document(
        self,
        *,
        refresh: bool = True,
        destroy: bool = False,
        variables: Variables | None = None,
        out: Path | None = None,
        on_line: OnLine | None = None,
    ) -> dict[str, Any]:
        """Plan as :meth:`plan` does, and return the whole JSON that Terraform prints for it; it holds secrets."""
        with ExitStack() as cleanup:
            if out is None:
                out = cleanup.enter_context(private_folder("plan")) / "plan"
            # Terraform resolves the path in its own folder
            options = ["-input=false", "-detailed-exitcode", f"-refresh={str(refresh).lower()}"]
            command = ["plan", *options, *(["-destroy"] if destroy else []), f"-out={out.absolute()}"]
            self._run(command, variables=variables, good=(0, 2), on_line=on_line)
            return self._json(["show", "-json", str(out.absolute())])

    def show_plan(self, path: Path) -> Plan:
        """Read a plan file that :meth:`plan` wrote."""
        return plan_from_json(self.show_plan_document(path))

    def show_plan_document(self, path: Path) -> dict[str, Any]:
        """Return the whole JSON of a plan file; it holds secrets."""
        return self._json(["show", "-json", str(path.absolute())])

    def apply(
        self,
        plan: Path | None = None,
        *,
        targets: Sequence[str] = (),
        variables: Variables | None = None,
        on_line: OnLine | None = None,
    ) -> None:
        """Apply a plan file, or, without one, whatever a plan made now contains. Asks nobody.

        ``targets`` are addresses; given, nothing but these and what they need is applied.
        """
        command = ["apply", "-input=false", "-auto-approve", *(f"-target={address}" for address in targets)]
        self._run([*command, *([str(plan.absolute())] if plan else [])], variables=variables, on_line=on_line)

    def destroy(self, *, variables: Variables | None = None, on_line: OnLine | None = None) -> None:
        """Destroy everything in the state. Asks nobody."""
        self._run(["destroy", "-input=false", "-auto-approve"], variables=variables, on_line=on_line)

    def output(self) -> dict[str, Output]:
        """Return the outputs in the state."""
        return outputs_from_json(self._json(["output", "-json"]))

    def show_state(self) -> dict[str, Any]:
        """Return the state as ``terraform show -json`` prints it; only a version when there is none."""
        return self._json(["show", "-json"])

    def stored_state(self) -> dict[str, Any]:
        """Return the state as it is stored, for ``hubctl.core.terraform.stored_state``; much faster than :meth:`show_state`."""
        return read_stored_state(self.pull_state())

    def pull_state(self) -> str:
        """Return the state as it is stored, wherever that is; an empty text when there is none. It holds secrets."""
        return self._run(["state", "pull"]).output

    def forget(self, addresses: Sequence[str]) -> None:
        """Take resources out of the state; what they stand for stays as it is."""
        self._run(["state", "rm", *addresses])

    def provider_schemas(self) -> dict[str, Any]:
        """Return what the providers of this configuration know, as ``terraform providers schema -json`` prints it."""
        return self._json(["providers", "schema", "-json"])

    def _json(self, command: Sequence[str]) -> dict[str, Any]:
        finished = self._run(command)
        try:
            document: dict[str, Any] = json.loads(finished.output)
        except ValueError as error:
            raise HubctlError(
                f"terraform {command[0]} printed no JSON: {finished.output[:200]!r}",
                remedy="Check that `terraform` on PATH is Terraform itself and not a wrapper around it.",
            ) from error
        return document

    def _run(
        self,
        command: Sequence[str],
        *,
        variables: Variables | None = None,
        good: tuple[int, ...] = (0,),
        on_line: OnLine | None = None,
    ) -> Finished:
        name, *options = command
        plain = name == "state" or (name in ("show", "providers") and "-json" in options)
        colourless = [] if plain else ["-no-color"]
        finished = run_program(
            [terraform_binary(), name, *colourless, *options],
            folder=self.folder,
            environment={**self._environment, **variable_environment(variables or {})},
            deadline=self._deadline,
            on_line=on_line,
            on_tick=self._on_tick,
            grace=self._grace,
        )
        if finished.exit_code not in good:
            said = errors_of_messages(finished.output) if "-json" in options else ""
            error = TerraformError(
                f"terraform {name} failed in {self._named}:\n{said or error_text(finished.output, finished.errors)}",
                remedy="The lines above are Terraform's own; set right what they name and run it again.",
            )
            error.said = said or error_text(finished.output, finished.errors, longest=None)
            raise error
        return finished


def outputs_from_json(outputs: Mapping[str, Any]) -> dict[str, Output]:
    """Read outputs as ``terraform output -json`` prints them and as they stand in a state's values."""
    return {
        name: Output(value=entry["value"], sensitive=bool(entry.get("sensitive")))
        for name, entry in outputs.items()
    }


def variable_environment(variables: Variables) -> dict[str, str]:
    """Return Terraform variables as environment: unlike arguments, other users cannot list their values."""
    return {
        f"TF_VAR_{name}": value if isinstance(value, str) else as_expression(value)
        for name, value in variables.items()
    }


def as_expression(value: Any) -> str:
    """Return a value as an expression that Terraform and JSON read alike.

    Terraform reads JSON in a ``TF_VAR_`` text or a ``-var``, but takes ``${`` and ``%{`` inside its texts for the begin of
    templates. https://developer.hashicorp.com/terraform/language/expressions/strings
    """
    return json.dumps(value).replace("${", "\\u0024{").replace("%{", "\\u0025{")


def driver_environment(
    extra: Mapping[str, str] | None = None, *, drop: tuple[str, ...] = ()
) -> dict[str, str]:
    """Return this process's environment, made fit for Terraform and cdktf, with ``extra`` on top.

    ``drop`` names further prefixes of variables to leave out. Raises HubctlError when the AWS provider is
    nowhere to be found.
    """
    unwanted = _MISLEADING + drop
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**environment, **terraform_environment(), **(extra or {})}
