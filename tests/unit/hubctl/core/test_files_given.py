"""Whatever bytes somebody brings, each reader gives a result or one sentence, and leaves the file as it was."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.answers import read_answers
from hubctl.adopt.state.existing import ExistingState
from hubctl.adopt.state.source import local_state_of, state_from
from hubctl.adopt.state.state_file import check_not_locked, read_state
from hubctl.cookbooks.bundle import metadata_mistakes as cookbook_mistakes
from hubctl.core.configuration.given_variables import read_numbers, read_pairs
from hubctl.core.configuration.stack import read_configuration
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.files import given_file, json_or_text, object_or_none
from hubctl.core.live import read_iso, spoken
from hubctl.core.terraform.plan import errors_of_messages
from hubctl.core.terraform.stored_state import read_stored_state
from hubctl.demo.workspace import demo_context
from hubctl.diagram.rendering import shown_model
from hubctl.simulate.arrivals import read_arrivals
from stacks.adoption.file import AdoptionFileError, read_adoption
from stacks.settings.loading import load_context
from tests.support.in_process import run_hubctl
from tests.support.printed import flat

STATE: dict[str, Any] = {
    "version": 4,
    "terraform_version": "1.11.4",
    "serial": 3,
    "lineage": "a",
    "outputs": {"url": {"value": "x", "type": "string"}},
    "resources": [
        {
            "module": "module.lab",
            "mode": "managed",
            "type": "aws_vpc",
            "name": "net",
            "provider": 'provider["registry.example.test/hashicorp/aws"]',
            "instances": [
                {
                    "index_key": 0,
                    "attributes": {"id": "vpc-1"},
                    "sensitive_attributes": [],
                    "dependencies": ["a.b"],
                }
            ],
        }
    ],
}
SHOWN = {"mode": "managed", "type": "aws_vpc", "name": "n", "provider_name": "p", "values": {}}
NONSENSE = {
    "nothing": b"",
    "blanks": b" \r\n\t",
    "zeros": b"\0" * 64,
    "latin": b'{"a": "\xe9"}',
    "cut off": b'{"version": 4, "res',
    "cut off UTF-16": '{"version": 4}'.encode("utf-16")[:-1],
    "UTF-16": '{"version": 4, "resources": []}'.encode("utf-16"),
    "a mark alone": b"\xef\xbb\xbf",
    "a mark of UTF-32": b"\xff\xfe\0\0{",
    "deep lists": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep, but whole": b'{"resources": ' + b"[" * 900 + b"]" * 900 + b"}",
    "deep TOML": b"a = " + b"[" * 100_000,
    "NaN": b'{"version": NaN}',
    "a long number": b'{"version": ' + b"9" * 5000 + b"}",
    "a long number in TOML": b"a = " + b"9" * 5000,
    "half a character": b'{"version": 4, "stack": "\\ud800", "resources": []}',
    "a list": b"[1, 2]",
    "null": b"null",
    "a text": b'"version"',
    "a number": b"4",
    "wrong sections": b'{"version": 4, "resources": 7, "resource": [], "variable": null, "context": 1, "terraform": "x"}',
    "wrong blocks": b'{"version": 1, "stack": "aws-lab", "resource": {"aws_vpc": [1]}, "moves": {"a": 1}, "dependencies": 3}',
    "random": bytes(range(256)),
}


def _cookbook(file: Path) -> object:
    folder = file.parent / "cookbooks" / "one"
    folder.mkdir(parents=True)
    (folder / "metadata.json").write_bytes(file.read_bytes())
    return list(cookbook_mistakes(folder.parent))


def _lock(file: Path) -> object:
    file.rename(file.with_name(".x.tfstate.lock.info"))
    try:
        return check_not_locked(file.with_name("x.tfstate"))
    finally:
        file.with_name(".x.tfstate.lock.info").rename(file)


def _backend(file: Path) -> object:
    (file.parent / ".terraform").mkdir()
    (file.parent / ".terraform" / "terraform.tfstate").write_bytes(file.read_bytes())
    return local_state_of(None, file.parent)


def _context(file: Path) -> object:
    (file.parent / "cdktf.json").write_bytes(file.read_bytes())
    return load_context(file.parent, {"CDKTF_CONTEXT_JSON": _text(file)})


def _text(file: Path) -> str:
    """Return a file as the environment or a program's output would hold it."""
    return file.read_bytes().decode("utf-8", "surrogateescape")


READERS: dict[str, Callable[[Path], object]] = {
    "state": lambda file: state_from(str(file), None),
    "stored state": lambda file: read_stored_state(_text(file)),
    "lock of a state": _lock,
    "backend that Terraform noted": _backend,
    "answers": read_answers,
    "adoption file": lambda file: read_adoption(file, "aws-lab"),
    "settings": _context,
    "settings of the demo": lambda file: demo_context(_text(file)),
    "synthesized stack": read_configuration,
    "arrivals": read_arrivals,
    "cookbook": _cookbook,
    "any JSON file": lambda file: given_file(file, remedy="Give another one."),
    "picture": lambda file: shown_model(b"<metadata>" + file.read_bytes() + b"</metadata>"),
    "messages of Terraform": lambda file: errors_of_messages(_text(file)),
    "values on the command line": lambda file: read_pairs([f"boot={_text(file)}"], "--var"),
    "numbers on the command line": lambda file: read_numbers([f"boot={_text(file)}"], "--assume"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", NONSENSE)
def test_no_bytes_end_in_a_traceback(tmp_path: Path, reader: str, name: str) -> None:
    file = tmp_path / "brought.json"
    file.write_bytes(NONSENSE[name])
    try:
        READERS[reader](file)
    except (HubctlError, AdoptionFileError) as error:
        said = getattr(error, "message", None) or str(error)
        assert said
        assert len(said) < 2000
    assert file.read_bytes() == NONSENSE[name]


def changed(*steps: str | int, to: Any) -> dict[str, Any]:
    """Return the state with something else at one place."""
    document: dict[str, Any] = json.loads(json.dumps(STATE))
    place: Any = document
    for step in steps[:-1]:
        place = place[step]
    place[steps[-1]] = to
    return document


@pytest.mark.parametrize(
    ("steps", "value", "said"),
    [
        (("serial",), "x", "serial is 'x'"),
        (("serial",), -1, "serial is -1"),
        (("serial",), True, "serial is True"),
        (("lineage",), 3, "lineage is 3"),
        (("terraform_version",), [], "terraform_version is a list"),
        (("outputs",), [], "outputs is a list"),
        (("outputs", "url"), "x", "outputs.url is 'x'"),
        (("resources",), None, "resources is null"),
        (("resources",), {}, "resources is an object"),
        (("resources",), 7, "resources is 7"),
        (("resources", 0), None, "resources.0 is null"),
        (("resources", 0), "x", "resources.0 is 'x'"),
        (("resources", 0, "mode"), "other", "resources.0.mode is 'other'"),
        (("resources", 0, "type"), 3, "resources.0.type is 3"),
        (("resources", 0, "type"), None, "resources.0.type is null"),
        (("resources", 0, "name"), "a b\nc", "resources.0.name is 'a b\\nc'"),
        (("resources", 0, "module"), ["x"], "resources.0.module is a list"),
        (("resources", 0, "provider"), None, "resources.0.provider is null"),
        (("resources", 0, "instances"), None, "resources.0.instances is null"),
        (("resources", 0, "instances"), {"a": 1}, "resources.0.instances is an object"),
        (("resources", 0, "instances", 0), None, "resources.0.instances.0 is null"),
        (("resources", 0, "instances", 0, "attributes"), [], "resources.0.instances.0.attributes is a list"),
        (("resources", 0, "instances", 0, "attributes"), None, "module.lab.aws_vpc.net has no attributes"),
        (("resources", 0, "instances", 0, "index_key"), {"a": 1}, "instances.0.index_key is an object"),
        (("resources", 0, "instances", 0, "index_key"), True, "instances.0.index_key is True"),
        (
            ("resources", 0, "instances", 0, "sensitive_attributes"),
            3,
            "instances.0.sensitive_attributes is 3",
        ),
        (("resources", 0, "instances", 0, "dependencies"), 3, "instances.0.dependencies is 3"),
        (("resources", 0, "instances", 0, "status"), 3, "instances.0.status is 3"),
    ],
)
def test_wrong_shapes_in_a_state_are_named_with_their_place(
    steps: tuple[str | int, ...], value: Any, said: str
) -> None:
    with pytest.raises(BadInputError) as refused:
        read_state(json.dumps(changed(*steps, to=value)), "old.tfstate")
    assert refused.value.message.startswith("old.tfstate is a damaged state: ")
    assert said in refused.value.message


def test_a_serial_beyond_all_numbers_is_refused() -> None:
    text = json.dumps(STATE).replace('"serial": 3', '"serial": 1e400')
    with pytest.raises(BadInputError, match="serial is inf"):
        read_state(text, "old.tfstate")


@pytest.mark.parametrize("key", ["serial", "lineage", "terraform_version", "outputs"])
def test_what_a_state_may_lack_may_be_null(key: str) -> None:
    read = read_state(json.dumps(changed(key, to=None)), "old.tfstate")
    assert isinstance(read, ExistingState)
    assert [found.address for found in read.resources] == ["module.lab.aws_vpc.net[0]"]


@pytest.mark.parametrize(
    "values",
    [
        [],
        {"root_module": []},
        {"root_module": {"resources": 3}},
        {"root_module": {"resources": [None]}},
        {"root_module": {"resources": [{"mode": "managed"}]}},
        {"root_module": {"child_modules": {"a": 1}}},
        {"root_module": {"child_modules": [None]}},
        {"root_module": {"resources": [{**SHOWN, "values": [1]}]}},
        {"root_module": {"resources": [{**SHOWN, "type": ["x"]}]}},
        {"outputs": ["a"]},
        {"outputs": {"a": None}},
    ],
)
def test_wrong_shapes_in_what_show_prints_are_refused(values: Any) -> None:
    with pytest.raises(BadInputError, match=r"shown\.json"):
        read_state(json.dumps({"format_version": "1.0", "values": values}), "shown.json")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_standard_input_in_any_encoding_is_a_state(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    given = io.TextIOWrapper(
        io.BytesIO(json.dumps(STATE).encode(encoding)), encoding="utf-8", errors="strict"
    )
    monkeypatch.setattr(sys, "stdin", given)
    assert state_from("-", None).resources[0].address == "module.lab.aws_vpc.net[0]"


def test_standard_input_that_is_closed_or_not_text_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(BadInputError, match="standard input is closed"):
        state_from("-", None)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"a": "\xff"}')))
    with pytest.raises(BadInputError, match="standard input is not text"):
        state_from("-", None)


@pytest.mark.parametrize("state", ["", ".", "/", "..", "x/y/z"])
def test_paths_that_are_no_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInputError):
        state_from(state, None)


@pytest.mark.parametrize(
    "words",
    [
        ("adopt", "--stack=aws-lab", "--state", ""),
        ("adopt", "--stack=aws-lab", "--from-backend", ""),
        ("adopt", "--stack=aws-lab", "--state=x", "--out", ""),
        ("adopt", "--stack=aws-lab", "--state=x", "--answers", ""),
        ("cost", "--folder", ""),
        ("cost", "--var-file", ""),
        ("simulate", "--stack=aws-lab", "--arrivals", ""),
        ("simulate", "--stack=aws-lab", "--scenario=exam", "--plot", ""),
        ("plan", "--stack=aws-lab", "--folder", ""),
        ("destroy", "--stack=aws-lab", "--folder", ""),
    ],
)
def test_an_unset_variable_of_the_shell_is_not_this_folder(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ran = run_hubctl(*words, monkeypatch=monkeypatch, capture=capfd)
    assert ran.code == 2
    assert "empty, as an unset variable of the shell is" in flat(ran.errors)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"resource": []}, "resource is a list, not an object"),
        ({"resource": {"aws_vpc": [1]}}, "resource.aws_vpc is a list, not an object"),
        ({"resource": {"aws_vpc": {"lab": None}}}, "resource.aws_vpc.lab is null, not an object"),
        ({"variable": {"a": 1}}, "variable.a is a number, not an object"),
        ({"terraform": "x"}, "terraform is a text, not an object"),
    ],
)
def test_a_synthesized_stack_of_another_shape_is_named(
    tmp_path: Path, document: dict[str, Any], said: str
) -> None:
    file = tmp_path / "cdk.tf.json"
    file.write_text(json.dumps(document))
    with pytest.raises(BadInputError, match=said):
        read_configuration(file)


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31T23:59:59+14:00", "soon", "", "20261101", None, [], 3]
)
def test_times_in_parameters_can_be_shown_or_are_none(text: object) -> None:
    point = read_iso(text)
    assert (point is None) == (text != "20261101")
    assert point is None or spoken(point)


def test_a_text_is_json_or_itself() -> None:
    assert [json_or_text(text) for text in ("8", "8.0", "true", "x", "[1]", "NaN", "1" * 5000)] == [
        8,
        8.0,
        True,
        "x",
        [1],
        "NaN",
        "1" * 5000,
    ]
    assert object_or_none("{}") == {}
    assert object_or_none("[]") is None
