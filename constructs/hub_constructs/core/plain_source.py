"""Python source of jsii's bindings without what a synth does not need: texts for readers, and type checks at run time.

Each class of the bindings checks the type of its arguments with ``typeguard``, after it evaluated the annotations of a
stub that is there for nothing else. Node checks them again when it gets them, and ``mypy`` has checked them before.
"""

import ast

# What generated modules have for the checks alone; an import goes only when nothing else uses its name
_FOR_CHECKS = frozenset({"check_type", "TYPEGUARD_MAJOR_VERSION", "_metadata_package_version", "typeguard"})
_STUB = "_typecheckingstub__"

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def without_checks(source: str) -> str:
    """Return the source of a generated module without docstrings, annotations and ``if __debug__`` blocks.

    Raises SyntaxError when it is not Python, and ValueError when it would still use what was left out.
    """
    tree = ast.parse(source)
    tree.body = [statement for statement in tree.body if not _is_stub(statement)]
    plain = _Plain().visit(tree)
    _drop_unused(plain)
    if left := {name for name in _names(plain) if name.startswith(_STUB)}:
        raise ValueError(f"{sorted(left)[0]} is used outside a type check")
    return ast.unparse(ast.fix_missing_locations(plain)) + "\n"


def _is_stub(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.FunctionDef) and statement.name.startswith(_STUB)


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _drop_unused(tree: ast.Module) -> None:
    """Drop the top-level statements that define what only the checks used, the last one first."""
    kept: list[ast.stmt] = []
    used: set[str] = set()
    for statement in reversed(tree.body):
        defined = _defined(statement)
        if defined and defined <= _FOR_CHECKS and not defined & used:
            continue
        used |= _names(statement)
        kept.append(statement)
    tree.body = kept[::-1]


def _defined(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name for alias in statement.names}
    return set()


class _Plain(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """Take what ``python -O`` would take."""
        self.generic_visit(node)
        if isinstance(node.test, ast.Name) and node.test.id == "__debug__":
            return node.orelse
        node.body = node.body or [ast.Pass()]
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        """Drop texts that are statements: docstrings, and those below the members of an enumeration."""
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            return None
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Put the value in place of ``typing.cast(a type, a value)``, which returns it as it is."""
        self.generic_visit(node)
        function = node.func
        is_cast = isinstance(function, ast.Attribute) and ast.unparse(function) == "typing.cast"
        return node.args[1] if is_cast and len(node.args) == 2 and not node.keywords else node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def _function(self, node: _Function) -> ast.AST:
        arguments = node.args
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
        for argument in every:
            argument.annotation = None
        node.returns = None
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node
