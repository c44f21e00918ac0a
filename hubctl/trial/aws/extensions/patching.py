"""The ways to complete a class or a module of moto; all fail loudly when moto is not what they expect."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

Method = Callable[..., Any]


def add(owner: type, name: str | None = None) -> Callable[[Method], Method]:
    """Give ``owner`` a method that it lacks, under the function's name or ``name``.

    Raises:
        TypeError: moto has it by now, so the extension may be superfluous.

    """

    def put(method: Method) -> Method:
        attribute = name or method.__name__
        if hasattr(owner, attribute):
            raise TypeError(f"{owner.__name__} has {attribute} already")
        setattr(owner, attribute, method)
        return method

    return put


def wrap(owner: type | ModuleType, name: str | None = None) -> Callable[[Method], Method]:
    """Replace a method of a class, or a function of a module; the function gets the original as its first argument.

    Raises:
        TypeError: moto no longer has such a method or function.

    """

    def put(method: Method) -> Method:
        attribute = name or method.__name__
        original = getattr(owner, attribute, None)
        if original is None:
            raise TypeError(f"{owner.__name__} has no {attribute}")

        def replacement(*args: Any, **kwargs: Any) -> Any:
            return method(original, *args, **kwargs)

        replacement.__name__ = attribute
        setattr(owner, attribute, replacement)
        return method

    return put


def replace_property(owner: type, name: str | None = None) -> Callable[[Method], Method]:
    """Replace a property of ``owner`` by the function.

    Raises:
        TypeError: moto no longer has such a property.

    """

    def put(method: Method) -> Method:
        attribute = name or method.__name__
        if not isinstance(getattr(owner, attribute, None), property):
            raise TypeError(f"{owner.__name__} has no property {attribute}")
        setattr(owner, attribute, property(method))
        return method

    return put
