"""Whom a request comes from, as the balancer says it, and nobody else.

The balancer appends the client's address to ``X-Forwarded-For`` and sets ``X-Forwarded-Proto``; the proxy adds nothing.
So the last address is the client's, whatever the client wrote before it. Other headers with a meaning for Tornado or
JupyterHub pass the balancer as the client sent them, and are taken off here.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html
"""

from __future__ import annotations

from tornado import httpserver
from tornado.httputil import HTTPHeaders

# Tornado would believe X-Real-Ip and X-Scheme before the balancer's own, JupyterHub Forwarded.
NOT_THE_BALANCERS = ("X-Real-Ip", "X-Scheme", "Forwarded", "X-Forwarded-Host")


def believe_the_balancer_only() -> None:
    """Make Tornado take off the other headers before it looks who is asking; for this process, once."""
    context = httpserver._HTTPRequestContext
    believe = context._apply_xheaders
    if getattr(believe, "of_the_lab", False):
        return

    def apply(self: httpserver._HTTPRequestContext, headers: HTTPHeaders) -> None:
        for name in NOT_THE_BALANCERS:
            if name in headers:
                del headers[name]
        believe(self, headers)

    apply.of_the_lab = True  # type: ignore[attr-defined]
    context._apply_xheaders = apply  # type: ignore[method-assign]
