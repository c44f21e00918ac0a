"""The page of a refused start, rendered with JupyterHub's own templates around it."""

from pathlib import Path
from types import SimpleNamespace

import jupyterhub
import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH

from hub_common.admission import Refuse
from hub_common.configuration import TEMPLATES
from hub_common.spawning import Refused

USER = SimpleNamespace(name="ada", escaped_name="ada")


@pytest.fixture
def pages() -> Environment:
    """Templates are found as JupyterHub finds them: ours first, its own also below ``templates/``."""
    own = FileSystemLoader([str(TEMPLATES), str(Path(DATA_FILES_PATH) / "templates")])
    base = FileSystemLoader(str(Path(DATA_FILES_PATH) / "templates"))
    pages = Environment(loader=ChoiceLoader([PrefixLoader({"templates": base}), own]), autoescape=True)
    pages.globals |= {
        "static_url": lambda path, **_: path,
        "version_hash": "",
        "version": jupyterhub.__version__,
    }
    return pages


def render(pages: Environment, error: Exception, message: str) -> str:
    spaces = SimpleNamespace(name="ada")
    values = {"base_url": "/hub/", "user": spaces, "message": message, "exception": error, "services": []}
    values |= {
        "status_code": 503,
        "status_message": "Service Unavailable",
        "message_html": "",
        "no_spawner_check": True,
    }
    page = pages.get_template("error.html").render(**values)
    return page[page.index('<div class="error">') :]


def test_a_refusal_shows_its_sentence_and_what_to_do(pages: Environment) -> None:
    refused = Refused(Refuse(limit="users", sentence="All 5 places <are> taken."))
    page = render(pages, refused, refused.message)
    assert "Your server cannot start now" in page
    assert "All 5 places &lt;are&gt; taken." in page
    assert "503" not in page
    assert 'href="/hub/home"' in page


def test_other_errors_look_as_ever(pages: Environment) -> None:
    page = render(pages, RuntimeError("boom"), "no such page")
    assert "503 : Service Unavailable" in page
    assert "Try again" not in page


def test_the_page_of_a_start_can_turn_into_that_of_a_refusal(pages: Environment) -> None:
    values = {
        "base_url": "/hub/",
        "user": USER,
        "progress_url": "/progress",
        "no_spawner_check": True,
        "services": [],
    }
    page = pages.get_template("spawn_pending.html").render(**values)
    assert (
        page.index('id="start-goes-on"')
        < page.index("Your server is starting up")
        < page.index('id="start-failed"')
    )
    # What its script relies on in JupyterHub's own page
    for name in ("progress-bar", "progress-details", "stop-server-btn"):
        assert f'id="{name}"' in page
    assert "progressBar.addClass('bg-danger')" in page
    assert '"/hub/spawn/ada"' in page


def test_the_progress_ends_with_the_sentence_alone() -> None:
    refused = Refused(Refuse(limit="not_started", sentence="Your server did not start: <no image>."))
    assert refused.jupyterhub_message == "Your server did not start: <no image>."
    assert refused.jupyterhub_html_message == "Your server did not start: &lt;no image&gt;."
