"""The bindings' Python source does the same without its texts and type checks."""

import pytest

from hub_constructs.core.plain_source import without_checks

GENERATED = '''"""A page of text"""
import typing
import typeguard
from importlib.metadata import version as _metadata_package_version
TYPEGUARD_MAJOR_VERSION = int(_metadata_package_version("typeguard").split(".")[0])

def check_type(argname: str, value: object, expected_type: typing.Any) -> typing.Any:
    return typeguard.check_type(argname=argname, value=value, expected_type=expected_type)

class Empty(Exception):
    """Only a text"""

class Thing:
    """A text"""

    TEXT = """kept"""
    """A text below a member"""

    def __init__(self, name: "Missing", *, size: typing.Optional[int] = None, **more: Missing) -> None:
        """A text"""
        if __debug__:
            type_hints = typing.get_type_hints(_typecheckingstub__1)
            check_type(argname="argument name", value=name, expected_type=type_hints["name"])
        self._values: typing.Dict[str, typing.Any] = {"name": name, "size": size, **more}

    @property
    def values(self) -> Missing:
        return typing.cast(Missing, self._values)

    def nothing(self) -> None:
        """Only a text"""

def _typecheckingstub__1(name: str) -> None:
    """Type checking stubs"""
    pass
'''


def test_it_does_the_same_without_what_a_synth_does_not_need() -> None:
    plain = without_checks(GENERATED)
    for gone in ("typeguard", "check", "__debug__", "Missing", "text", "importlib"):
        assert gone not in plain
    names: dict[str, type] = {}
    exec(plain, names)  # noqa: S102 - what the test is about
    thing = names["Thing"]("a", size=2, colour="red")
    assert thing.values == {"name": "a", "size": 2, "colour": "red"}
    assert (thing.TEXT, thing.nothing()) == ("kept", None)
    assert issubclass(names["Empty"], Exception)


def test_what_is_used_elsewhere_stays() -> None:
    plain = without_checks("import typeguard\ndef check_type(x): return typeguard.x\nok = check_type\n")
    assert plain.count("typeguard") == 2


def test_the_other_branch_of_a_check_is_taken() -> None:
    names: dict[str, object] = {}
    exec(without_checks("if __debug__:\n    a = 1\nelse:\n    a = 2\n"), names)  # noqa: S102 - as above
    assert names["a"] == 2


def test_a_stub_that_is_used_outside_a_check_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="_typecheckingstub__1 is used outside"):
        without_checks(GENERATED + "\nkeep = _typecheckingstub__1\n")
