"""The way to another machine: the balancer sends a browser to the same instance for a day, by a cookie of its own.

The cookie can be forgotten by the page itself, because it is readable for scripts:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html#sticky-sessions
"""

from __future__ import annotations

from html import escape

BALANCER_COOKIES = ("AWSALB", "AWSALBCORS")


def with_way_out(sentence: str) -> str:
    """Return the sentence as HTML, and a button that forgets this machine and asks the balancer anew."""
    forget = "".join(f"document.cookie='{name}=; Path=/; Max-Age=0';" for name in BALANCER_COOKIES)
    return (
        f'{escape(sentence)}</p><p><button type="button" class="btn btn-jupyter" '
        f"onclick=\"{forget}location.assign('/hub/')\">Try another machine</button>"
    )
