"""The model in Graphviz's language, with AWS's icons, by the ``diagrams`` library."""

import importlib
import textwrap
from collections import defaultdict
from html import escape
from itertools import pairwise
from typing import Any

from hubctl.diagram.model import Architecture, Arrow, PictureCluster, PictureNode

FONT = "DejaVu Sans"
TEXT, QUIET_TEXT, LINE, QUIET_LINE = "#232F3E", "#545B64", "#232F3E", "#8C9399"
FRAMES = {
    "region": {"bgcolor": "#FFFFFF", "pencolor": "#00A4A6", "fontcolor": "#00797B", "style": "dashed"},
    "vpc": {"bgcolor": "#FAFAFF", "pencolor": "#8C4FFF", "fontcolor": "#6B2FE0", "style": "solid"},
    "subnet": {"bgcolor": "#F2F6E8", "pencolor": "#7AA116", "fontcolor": "#4F6B0C", "style": "solid"},
    "services": {"bgcolor": "#F5F7F8", "pencolor": "#AEB6BE", "fontcolor": TEXT, "style": "rounded"},
}
FRAME = {"fontname": FONT, "fontsize": "14", "margin": "16"}
GRAPH = {
    "splines": "spline",
    "pad": "0.25",
    "nodesep": "0.35",
    "ranksep": "0.7",
    "labelloc": "t",
    "labeljust": "l",
    "fontname": FONT,
    "fontsize": "20",
    "fontcolor": TEXT,
    "bgcolor": "#FFFFFF",
    "newrank": "true",
}
NODE = {"fontname": FONT, "fontsize": "14", "fontcolor": TEXT}
GROUND = "#FFFFFFD0"
ICON = 76  # points
LINE_LETTERS = 24
ROW = 5  # services side by side


def source(picture: Architecture) -> str:
    """Return the picture in the DOT language; icons are named by their absolute paths."""
    from diagrams import Diagram, setcluster, setdiagram

    diagram = Diagram(
        picture.title, filename="picture", show=False, direction="LR", graph_attr=GRAPH, node_attr=NODE
    )
    diagram.dot.graph_attr["label"] = _title(picture)
    # Not as a context manager: on leaving, it would draw the picture itself, into the working directory.
    setdiagram(diagram)
    try:
        drawn = _Frames(picture).draw()
        arrows = _Arrows(picture, drawn)
        for arrow in picture.arrows:
            arrows.draw(arrow)
        _rows(picture, drawn)
        _outside_first(picture, drawn)
    finally:
        setcluster(None)
        setdiagram(None)
    return str(diagram.dot.source)


class _Frames:
    """Draws the clusters, from the outermost in, and the icons in them."""

    def __init__(self, picture: Architecture) -> None:
        self._clusters: dict[str | None, list[PictureCluster]] = defaultdict(list)
        for cluster in picture.clusters:
            self._clusters[cluster.parent].append(cluster)
        self._nodes: dict[str | None, list[PictureNode]] = defaultdict(list)
        for node in picture.nodes:
            self._nodes[node.cluster].append(node)
        self._drawn: dict[str, Any] = {}

    def draw(self, parent: str | None = None) -> dict[str, Any]:
        """Draw what lies in a cluster; return the library's nodes by name."""
        from diagrams import Cluster as Frame

        for node in self._nodes[parent]:
            self._drawn[node.name] = _icon(node)
        for cluster in self._clusters[parent]:
            frame = Frame(
                "".join(f"{line}\\l" for line in cluster.lines), graph_attr=FRAME | FRAMES[cluster.kind]
            )
            frame.name = frame.dot.name = f"cluster_{cluster.name}"  # two of one title stay two
            with frame:
                self.draw(cluster.name)
        return self._drawn


def _title(picture: Architecture) -> str:
    lines = [f'{escape(picture.title)}<BR ALIGN="LEFT"/>']
    lines += [f'<FONT POINT-SIZE="13">{escape(note)}</FONT><BR ALIGN="LEFT"/>' for note in picture.notes]
    return f"<{''.join(lines)}>"


def _icon(node: PictureNode) -> Any:
    """Return the library's node, its icon above its text, as large as both."""
    module, _, name = node.icon.partition(".")
    kind = getattr(importlib.import_module(f"diagrams.aws.{module}"), name)
    first, *others = (escape(line) for line in node.lines)
    text = "<BR/>".join([f"<B>{first}</B>", *others])
    icon = object.__new__(kind)._load_icon()
    cell = (
        f'<TD FIXEDSIZE="TRUE" WIDTH="{ICON}" HEIGHT="{ICON}"><IMG SCALE="TRUE" SRC="{escape(icon)}"/></TD>'
    )
    table = (
        f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="2"><TR>{cell}</TR><TR><TD>{text}</TD></TR></TABLE>'
    )
    return kind(
        f"<{table}>", nodeid=node.name, shape="plain", fixedsize="false", image="", height="0", width="0"
    )


class _Arrows:
    """Draws the arrows so that all flows from left to right, from outside the region into it.

    What is reached from outside stands first in the region. Graphviz ranks nodes by the direction of edges, so an
    arrow back to such a node, or to one that it supports, is an edge in the other direction with its head at the start.
    """

    def __init__(self, picture: Architecture, drawn: dict[str, Any]) -> None:
        outside = {node.name for node in picture.nodes if node.cluster is None}
        self._outside = outside
        self._first = {arrow.target for arrow in picture.arrows if arrow.source in outside}
        self._drawn = drawn

    def draw(self, arrow: Arrow) -> None:
        from diagrams import Edge

        back = arrow.supports or (
            arrow.target in self._first and arrow.source not in self._first | self._outside
        )
        start, end = (arrow.target, arrow.source) if back else (arrow.source, arrow.target)
        edge = Edge(
            self._drawn[start],
            forward=arrow.both_ways or not back,
            reverse=arrow.both_ways or back,
            label=_label(arrow),
            color=QUIET_LINE if arrow.quiet else LINE,
            style="dashed" if arrow.quiet else "solid",
            fontname=FONT,
            fontcolor=QUIET_TEXT if arrow.quiet else TEXT,
            constraint=str(not {start, end} <= self._first).lower(),
        )
        self._drawn[start].connect(self._drawn[end], edge)


def _label(arrow: Arrow) -> str:
    """Return the text on a light background, so that it can be read where lines cross it."""
    text = "<BR/>".join(escape(part) for line in arrow.lines for part in _wrapped(line))
    cell = f'<TD BGCOLOR="{GROUND}" CELLPADDING="1">{text}</TD>'
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0"><TR>{cell}</TR></TABLE>>' if text else ""


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, LINE_LETTERS, break_long_words=False, break_on_hyphens=False)


def _rows(picture: Architecture, drawn: dict[str, Any]) -> None:
    """Lay services in rows: nothing else gives them an order."""
    from diagrams import Edge

    for cluster in picture.clusters:
        if cluster.kind == "services":
            members = [node.name for node in picture.nodes if node.cluster == cluster.name]
            for number, (left, right) in enumerate(pairwise(members), 1):
                if number % ROW:
                    drawn[left].connect(drawn[right], Edge(style="invis"))


def _outside_first(picture: Architecture, drawn: dict[str, Any]) -> None:
    """Keep users and names alone on the left: nothing in the region stands before what they reach."""
    from diagrams import Edge

    outside = {node.name for node in picture.nodes if node.cluster is None}
    first = next((arrow.target for arrow in picture.arrows if arrow.source in outside), None)
    reached = {arrow.target for arrow in picture.arrows if not arrow.supports} | outside
    for node in picture.nodes:
        if first is not None and node.name not in reached:
            drawn[first].connect(drawn[node.name], Edge(style="invis", weight="0", minlen="0"))
