from collections.abc import Callable

from stacks.settings.loading import GROUPS
from tools.reference.settings_page import render


def test_the_page_is_what_the_code_says(golden: Callable[[str, str], None]) -> None:
    golden("docs/reference/settings.md", render())


def test_every_setting_is_on_the_page() -> None:
    page = render()
    assert not [name for group in GROUPS for name in group.model_fields if f"| `{name}` |" not in page]
