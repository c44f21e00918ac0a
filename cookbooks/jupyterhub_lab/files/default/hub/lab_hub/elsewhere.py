"""The way to another machine: the balancer sends a browser to the same instance for a day, by a cookie of its own.

The cookie can be forgotten by the page itself, because duration-based cookies of a load balancer carry no HttpOnly flag:
https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-sticky-sessions.html (said of the Classic Load Balancer;
should it not hold for an application load balancer, the button leads back here). The second name is the same for CORS.
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
