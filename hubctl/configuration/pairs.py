"""``NAME=VALUE`` on a command line."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

from hubctl.errors import BadInputError
from stacks.aws_lab_settings import AwsLabSettings
from stacks.chef_hub_settings import ChefHubSettings
from stacks.settings_model import SettingsModel

MODELS: dict[str, type[SettingsModel]] = {"aws-lab": AwsLabSettings, "chef-hub": ChefHubSettings}


def read_pairs(texts: Iterable[str], option: str) -> dict[str, Any]:
    """Read NAME=VALUE texts; values are JSON where they can be, and texts otherwise.

    Raises:
        BadInputError: A text has no name or no value.

    """
    pairs: dict[str, Any] = {}
    wrong = []
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name.strip() or not value.strip():
            wrong.append(text)
            continue
        pairs[name.strip()] = _value(value.strip())
    if wrong:
        raise BadInputError(
            f"{option}: {', '.join(map(repr, wrong))} is not NAME=VALUE",
            remedy=f'Write {option} "scale_up_threshold=6".',
        )
    return pairs


def read_numbers(texts: Sequence[str], option: str) -> dict[str, float]:
    """Read NAME=NUMBER texts; raise BadInputError for what is none."""
    pairs = read_pairs(texts, option)
    wrong = [
        name
        for name, value in pairs.items()
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value)
    ]
    if wrong:
        raise BadInputError(
            f"{option}: {', '.join(f'{name}={pairs[name]}' for name in wrong)} is not a number",
            remedy=f"Write {option} boot=120.",
        )
    return {name: float(value) for name, value in pairs.items()}


def check_variables(stack: str, variables: dict[str, Any]) -> None:
    """Refuse values that the stack's settings would refuse; thresholds that flap may be looked at.

    Raises:
        BadInputError: The message names every mistake.

    """
    model = MODELS[stack]
    given = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in variables.items()
        if name in model.model_fields
    }
    if "scaling_guards" in model.model_fields:
        given["scaling_guards"] = False
    _, mistakes = model.check(given)
    if mistakes:
        raise BadInputError(
            "\n".join(map(str, mistakes)), remedy="docs/reference/settings.md lists what is possible."
        )


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        return text
    return value if isinstance(value, int | float | bool | str) else text
