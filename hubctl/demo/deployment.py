"""Deploy the synthesized stacks with the real cdktf, and plan again to prove that nothing is left to do."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait

from hubctl.demo.deploy_progress import DeployProgress
from hubctl.demo.stacks import DemoStack
from hubctl.demo.steps import Steps
from hubctl.demo.workspace import Workspace
from hubctl.errors import HubctlError
from hubctl.processes import run_program
from hubctl.terraform.driver import Terraform
from hubctl.terraform.messages import without_escapes
from hubctl.terraform.plan import Plan

DEPLOYED_WITHIN = 1800.0  # seconds
GRACE = 3.0  # seconds: an interrupted demo has no state worth waiting for


def cdktf_environment(environment: Mapping[str, str], workspace: Workspace) -> dict[str, str]:
    """Return the environment of the cdktf command line: no prompts, nothing written to the home folder."""
    return {**environment, "CI": "1", "CDKTF_HOME": str(workspace.folder / "cdktf-home")}


def deploy(
    workspace: Workspace,
    stacks: Sequence[DemoStack],
    environment: Mapping[str, str],
    steps: Steps,
    progress: DeployProgress,
) -> None:
    """Deploy the stacks side by side. Raises HubctlError with Terraform's errors.

    ``--skip-provider-lock`` because that command asks a registry, which the trial does without.
    """
    log = workspace.logs / "deploy.log"
    command = [str(workspace.project / "node_modules" / ".bin" / "cdktf"), "deploy"]
    command += [stack.name for stack in stacks]
    command += ["--skip-synth", "--skip-provider-lock", "--auto-approve"]
    command += ["--output", str(workspace.output.relative_to(workspace.project))]
    with log.open("w", encoding="utf-8") as stream:

        def on_line(line: str) -> None:
            print(without_escapes(line), file=stream, flush=True)
            progress.read(line)

        finished = run_program(
            command,
            folder=workspace.project,
            environment=cdktf_environment(environment, workspace),
            deadline=DEPLOYED_WITHIN,
            on_line=on_line,
            on_tick=steps.tick,
            grace=GRACE,
        )
        print(without_escapes(finished.errors), file=stream)
    if finished.exit_code != 0:
        complaint = progress.errors() or "\n".join(_tail(finished.errors + finished.output))
        raise HubctlError(f"cdktf deploy failed:\n{complaint}", remedy=f"The whole log is {log}.")
    unfinished = [name for name, stack in progress.stacks.items() if not stack.finished]
    if unfinished:
        raise HubctlError(
            f"cdktf ended without having deployed {', '.join(unfinished)}", remedy=f"The whole log is {log}."
        )


def second_plans(
    workspace: Workspace, stacks: Sequence[DemoStack], environment: Mapping[str, str], steps: Steps
) -> dict[str, Plan]:
    """Plan every deployed stack again, side by side; return the plans by stack."""
    stop = threading.Event()

    def stop_with_the_others() -> None:
        if stop.is_set():
            raise HubctlError("stopped", remedy="Run it again.")

    def plan(stack: DemoStack) -> Plan:
        folder = workspace.stack_folder(stack.name)
        return Terraform(folder, environment, on_tick=stop_with_the_others, grace=GRACE).plan()

    with ThreadPoolExecutor(max_workers=len(stacks)) as pool:
        planning = {pool.submit(plan, stack): stack.name for stack in stacks}
        waiting = set(planning)
        try:
            while waiting:
                done, waiting = wait(waiting, timeout=0.25)
                steps.tick()
                for future in done:
                    steps.line(
                        f"{planning[future]}: {'nothing to do' if future.result().is_empty else 'changes'}"
                    )
        finally:
            stop.set()
    return {name: future.result() for future, name in planning.items()}


def check_empty(plans: Mapping[str, Plan]) -> None:
    """Raise HubctlError with every change when a second plan is not empty."""
    changes = [f"  {name}: {line}" for name, plan in plans.items() for line in plan.describe()]
    if changes:
        raise HubctlError(
            "a second plan would change what was just deployed:\n" + "\n".join(changes),
            remedy="Either the stack sets what AWS reports differently, or the local AWS reports it wrongly.",
        )


def _tail(text: str) -> list[str]:
    return without_escapes(text).strip().splitlines()[-25:]
