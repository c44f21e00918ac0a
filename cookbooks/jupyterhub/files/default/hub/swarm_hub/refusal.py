"""A refused start, as JupyterHub shows it: one sentence, and a label for its metrics."""

from __future__ import annotations

from html import escape

from jupyterhub.spawner import SpawnException

from swarm_hub.admission import Refuse

# The start may succeed later, and nothing is broken: an answer of 5xx would raise the alarm for errors of the hub.
REFUSED = 429


class Refused(SpawnException):  # type: ignore[misc]  # JupyterHub has no types
    """The server may not start now. JupyterHub shows the sentence and does not count it as an error of its own."""

    def __init__(self, refusal: Refuse, *, html: str = "") -> None:
        """``html`` is shown in place of the sentence, where something is to be clicked."""
        super().__init__(refusal.sentence, reason=refusal.limit, message_html=html, status_code=REFUSED)
        self.refusal = refusal
        # What the page of a start that goes on shows: it knows no SpawnException.
        self.jupyterhub_message = refusal.sentence
        self.jupyterhub_html_message = html or escape(refusal.sentence)
