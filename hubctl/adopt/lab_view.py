"""Finds the parts of an AWS Lab in an existing state: balancer, target group, group of instances, certificate, and so on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hubctl.adopt.existing import Existing, ExistingState, natural
from hubctl.adopt.matches import Tie

BALANCERS = ("aws_lb", "aws_alb")
LISTENERS = ("aws_lb_listener", "aws_alb_listener")
TARGET_GROUPS = ("aws_lb_target_group", "aws_alb_target_group")
SEPARATE_RULES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")


class LabView:
    """The lab in a state. ``chosen`` maps our addresses to existing ones (--match), for states with several labs.

    Of parts that are equally good the first is taken; ``ties`` has all of them.
    """

    def __init__(self, state: ExistingState, chosen: Mapping[str, str]) -> None:
        self.state = state
        self._chosen = chosen
        self.ties: list[Tie] = []
        self.https = self._secure_listener()
        self.balancer = self._balancer()
        self.target_group = self._target_group()
        self.group = self._group()
        self.launch = self._launch()
        self.certificate = self._certificate()
        self.subnets = self._subnets()
        self.role = self._role()

    def one(self, kind: str) -> Existing | None:
        """Return the only resource of a type, None when there is none or there are several."""
        found = list(self.state.of(kind))
        return found[0] if len(found) == 1 else None

    @property
    def vpc(self) -> Existing | None:
        """The network of the balancer."""
        wanted = self.balancer.text("vpc_id") if self.balancer else ""
        found = list(self.state.of("aws_vpc", "aws_default_vpc"))
        return next((vpc for vpc in found if vpc.text("id") == wanted), found[0] if len(found) == 1 else None)

    @property
    def security_groups(self) -> set[str]:
        """The ids of the security groups of balancer and instances; empty when the state does not tell."""
        found: set[str] = set(self.balancer.values.get("security_groups") or ()) if self.balancer else set()
        if self.launch is not None:
            interface = self.launch.first("network_interfaces")
            for source in (self.launch.values, interface):
                for name in ("vpc_security_group_ids", "security_groups"):
                    found |= set(source.get(name) or ())
        return found

    @property
    def log_groups(self) -> Sequence[Existing]:
        """The log groups that may be the instances' own: nothing else in the state, such as a flow log, writes to them."""
        written = {
            str(value).removesuffix(":*")
            for resource in self.state.resources
            for name, value in resource.values.items()
            if isinstance(value, str)
            and name in ("log_destination", "cloudwatch_log_group_arn", "log_group_name")
        }
        return [
            group
            for group in self.state.of("aws_cloudwatch_log_group")
            if not {group.text("arn").removesuffix(":*"), group.text("name")} & written
            and not group.text("name").startswith("/aws/")
        ]

    @property
    def alias_records(self) -> Sequence[Existing]:
        """The records that point at the balancer."""
        name = self.balancer.text("dns_name") if self.balancer else ""
        return [
            record
            for record in self.state.of("aws_route53_record")
            if record.first("alias")
            and str(record.first("alias").get("name", "")).removeprefix("dualstack.") == name
        ]

    def policies(self) -> Iterator[tuple[Existing, Existing | None]]:
        """Yield each alarm that may act on the group, and its policy if it does; not those of other groups."""
        name = self.group.text("name") if self.group else ""
        for alarm in self.state.of("aws_cloudwatch_metric_alarm"):
            actions = alarm.values.get("alarm_actions") or []
            policy = next(
                (p for p in self.state.of("aws_autoscaling_policy") if p.text("arn") in actions), None
            )
            if policy is None or not name or policy.text("autoscaling_group_name") == name:
                yield alarm, policy

    def _pick(self, ours: str, found: list[Existing]) -> Existing | None:
        chosen = self._chosen.get(ours)
        if chosen is not None:
            return self.state.at(chosen)
        if len(found) > 1:
            self.ties.append(Tie(ours=ours, candidates=tuple(resource.address for resource in found)))
        return found[0] if found else None

    def _secure_listener(self) -> Existing | None:
        chosen = self.state.at(self._chosen.get("aws_lb.lab", ""))
        found = [
            listener
            for listener in self.state.of(*LISTENERS)
            if listener.text("protocol") == "HTTPS"
            and (chosen is None or listener.text("load_balancer_arn") == chosen.text("arn"))
        ]
        at_443 = [listener for listener in found if listener.values.get("port") == 443]
        return self._pick("aws_lb_listener.https", at_443 or found)

    def _balancer(self) -> Existing | None:
        found = [b for b in self.state.of(*BALANCERS) if b.text("load_balancer_type") in ("", "application")]
        if self.https is not None:
            arn = self.https.text("load_balancer_arn")
            found = [balancer for balancer in found if balancer.text("arn") == arn] or found
        return self._pick("aws_lb.lab", found)

    def _target_group(self) -> Existing | None:
        found = list(self.state.of(*TARGET_GROUPS))
        wanted = set(_forwarded(self.https)) if self.https else set()
        return self._pick(
            "aws_lb_target_group.hub",
            [g for g in found if g.text("arn") in wanted] or found,
        )

    def _group(self) -> Existing | None:
        found = list(self.state.of("aws_autoscaling_group"))
        arn = self.target_group.text("arn") if self.target_group else "-"
        attached = {
            attachment.text("autoscaling_group_name")
            for attachment in self.state.of("aws_autoscaling_attachment")
            if attachment.text("lb_target_group_arn") == arn
        }
        serving = [
            group
            for group in found
            if arn in (group.values.get("target_group_arns") or []) or group.text("name") in attached
        ]
        return self._pick("aws_autoscaling_group.lab", serving or found)

    def _launch(self) -> Existing | None:
        if self.group is None:
            return None
        name = self.group.text("launch_configuration")
        used = self.group.first("launch_template")
        for launch in self.state.of("aws_launch_template", "aws_launch_configuration"):
            if launch.text("name") == name or (used and launch.text("id") == used.get("id")):
                return launch
        return self.one("aws_launch_template") or self.one("aws_launch_configuration")

    def _certificate(self) -> Existing | None:
        arn = self.https.text("certificate_arn") if self.https else ""
        found = list(self.state.of("aws_acm_certificate"))
        used = [certificate for certificate in found if certificate.text("arn") == arn]
        return self._pick("aws_acm_certificate.lab", used or found)

    def _subnets(self) -> list[Existing]:
        """Return the balancer's subnets in their natural order."""
        ids = set(self.balancer.values.get("subnets") or ()) if self.balancer else set()
        found = [s for s in self.state.of("aws_subnet", "aws_default_subnet") if s.text("id") in ids]
        return sorted(found, key=lambda s: (natural(s.resource), isinstance(s.key, str), natural(str(s.key))))

    def _role(self) -> Existing | None:
        """Return the role that the instances have."""
        profile_block = self.launch.first("iam_instance_profile") if self.launch else {}
        named = self.launch.text("iam_instance_profile") if self.launch else ""
        wanted = {named, profile_block.get("name"), profile_block.get("arn")} - {"", None}
        profiles = [
            profile
            for profile in self.state.of("aws_iam_instance_profile")
            if {profile.text("name"), profile.text("arn")} & wanted
        ]
        name = profiles[0].text("role") if profiles else ""
        return next((role for role in self.state.of("aws_iam_role") if role.text("name") == name), None)


def _forwarded(listener: Existing) -> Iterator[str]:
    """Yield the ARNs of the target groups that a listener forwards to."""
    actions: list[dict[str, Any]] = listener.values.get("default_action") or []
    for action in actions:
        if action.get("target_group_arn"):
            yield action["target_group_arn"]
        for forward in action.get("forward") or []:
            for group in forward.get("target_group") or []:
                yield group.get("arn", "")
