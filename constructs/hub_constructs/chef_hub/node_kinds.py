"""The four kinds of nodes, as the node contract names them, and what each is told at its launch."""

from typing import Literal, get_args

NodeKind = Literal["chef_server", "workstation", "hub_leader", "worker"]
NODE_KINDS: tuple[NodeKind, ...] = get_args(NodeKind)
PARAMETER_PREFIX = "/chef-hub"


def told_at_launch(kind: NodeKind) -> dict[str, str]:
    """Return what a node has to know to find its contract: the rest of it may change."""
    return {"node_kind": kind, "parameter_prefix": PARAMETER_PREFIX}
