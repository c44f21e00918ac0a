"""A metric as alarms and dashboards name it, and arithmetic over several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric. ``statistic`` is taken over ``period`` seconds; ``label`` is for graphs."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: str
    period: int = 60
    label: str = ""

    def graphed(self) -> list[object]:
        """Return the metric in the form of a dashboard's widget.

        https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
        """
        pairs = [part for pair in self.dimensions.items() for part in pair]
        options: dict[str, object] = {"stat": self.statistic, "period": self.period}
        if self.label:
            options["label"] = self.label
        return [self.namespace, self.name, *pairs, options]


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """``expression`` over ``metrics`` by their ids, in CloudWatch's metric math."""

    expression: str
    label: str
    metrics: Mapping[str, Metric] = field(default_factory=dict)

    def graphed(self) -> list[list[object]]:
        """Return the rows of a dashboard's widget: the result, and what it is made of, not shown."""
        hidden = []
        for id_, metric in self.metrics.items():
            *row, options = metric.graphed()
            hidden.append([*row, {**_options(options), "id": id_, "visible": False}])
        return [[{"expression": self.expression, "label": self.label, "id": "result"}], *hidden]


def rows(shown: Sequence[Metric | Arithmetic]) -> list[list[object]]:
    """Return everything of one widget."""
    found: list[list[object]] = []
    for one in shown:
        found += one.graphed() if isinstance(one, Arithmetic) else [one.graphed()]
    return found


def _options(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
