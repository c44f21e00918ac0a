"""``hubctl nodes``: who is there, in which role, with which cookbooks, and how they are."""

import json
from datetime import UTC, datetime

import click
from rich.text import Text

from hubctl.core.aws import aws_client, told_plainly
from hubctl.core.console import err, out
from hubctl.core.tables import Sheet
from hubctl.nodes.statuses import NodeStatus, NodeStatuses, age, read_statuses

_COLOURS = {
    "converged": "green",
    "failed": "red",
    "unreadable": "red",
    "leaving": "yellow",
    "interrupted": "yellow",
    "left": "dim",
    "pooled": "dim",
}


@click.command("nodes")
@click.option("--prefix", default="/chef-hub", show_default=True, help="SSM path of the deployment.")
@click.option("--region", help="AWS region; by default that of your AWS settings.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def command(prefix: str, region: str | None, as_json: bool) -> None:
    """List the nodes with role, cookbooks, last converge and status; exits with 1 when one has failed."""
    with told_plainly("reach SSM"):
        ssm = aws_client("ssm", region)
    deployment = read_statuses(ssm, prefix)
    if as_json:
        out.paste(_json(deployment))
    elif not deployment.nodes:
        err.say(f"no node has published a status below {prefix} yet; a first boot takes some minutes")
    else:
        _print(deployment, datetime.now(UTC))
    if any(node.state in {"failed", "unreadable"} for node in deployment.nodes):
        raise click.exceptions.Exit(1)


def _print(deployment: NodeStatuses, now: datetime) -> None:
    table = Sheet("node", "role", "cookbooks", "last converge", "status", "instance")
    for node in deployment.nodes:
        status = Text(node.state, style=_COLOURS.get(node.state, ""))
        converged = age(node.at, now) if node.state == "converged" else ""
        behind = node.role and node.cookbooks != deployment.live_cookbooks
        cookbooks = f"{node.cookbooks} (behind)" if behind else node.cookbooks
        table.add(node.node, node.role or node.kind, cookbooks, converged, status, node.instance)
    table.show(out)
    out.say(f"live cookbooks: {deployment.live_cookbooks or 'none yet'}")
    for node in deployment.nodes:
        if node.note:
            out.say(f"{node.node}: {node.note}")
        if node.state in {"failed", "unreadable"}:
            _print_failure(node, now)


def _print_failure(node: NodeStatus, now: datetime) -> None:
    if node.state == "unreadable":
        err.say(f"{node.node}: {node.error}")
        return
    when = f" {age(node.at, now)} ago" if node.at else ""
    err.say(f'{node.node} failed{when} in step "{node.step}": {node.error}')


def _json(deployment: NodeStatuses) -> str:
    nodes = [{**vars(node), "at": node.at.isoformat() if node.at else None} for node in deployment.nodes]
    return json.dumps({"live_cookbooks": deployment.live_cookbooks, "nodes": nodes}, indent=2)
