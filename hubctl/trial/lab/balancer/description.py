"""The balancer as the stack describes it: read through the ELBv2 API, nothing is assumed.

https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/Welcome.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.core.errors import HubctlError


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """A listener's answer that sends the browser elsewhere; ``#{...}`` stands for parts of the request."""

    protocol: str
    host: str
    port: str
    path: str
    query: str
    status: int

    def location(self, *, host: str, path: str, query: str, port: int, protocol: str) -> str:
        """Return the address to go to."""
        parts = {"#{protocol}": protocol, "#{host}": host, "#{port}": str(port)}
        parts |= {"#{path}": path.lstrip("/"), "#{query}": query}

        def filled(text: str) -> str:
            for placeholder, value in parts.items():
                text = text.replace(placeholder, value)
            return text

        scheme, number = filled(self.protocol).lower(), filled(self.port)
        usual = {"https": "443", "http": "80"}.get(scheme)
        address = filled(self.host) + ("" if number == usual else f":{number}")
        asked = filled(self.query)
        return f"{scheme}://{address}{filled(self.path)}" + (f"?{asked}" if asked else "")


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A port; what comes in is forwarded to a target group, or redirected."""

    port: int
    protocol: str
    target_group: str | None
    redirect: Redirect | None


@dataclass(frozen=True, kw_only=True)
class TargetGroup:
    """Where requests go; times are in seconds of AWS. ``codes`` are the status codes of a healthy answer.

    ``sticky_seconds`` is how long a browser stays at a target, None where it does not.
    """

    arn: str
    health_path: str
    health_port: str
    interval: float
    timeout: float
    healthy_after: int
    unhealthy_after: int
    codes: frozenset[int]
    deregistration_delay: float
    sticky_seconds: int | None


@dataclass(frozen=True, kw_only=True)
class BalancerDescription:
    """All of one balancer; ``idle_timeout`` in seconds."""

    idle_timeout: float
    listeners: tuple[Listener, ...]
    groups: Mapping[str, TargetGroup]


def describe_balancer(elbv2: Any, dns_name: str) -> BalancerDescription:
    """Return the balancer of that DNS name; raise HubctlError when there is none, or it does what is not known here."""
    balancers = elbv2.describe_load_balancers()["LoadBalancers"]
    found = [balancer for balancer in balancers if balancer["DNSName"] == dns_name]
    if not found:
        raise HubctlError(f"there is no load balancer {dns_name}", remedy="Apply the aws-lab stack first.")
    arn = found[0]["LoadBalancerArn"]
    attributes = _attributes(elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn))
    listeners = tuple(
        _listener(listener) for listener in elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    )
    arns = {listener.target_group for listener in listeners if listener.target_group}
    return BalancerDescription(
        idle_timeout=float(attributes["idle_timeout.timeout_seconds"]),
        listeners=listeners,
        groups={arn: _group(elbv2, arn) for arn in arns},
    )


def registered(elbv2: Any, arn: str) -> dict[str, int]:
    """Return the targets of a group: instance id → port."""
    answer = elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    return {target["Target"]["Id"]: int(target["Target"]["Port"]) for target in answer}


def status_codes(matcher: str) -> frozenset[int]:
    """Return the codes of a matcher, such as ``200``, ``200,302`` or ``200-299``."""
    codes: set[int] = set()
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        codes.update(range(int(first), int(last or first) + 1))
    return frozenset(codes)


def _listener(listener: Mapping[str, Any]) -> Listener:
    action = listener["DefaultActions"][-1]
    redirect = action.get("RedirectConfig")
    target_group = action.get("TargetGroupArn")
    if action["Type"] not in ("forward", "redirect") or not (redirect or target_group):
        raise HubctlError(
            f"the listener on port {listener['Port']} has an action of type {action['Type']}",
            remedy="The local balancer forwards to one target group and redirects; it knows nothing else.",
        )
    return Listener(
        port=int(listener["Port"]),
        protocol=listener["Protocol"],
        target_group=target_group if action["Type"] == "forward" else None,
        redirect=_redirect(redirect) if action["Type"] == "redirect" else None,
    )


def _redirect(given: Mapping[str, Any]) -> Redirect:
    """Return the redirect; what is not given keeps the request's own value (API reference, RedirectActionConfig)."""
    return Redirect(
        protocol=given.get("Protocol") or "#{protocol}",
        host=given.get("Host") or "#{host}",
        port=str(given.get("Port") or "#{port}"),
        path=given.get("Path") or "/#{path}",
        query=given.get("Query") or "#{query}",
        status=int(given["StatusCode"].removeprefix("HTTP_")),
    )


def _group(elbv2: Any, arn: str) -> TargetGroup:
    (group,) = elbv2.describe_target_groups(TargetGroupArns=[arn])["TargetGroups"]
    attributes = _attributes(elbv2.describe_target_group_attributes(TargetGroupArn=arn))
    sticky = attributes.get("stickiness.enabled") == "true" and attributes["stickiness.type"] == "lb_cookie"
    return TargetGroup(
        arn=arn,
        health_path=group["HealthCheckPath"],
        health_port=str(group["HealthCheckPort"]),
        interval=float(group["HealthCheckIntervalSeconds"]),
        timeout=float(group["HealthCheckTimeoutSeconds"]),
        healthy_after=int(group["HealthyThresholdCount"]),
        unhealthy_after=int(group["UnhealthyThresholdCount"]),
        codes=status_codes(group["Matcher"]["HttpCode"]),
        deregistration_delay=float(attributes["deregistration_delay.timeout_seconds"]),
        sticky_seconds=int(attributes["stickiness.lb_cookie.duration_seconds"]) if sticky else None,
    )


def _attributes(answer: Mapping[str, Any]) -> dict[str, str]:
    return {attribute["Key"]: attribute["Value"] for attribute in answer["Attributes"]}
