"""The four kinds of nodes, as the node contract names them."""

from typing import Literal, get_args

NodeKind = Literal["chef_server", "workstation", "hub_leader", "worker"]
NODE_KINDS: tuple[NodeKind, ...] = get_args(NodeKind)
