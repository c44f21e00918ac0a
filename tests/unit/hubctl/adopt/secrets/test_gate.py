"""The gate for secrets: what a state keeps secret is neither written nor shown, at its place or elsewhere."""

import base64
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from hubctl.adopt.keeping import Keeping
from hubctl.adopt.matching.candidates import Planned
from hubctl.adopt.plan_changes import planned_changes
from hubctl.adopt.run import write_file
from hubctl.adopt.secrets.gate import HIDDEN, Secrets
from hubctl.adopt.state.existing import ExistingState
from hubctl.adopt.state.references import References
from hubctl.adopt.state.state_file import read_state
from hubctl.core.console import Writer
from hubctl.core.errors import BadInputError, HubctlError
from hubctl.core.tables import Sheet
from stacks.adoption.file import AdoptionFile

CANARY = "canary-Zk41-value"
Attributes = dict[str, Any]
SCHEMAS: dict[str, Any] = {
    "aws_thing": {
        "block": {
            "attributes": {"name": {"optional": True}, "key": {"optional": True, "sensitive": True}},
            "block_types": {
                "login": {
                    "block": {
                        "attributes": {"user": {"optional": True}},
                        "block_types": {"oidc": {"block": {"attributes": {"code": {"sensitive": True}}}}},
                    }
                },
                "tag": {"block": {"attributes": {"key": {}, "value": {}}}},
                "environment": {"block": {"attributes": {"variables": {"optional": True}}}},
                "condition": {
                    "block": {
                        "block_types": {
                            "http_header": {"block": {"attributes": {"http_header_name": {}, "values": {}}}},
                            "query_string": {"block": {"attributes": {"key": {}, "value": {}}}},
                        }
                    }
                },
            },
        }
    }
}


def state_of(*attributes: Attributes, marks: list[Any] | None = None, **more: Any) -> ExistingState:
    resources = [
        {
            "mode": "managed",
            "type": "aws_thing",
            "name": f"t{number}",
            "provider": 'provider["registry.example/hashicorp/aws"]',
            "instances": [
                {
                    "schema_version": 0,
                    "attributes": values,
                    "sensitive_attributes": [] if number else marks or [],
                }
            ],
        }
        for number, values in enumerate(attributes)
    ]
    return read_state(json.dumps({"version": 4, "serial": 1, "resources": resources, **more}), "a state")


def path(*steps: str | int) -> list[dict[str, Any]]:
    return [
        {"type": "get_attr", "value": step}
        if isinstance(step, str)
        else {"type": "index", "value": {"value": step, "type": "number"}}
        for step in steps
    ]


def document(*members: Any) -> str:
    return json.dumps(members)


PLACES: dict[str, tuple[str, Any]] = {
    "what the schema says is sensitive": ("key", CANARY),
    "what the schema says, within blocks": ("login", [{"user": "u", "oidc": [{"code": CANARY}]}]),
    "a name": ("master_password", CANARY),
    "a name in a map": ("tags", {"DB_PASSWORD": CANARY, "Name": "x"}),
    "a name in a block of name and value": ("tag", [{"key": "ApiToken", "value": CANARY}]),
    "a variable of a function": ("environment", [{"variables": {"ANYTHING": CANARY}}]),
    "a variable of a container": (
        "container_definitions",
        document({"name": "c", "environment": [{"name": "ANY", "value": CANARY}]}),
    ),
    "an option of a command": ("command", ["hub", "--auth-token", CANARY, "--port", "8000"]),
    "a custom header": (
        "condition",
        [{"http_header": [{"http_header_name": "X-Origin", "values": [CANARY]}]}],
    ),
    "a query": ("condition", [{"query_string": [{"key": "token", "value": CANARY}]}]),
    "a header that a firewall looks for": (
        "rule",
        [{"search_string": CANARY, "field_to_match": [{"single_header": [{"name": "x-origin"}]}]}],
    ),
    "user data": ("user_data", f"#!/bin/sh\nexport HUB_TOKEN={CANARY}\n"),
    "user data in base64": ("user_data_base64", base64.b64encode(f"run --secret {CANARY}".encode()).decode()),
    "compressed user data": (
        "user_data_base64",
        base64.b64encode(gzip.compress(f"export TOKEN={CANARY}\n".encode(), mtime=0)).decode(),
    ),
    "a script": ("content", document({"runCommand": [f"export API_KEY='{CANARY}'"]})),
    "a policy": ("policy", document({"Condition": {"StringEquals": {"aws:Referer": CANARY}}})),
    "a document in a document": ("definition", document({"Parameters": document({"client_secret": CANARY})})),
    "a URL": ("endpoint", f"postgres://hub:{CANARY}@db.example.test/hub"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_found_at_its_place_and_hidden_everywhere(place: str) -> None:
    argument, value = PLACES[place]
    state = state_of({argument: value, "id": "thing-1"}, {"description": f"not to be shown: {CANARY}!"})
    secrets = Secrets(state, SCHEMAS)
    first, second = state.resources
    assert secrets.in_value(first, argument, value)
    assert secrets.in_value("aws_thing", argument, value)
    assert secrets.shown(first, argument, value) == HIDDEN
    assert not secrets.in_value(first, "id", "thing-1")
    # Elsewhere, too
    assert secrets.in_value(second, "description", second.values["description"])
    assert CANARY not in secrets.redacted(f"Error: invalid value {CANARY}: see {CANARY}")
    assert CANARY not in json.dumps(secrets.redacted_all({"a": [f"x {CANARY}"], CANARY: 1}))


@pytest.mark.parametrize(
    ("marks", "values"),
    [
        ([path("description")], {"description": "a plain sentence"}),
        ([path("condition")], {"condition": [{"values": ["a plain sentence"], "type": "forward"}]}),
        (
            [path("action", 0, "oidc", 0, "code")],
            {"action": [{"oidc": [{"code": "a plain sentence", "user": "u"}]}]},
        ),
        ([path("settings", "theme")], {"settings": {"theme": "a plain sentence"}}),
    ],
    ids=["an attribute", "a set", "within lists", "within a map"],
)
def test_what_the_state_marks_is_secret_at_any_depth(marks: list[Any], values: Attributes) -> None:
    state = state_of({**values, "id": "thing-1"}, {"comment": "a plain sentence it is"}, marks=marks)
    secrets = Secrets(state)
    (argument,) = values
    first, second = state.resources
    assert secrets.in_value(first, argument, first.values[argument])
    assert secrets.in_value(second, "comment", second.values["comment"])
    assert secrets.redacted("because a plain\n│ sentence is wrapped") == f"because {HIDDEN} is wrapped"


def test_what_show_prints_is_marked_as_deep() -> None:
    shown = {
        "mode": "managed",
        "type": "aws_thing",
        "name": "t",
        "provider_name": "registry.example/hashicorp/aws",
        "schema_version": 0,
        "values": {"action": [{"kind": "forwarding-kind", "code": CANARY}], "tags": {"a": "b"}},
        "sensitive_values": {"action": [{"code": True}], "tags": {}},
    }
    outputs = {
        "password": {"value": "of-the-outputs", "sensitive": True, "type": "string"},
        "url": {"value": "public-output", "type": "string"},
    }
    values = {"root_module": {"resources": [shown]}, "outputs": outputs}
    secrets = Secrets(read_state(json.dumps({"format_version": "1.0", "values": values}), "show"))
    said = secrets.redacted(f"forwarding-kind {CANARY} of-the-outputs public-output")
    assert said == f"forwarding-kind {HIDDEN} {HIDDEN} public-output"


def test_left_over_objects_look_ups_and_outputs_hold_secrets_as_well() -> None:
    document = state_of({"id": "thing-1"}).document
    lookup = {
        "mode": "data",
        "type": "aws_secretsmanager_secret_version",
        "name": "s",
        "instances": [{"attributes": {"secret_string": "looked-up-value"}}],
    }
    deposed = {"deposed": "1234abcd", "attributes": {"key": "left-over-value"}}
    (entry,) = document["resources"]
    entry = {**entry, "instances": [*entry["instances"], deposed]}
    outputs = {"o": {"value": {"a": ["put-out-value"]}, "sensitive": True}}
    text = json.dumps({**document, "resources": [entry, lookup], "outputs": outputs})
    secrets = Secrets(read_state(text, "a state"), SCHEMAS, given=["told-value"])
    said = secrets.redacted("looked-up-value left-over-value put-out-value told-value")
    assert said == " ".join([HIDDEN] * 4)


def test_names_numbers_and_addresses_stay_readable() -> None:
    """They stand at secret places, too; hidden everywhere, they would leave a report without any names."""
    state = state_of(
        {"key": "campus", "id": "campus"},
        {"key": "hub.example.test", "arn": "arn:aws:x:::y", "domain_name": "example.test"},
        {"key": "203.0.113.9/32"},
        {"key": "arn:aws:iam::123456789012:role/lab"},
        {"key": "i-0123456789abcdef0"},
        {"key": "true"},
        {"key": "t3"},
        {"key": "thing-other"},
        {"name": "thing-other"},
        {"environment": [{"variables": {"STAGE": "production", "REGION": "eu-central-1"}}]},
    )
    secrets = Secrets(state, SCHEMAS)
    names = (
        "aws_thing.t3 hub.example.test 203.0.113.9/32 arn:aws:iam::123456789012:role/lab i-0123456789abcdef0"
    )
    assert (
        secrets.redacted(f"{names} thing-other production eu-central-1")
        == f"{names} thing-other production eu-central-1"
    )
    assert all(secrets.in_value(resource, "key", resource.values["key"]) for resource in state.resources[:8])


def test_what_is_not_set_is_no_secret() -> None:
    secrets = Secrets(state_of({"id": "x"}, marks=[path("key")]), SCHEMAS)
    assert not any(secrets.in_value("aws_thing", "key", value) for value in (None, "", [], {}))
    assert secrets.shown("aws_thing", "key", None) == "not set"


def test_switches_and_numbers_named_like_secrets_are_shown() -> None:
    secrets = Secrets()
    assert secrets.shown(None, "generate_secret", True) == "True"
    assert secrets.shown(None, "password_history_size", 3) == "3"
    assert secrets.shown(None, "secret_key", "arn:aws:secretsmanager:x:1:secret:y") != HIDDEN


def test_escaped_and_wrapped_forms_are_known() -> None:
    value = 'pass"wörd ${with} everything'
    secrets = Secrets(state_of({"key": value}), SCHEMAS)
    for text in (value, json.dumps(value), json.dumps(value, ensure_ascii=False), value.replace("${", "$${")):
        assert HIDDEN in secrets.redacted(f"see {text} there")
    assert secrets.in_text('pass"wörd\n  ${with}   everything')


def test_no_adoption_file_holds_a_secret_whatever_wrote_it(tmp_path: Path) -> None:
    secrets = Secrets(state_of({"key": CANARY}), SCHEMAS)
    target = tmp_path / "aws-lab.json"
    for part in (
        {"carry": {"aws_other.x": {"note": {"deep": [f"see {CANARY}"]}}}},
        {"keep": {"aws_other.x": {"note": CANARY}}},
        {"settings": {"note": CANARY}},
        {"imports": [{"to": "aws_other.x", "id": CANARY}]},
    ):
        file = AdoptionFile.model_validate({"version": 1, "stack": "aws-lab", **part})
        with pytest.raises(BadInputError) as refused:
            write_file(target, file, overwrite=True, secrets=secrets)
        assert CANARY not in refused.value.message + refused.value.remedy
        assert "note" in refused.value.message or "imports" in refused.value.message
        assert list(tmp_path.iterdir()) == []
    fine = AdoptionFile.model_validate({"version": 1, "stack": "aws-lab", "settings": {"note": "public"}})
    write_file(target, fine, overwrite=True, secrets=secrets)
    assert target.read_text() == fine.text()


def test_what_the_operator_tells_as_a_setting_is_public() -> None:
    """A name may come from a variable that its author marks as sensitive."""
    state = state_of({"name": "hub-of-the-lab"}, marks=[path("name")])
    file = AdoptionFile.model_validate(
        {"version": 1, "stack": "aws-lab", "settings": {"name": "hub-of-the-lab"}}
    )
    with pytest.raises(BadInputError, match="the setting name holds") as refused:
        Secrets(state).check_file(file.text())
    assert "--settings name=VALUE" in refused.value.remedy
    inferred = {
        "name": "hub-of-the-lab",
        "zones": ["a", "hub-of-the-lab"],
        "region": "eu-central-1",
        "size": 3,
    }
    assert Secrets(state).left_out_of(inferred) == {"region": "eu-central-1", "size": 3}
    told = Secrets(state, public=["hub-of-the-lab"])
    assert told.left_out_of(inferred) == inferred
    told.check_file(file.text())
    assert told.in_value(state.resources[0], "name", "hub-of-the-lab")  # still no argument that is written


def test_the_differences_to_an_older_file_do_not_show_what_it_leaked(tmp_path: Path) -> None:
    secrets = Secrets(state_of({"key": CANARY}), SCHEMAS)
    target = tmp_path / "aws-lab.json"
    target.write_text(f'{{"keep": "{CANARY}"}}')
    file = AdoptionFile.model_validate({"version": 1, "stack": "aws-lab"})
    with pytest.raises(BadInputError, match="exists and differs") as refused:
        write_file(target, file, overwrite=False, secrets=secrets)
    assert CANARY not in refused.value.message
    assert HIDDEN in refused.value.message


@pytest.mark.parametrize("kind", [HubctlError, ValueError])
def test_no_error_names_a_secret_nor_does_its_cause(kind: type[Exception]) -> None:
    secrets = Secrets(state_of({"key": CANARY}), SCHEMAS)

    def fail() -> None:
        try:
            raise KeyError(CANARY)
        except KeyError as error:
            if kind is HubctlError:
                raise HubctlError(f"no {CANARY}", remedy=f"set {CANARY}") from error
            raise ValueError(f"no {CANARY}") from error

    with pytest.raises(kind) as raised:
        secrets.guarded(fail)
    error = raised.value
    assert CANARY not in f"{error} {error!r} {error.__dict__} {error.__cause__!r} {error.__context__!r}"
    assert secrets.guarded(lambda: 3) == 3


def test_a_marked_name_is_ignored_not_kept() -> None:
    """Names are kept before the first plan, so before a plan could say that one is sensitive."""
    state = state_of({"name": "campus group", "id": "x"}, marks=[path("name")])
    ours = Planned(
        address="aws_thing.ours", type="aws_thing", name="ours", block={"name": "a"}, values={"name": "a"}
    )
    keeping = Keeping(secrets=Secrets(state))
    keeping.start({"aws_thing.ours": "aws_thing.t0"}, [ours], {"aws_thing.t0": state.resources[0]})
    assert keeping.keep == {}
    assert keeping.ignore == {"aws_thing.ours": ["name"]}


def test_a_change_that_a_plan_does_not_mark_is_secret_by_the_gate() -> None:
    secrets = Secrets(state_of({"key": CANARY}), SCHEMAS)
    change = {
        "actions": ["update"],
        "before": {"login": [{"oidc": [{"code": "x1"}]}], "note": CANARY, "size": 1},
        "after": {"login": [], "note": "n", "size": 2},
    }
    entry = {"address": "aws_thing.t", "type": "aws_thing", "mode": "managed", "change": change}
    (found,) = planned_changes({"resource_changes": [entry]}, secrets)
    assert {a.name: a.secret for a in found.attributes} == {"login": True, "note": True, "size": False}


def test_a_mark_alone_is_kept_by_ignoring_the_argument() -> None:
    """Terraform updates a resource whose state marks a value that ours does not, although the value stays the same."""
    same = {"name": "x", "action": [{"oidc": [{"code": "c"}]}], "rule": [{"a": "b"}], "id": "i"}
    change = {
        "actions": ["update"],
        "before": same,
        "after": same,
        "before_sensitive": {"name": True, "action": [{"oidc": [{"code": True}]}], "rule": [{}]},
        "after_sensitive": {"action": [{"oidc": [{"code": True}]}]},
    }
    entry = {"address": "aws_thing.t", "type": "aws_thing", "mode": "managed", "change": change}
    changes = planned_changes({"resource_changes": [entry]})
    assert [attribute.name for attribute in changes[0].attributes] == ["name"]
    keeping = Keeping()
    keeping.learn(changes, {"aws_thing.t": same}, {}, References([], {}))
    assert (keeping.keep, keeping.ignore) == ({}, {"aws_thing.t": ["name"]})


def test_tables_and_sentences_are_cleaned_while_asked_to() -> None:
    secrets = Secrets(state_of({"key": "two words"}), SCHEMAS)
    stream = io.StringIO()
    writer = Writer(file=stream, width=20)
    with writer.cleaning(secrets.redacted):
        writer.say("a sentence with two words in it")
        writer.paste("--var x='two words'")
        sheet = Sheet("a", "b", light=True)
        sheet.add("two words", "x")
        sheet.show(writer)
    assert "two" not in stream.getvalue()
    assert stream.getvalue().count(HIDDEN) == 3
    writer.say("two words")
    assert "two words" in stream.getvalue()
