"""Metric math, as far as alarms that scale use it: from the values of one period to the value of an expression.

Numbers, ids of metrics, ``+ - * /``, comparisons (1 or 0), ``AND``, ``OR``, ``IF``, ``FILL`` with a number, ``MIN`` and
``MAX`` of single values. A period in which a metric has no value has none of the expression either, unless it is filled.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping

_ARITHMETIC: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_WORDS = {"AND": "and", "&&": "and", "OR": "or", "||": "or"}
_WORD = re.compile(r"\bAND\b|&&|\bOR\b|\|\|")
_FUNCTIONS: dict[str, Callable[[list[float | None]], float | None]] = {
    "IF": lambda values: None if values[0] is None else values[1] if values[0] else values[2],
    "FILL": lambda values: values[1] if values[0] is None else values[0],
    "MIN": lambda values: None if None in values else min(value for value in values if value is not None),
    "MAX": lambda values: None if None in values else max(value for value in values if value is not None),
}
_ARGUMENTS = {"IF": 3, "FILL": 2}


class MetricMath:
    """An expression over metrics that are known by ids.

    Raises:
        ValueError: It uses what is not known here, or is not metric math.

    """

    def __init__(self, expression: str) -> None:
        self.expression = expression
        text = _WORD.sub(lambda found: f" {_WORDS[found[0]]} ", expression)
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
            self.ids = frozenset(_ids(self._tree))
        except (SyntaxError, ValueError, RecursionError) as error:
            raise ValueError(f"metric math {expression!r} is not understood: {error}") from None

    def value(self, values: Mapping[str, float | None]) -> float | None:
        """Return the value for one period, where ``values`` are those of the metrics by id; None for a missing one."""
        return _value(self._tree, values)


def _ids(node: ast.expr) -> list[str]:
    """Return the ids in a tree that holds nothing unknown; raise ValueError for any other."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return []
        case ast.Name(id=name):
            return [name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return _ids(inner)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _ARITHMETIC:
            return _ids(left) + _ids(right)
        case ast.BoolOp(values=parts):
            return [name for part in parts for name in _ids(part)]
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _COMPARISONS:
            return _ids(left) + _ids(right)
        case ast.Call(func=ast.Name(id=function), args=arguments, keywords=[]) if (
            function in _FUNCTIONS and len(arguments) == _ARGUMENTS.get(function, len(arguments) or -1)
        ):
            return [name for argument in arguments for name in _ids(argument)]
    raise ValueError(f"{ast.unparse(node)} is not known")


def _value(node: ast.expr, values: Mapping[str, float | None]) -> float | None:
    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return values.get(name)
        case ast.UnaryOp(operand=inner):
            found = _value(inner, values)
            return None if found is None else -found
        case ast.Call(func=ast.Name(id=function), args=arguments):
            return _FUNCTIONS[function]([_value(argument, values) for argument in arguments])
    parts = [_value(part, values) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
    known = [part for part in parts if part is not None]
    return None if len(known) < len(parts) else _combined(node, known)


def _combined(node: ast.expr, values: list[float]) -> float | None:
    match node:
        case ast.BoolOp(op=sign):
            return float(all(values) if isinstance(sign, ast.And) else any(values))
        case ast.Compare(ops=[sign]):
            return float(_COMPARISONS[type(sign)](*values))
        case ast.BinOp(op=sign):
            # CloudWatch has no value where something is divided by 0
            return None if isinstance(sign, ast.Div) and not values[1] else _ARITHMETIC[type(sign)](*values)
    raise AssertionError(ast.dump(node))
