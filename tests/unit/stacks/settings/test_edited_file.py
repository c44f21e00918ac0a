"""Files that people edit: places of values, and what the table of instance types refuses."""

from pathlib import Path

import pytest

from stacks.settings import scaling_guards
from stacks.settings.json_text import JsonTextError, Place, places, read_json, read_object
from stacks.settings.loading import SettingsError, load_settings
from stacks.settings.text_files import EditedFileError

PROJECT = Path(__file__).resolve().parents[4]


def test_places_are_those_of_keys_and_items() -> None:
    found = places('{\n  "a": [1, {"b": "x,}"}],\n "c" : -1.5e3, "a": null\n}')
    assert found.of(()) == Place(line=1, column=1)
    assert found.of(("a",)) == Place(line=3, column=16)
    assert found.of(("a", 0)) == Place(line=2, column=9)
    assert found.of(("a", 1, "b")) == Place(line=2, column=13)
    assert found.of(("c",)) == Place(line=3, column=2)
    assert found.of(("c", "lacking", "too")) == found.of(("c",))
    assert found.doubled == ((("a",), Place(line=2, column=3), Place(line=3, column=16)),)


@pytest.mark.parametrize(
    "text",
    ["0", '"x"', "[]", "{}", " [ ] ", '[[],{},"",0,null,true]', '{"\\u0041\\"": [ [ {} ] ]}', "\ufeff[1]"],
)
def test_places_of_any_json(text: str) -> None:
    assert () in places(text).found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (b"", "line 1, column 1: it is empty"),
        (b" \n", "it is empty"),
        (b"{,}", "line 1, column 2: it is not JSON"),
        (b'{"a": 1\xff}', "line 1: byte 0xff is not UTF-8"),
        (b"\xff\xfe{", "is not UTF-16"),
        ('{"a": ["NaN", NaN]}', "line 1, column 15: NaN is not a number in JSON"),
        ("[" * 200_000, "nested too deeply"),
        ("[" * 200_000 + "]" * 200_000, "nested too deeply"),
        ('"\\ud83d"', "half of a character"),
        ("1" * 5000, "too long to be one"),
    ],
)
def test_what_is_not_json_is_said(given: bytes | str, said: str) -> None:
    with pytest.raises(JsonTextError) as refused:
        read_json(given)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [("[]", "a list"), ("null", "null"), ("1", "a number"), ("true", "true or false"), ('""', "a text")],
)
def test_what_is_not_an_object_is_said(text: str, what: str) -> None:
    with pytest.raises(JsonTextError, match=f"it is {what}, not a JSON object"):
        read_object(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_of_editors(encoding: str) -> None:
    assert read_object('{"ä": "\\ud83d\\ude00"}'.encode(encoding)) == {"ä": "😀"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[1, 0.5]", "[1, 0.5,]", "stacks/settings/instance_types.json, line 5, column 28: it is not JSON"),
        ("[1, 0.5]", "[1]", "line 5, column 12: families.t2.nano = a list: has too few items"),
        ("[1, 0.5]", "[1.5, 0.5]", "families.t2.nano.0 = 1.5: is not a whole number of vCPUs"),
        ("[1, 0.5]", "[1, -0.5]", "line 5, column 24: families.t2.nano.1 = -0.5: is not above 0"),
        ("[1, 0.5]", '["1", 0.5]', "families.t2.nano.0 = '1': is not a number"),
        ("[1, 0.5]", "[true, 0.5]", "families.t2.nano.0 = true: is not a number"),
        ('"t2"', '"T2 "', "families.T2  is not a family of instance types"),
    ],
)
def test_case_17_the_table_of_instance_types_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, said: str
) -> None:
    file = tmp_path / "instance_types.json"
    file.write_text(scaling_guards.FILE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr(scaling_guards, "FILE", file)
    with pytest.raises(EditedFileError) as refused:
        scaling_guards.families()
    assert said in refused.value.mistakes[0]
    with pytest.raises(SettingsError) as unsettled:
        load_settings(PROJECT, {})
    assert unsettled.value.mistakes[-1] == refused.value.mistakes[-1]
