"""The demo from beginning to end, and what to do after it.

The next steps are to see the stacks at work on this machine, or to deploy them for real.
"""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from hubctl.core.command_line import typed
from hubctl.core.console import Writer, err, out
from hubctl.core.errors import HubctlError
from hubctl.core.temporary import private_folder
from hubctl.core.terraform.driver import driver_environment, outputs_from_json, variable_environment
from hubctl.core.terraform.plan import Plan
from hubctl.demo.deployment import DeployProgress, Steps, check_empty, deploy, second_plans
from hubctl.demo.summary import output_lines, summarize, summary_table
from hubctl.demo.workspace import Workspace
from hubctl.trial.aws.seed import AccountSeed, seed_account
from hubctl.trial.aws.server import LocalAws
from stacks.registry import DEMO_DOMAIN, RegisteredStack
from stacks.synthesis_place import QUIET_NODE


def print_next_steps(stacks: Sequence[RegisteredStack], writer: Writer) -> None:
    """Print the commands, each on a line to paste, with the pages that have the rest."""
    writer.say("The local AWS starts no machines, so there was nothing to log in to. Next:")
    for stack in stacks:
        writer.say()
        writer.say(
            f"- See {stack.name} at work in a browser, on real hosts of this machine (root needed; {stack.trial.page}):"
        )
        writer.paste(typed(stack.trial.command, root=True), indent=4)
    writer.say()
    writer.say(
        "- Deploy for real, with AWS credentials in the environment and your own values. docs/how-to/deploy.md has "
        "all steps in order, with the images, the login and the cookbooks:"
    )
    for stack in stacks:
        variables = " ".join(f"TF_VAR_{name}={value}" for name, value in stack.example_variables.items())
        writer.paste(f"{variables} node_modules/.bin/cdktf deploy {stack.name}", indent=4)


def run_demo(project: Path, stacks: tuple[RegisteredStack, ...]) -> None:
    """Deploy the stacks to a local AWS, show that a second plan is empty, and stop everything again.

    Raises HubctlError when anything fails; whatever happens, no process is left behind.
    """
    _check_tools(project)
    workspace = Workspace(project=project)
    steps = Steps(err, 4)
    with workspace.reserved():
        try:
            with ExitStack() as running:
                _run(workspace, stacks, steps, running)
        except BaseException:
            err.say(f"Everything that the demo started is stopped. Logs: {workspace.logs}")
            raise
    _show_end(workspace, stacks, steps)


def _run(workspace: Workspace, stacks: tuple[RegisteredStack, ...], steps: Steps, running: ExitStack) -> None:
    names = [stack.name for stack in stacks]
    workspace.renew()
    with steps.step(f"Write the Terraform JSON of {' and '.join(names)}"):
        environment = {**driver_environment(drop=("TF_VAR_", "AWS_", "CDKTF_")), **QUIET_NODE}
        # cdktf ends Terraform so abruptly that a provider's socket would stay
        environment["TMPDIR"] = str(running.enter_context(private_folder("demo")))
        workspace.synthesize(names, environment, steps.tick)
    with steps.step(f"Start an AWS on this machine, with the DNS zone {DEMO_DOMAIN} and machine images"):
        aws = running.enter_context(LocalAws(port=0))
        seed_account(aws, AccountSeed(domain=DEMO_DOMAIN))
    variables = {name: value for stack in stacks for name, value in stack.demo_variables.items()}
    environment |= {**aws.environment(), **variable_environment(variables)}
    progress = DeployProgress(names, steps.line)
    with steps.step(f"Deploy with cdktf to {aws.endpoint_url}", progress.now):
        deploy(workspace, stacks, environment, steps, progress)
    with steps.step("Plan again: there must be nothing left to do", lambda: "still planning"):
        plans = second_plans(workspace, stacks, environment, steps)
        check_empty(plans)
    for name, plan in plans.items():
        _show_stack(name, plan)


def _show_stack(name: str, plan: Plan) -> None:
    outputs = outputs_from_json(plan.prior_state.get("values", {}).get("outputs", {}))
    out.say()
    summary_table(name, summarize(plan.prior_state)).show(out)
    for line in output_lines(outputs):
        out.paste(line, indent=2)
    out.say()


def _show_end(workspace: Workspace, stacks: tuple[RegisteredStack, ...], steps: Steps) -> None:
    for title, seconds in steps.timings:
        out.say(title, label=f"{seconds:6.1f} s  ")
    out.say(
        f"in all; the local AWS is stopped, the logs are in {workspace.logs}",
        label=f"{steps.total:6.1f} s  ",
    )
    out.say()
    print_next_steps(stacks, out)


def _check_tools(project: Path) -> None:
    if not (project / "node_modules" / ".bin" / "cdktf").exists():
        raise HubctlError(
            f"cdktf is not installed in {project}",
            remedy=f"Run `make setup` there (this is {sys.executable}).",
        )
