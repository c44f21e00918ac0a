"""Finds the parts of an AWS Lab in an existing state: balancer, target group, group of instances, certificate, and so on."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from hubctl.adopt.inference.clues import InstanceInputs, lets_in
from hubctl.adopt.matching.candidates import EqualCandidates
from hubctl.adopt.matching.relations import Relations, plain
from hubctl.adopt.matching.traits import validated_names
from hubctl.adopt.state.existing import Existing, ExistingState, natural

BALANCERS = ("aws_lb", "aws_alb")
LISTENERS = ("aws_lb_listener", "aws_alb_listener")
TARGET_GROUPS = ("aws_lb_target_group", "aws_alb_target_group")
NFS = 2049
SEPARATE_RULES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")


class LabView:
    """The lab in a state. ``chosen`` maps our addresses to existing ones (--match), for states with several labs.

    Of parts that are equally good the first is taken; ``equal_candidates`` has all of them.
    """

    def __init__(self, state: ExistingState, chosen: Mapping[str, str]) -> None:
        self.state = state
        self._chosen = chosen
        self.equal_candidates: list[EqualCandidates] = []
        self._relations = Relations(state.resources, state.background)
        self._instance_inputs = InstanceInputs([*state.resources, *state.background])
        self.https = self._secure_listener()
        self.balancer = self._balancer()
        self.target_group = self._target_group()
        self.group = self._group()
        self.launch = self._launch()
        self.certificate = self._certificate()
        self.subnets = self._subnets()
        self.role = self._role()

    def one(self, kind: str) -> Existing | None:
        """Return the only resource of a type, None unless there is exactly one."""
        found = list(self.state.of(kind))
        return found[0] if len(found) == 1 else None

    @property
    def vpc(self) -> Existing | None:
        """The network of the balancer."""
        wanted = self.balancer.text("vpc_id") if self.balancer else ""
        found = list(self.state.of("aws_vpc", "aws_default_vpc"))
        if wanted:
            return next((vpc for vpc in found if vpc.text("id") == wanted), None)
        return found[0] if len(found) == 1 else None

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
        """The log groups that the user data of the instances or the policies of their role name."""
        instances = [found for found in (self.launch, self.role) if found is not None]
        return [
            group
            for group in self.state.of("aws_cloudwatch_log_group")
            if self._instance_inputs.name(group, instances)
        ]

    @property
    def file_systems(self) -> Sequence[Existing]:
        """The file systems that user data or role of the instances names, else those mounted where they can reach them."""
        instances = [found for found in (self.launch, self.role) if found is not None]
        found = list(self.state.of("aws_efs_file_system"))
        named = [files for files in found if self._instance_inputs.name(files, instances)]
        if named:
            return named
        subnets = {
            name
            for resource in (self.balancer, self.group)
            if resource is not None
            for name in self._relations.names(resource, "aws_subnet") or ()
        }
        mounted = {
            target.text("file_system_id")
            for target in self.state.of("aws_efs_mount_target")
            if target.text("subnet_id") in subnets and self._reach(target)
        }
        return [files for files in found if files.text("id") in mounted]

    def _reach(self, mount_target: Existing) -> bool:
        """Tell whether the instances may connect to a mount target, as far as the state has its security groups."""
        names = set(mount_target.values.get("security_groups") or ())
        groups = [group for group in self.state.of("aws_security_group") if group.text("id") in names]
        return not groups or any(lets_in(self.state, group, NFS, self.security_groups) for group in groups)

    @property
    def alias_records(self) -> Sequence[Existing]:
        """The alias records that point at the balancer."""
        return [record for record in self.records if record.first("alias")]

    @property
    def records(self) -> Sequence[Existing]:
        """The records that lead to the balancer: aliases, and CNAMEs by its name."""
        name = self.balancer.text("dns_name").lower() if self.balancer else ""
        if not name:
            return []
        found = []
        for record in self.state.of("aws_route53_record"):
            targets = [str(record.first("alias").get("name", "")), *(record.values.get("records") or ())]
            if name in {plain(str(target)) for target in targets}:
                found.append(record)
        return found

    @property
    def zone_ids(self) -> set[str]:
        """The ids of the hosted zones of the lab's records: those that lead to it, or else those of its domain."""
        records = list(self.alias_records) or list(self.records)
        if not records and self.certificate is not None:
            domain = plain(self.certificate.text("domain_name").removeprefix("*."))
            valid = {plain(name) for name in validated_names(self.certificate.values) or ()}
            records = [
                record
                for record in self.state.of("aws_route53_record")
                if plain(record.text("fqdn") or record.text("name")) in {domain, *valid}
            ]
        return {record.text("zone_id") for record in records} - {""}

    @property
    def parts(self) -> dict[str, str]:
        """The existing addresses, by ours, of the parts that the settings are read off."""
        launch = self.launch.type if self.launch is not None else ""
        found = {
            "aws_lb_listener.https": self.https,
            "aws_lb.lab": self.balancer,
            "aws_lb_target_group.hub": self.target_group,
            "aws_autoscaling_group.lab": self.group,
            f"{launch}.lab": self.launch,
            "aws_acm_certificate.lab": self.certificate,
            "aws_iam_role.lab_instance": self.role,
            "aws_vpc.lab": self.vpc,
            "aws_efs_file_system.homes": self.file_systems[0] if len(self.file_systems) == 1 else None,
        }
        return {ours: theirs.address for ours, theirs in found.items() if theirs is not None}

    def policies(self) -> Iterator[tuple[Existing, Existing]]:
        """Yield each alarm that acts on a policy of the group, with that policy."""
        name = self.group.text("name") if self.group else ""
        for alarm in self.state.of("aws_cloudwatch_metric_alarm"):
            actions = alarm.values.get("alarm_actions") or []
            policy = next(
                (p for p in self.state.of("aws_autoscaling_policy") if p.text("arn") in actions), None
            )
            if policy is not None and (not name or policy.text("autoscaling_group_name") == name):
                yield alarm, policy

    def _pick(self, ours: str, found: list[Existing]) -> Existing | None:
        chosen = self._chosen.get(ours)
        if chosen is not None:
            return self.state.at(chosen)
        if len(found) > 1:
            self.equal_candidates.append(
                EqualCandidates(ours=ours, candidates=tuple(resource.address for resource in found))
            )
        return found[0] if found else None

    def _secure_listener(self) -> Existing | None:
        chosen = self.state.at(self._chosen.get("aws_lb.lab", ""))
        found = [
            listener
            for listener in self.state.of(*LISTENERS)
            if listener.text("protocol") == "HTTPS"
            and (chosen is None or listener.text("load_balancer_arn") == chosen.text("arn"))
        ]
        internal = {b.text("arn") for b in self.state.of(*BALANCERS) if b.values.get("internal") is True}
        served = {
            name
            for group in self.state.of("aws_autoscaling_group")
            for name in self._relations.names(group, "aws_lb_target_group") or ()
        }
        found = _preferred(
            found,
            lambda listener: listener.values.get("port") == 443,
            lambda listener: listener.text("load_balancer_arn") not in internal,
            lambda listener: bool(served & (self._relations.names(listener, "aws_lb_target_group") or set())),
        )
        return self._pick("aws_lb_listener.https", found)

    def _balancer(self) -> Existing | None:
        found = [b for b in self.state.of(*BALANCERS) if b.text("load_balancer_type") in ("", "application")]
        if self.https is not None:
            arn = self.https.text("load_balancer_arn")
            found = [balancer for balancer in found if balancer.text("arn") == arn]
        return self._pick("aws_lb.lab", found)

    def _target_group(self) -> Existing | None:
        found = list(self.state.of(*TARGET_GROUPS))
        if self.https is not None:
            found = self._named_by(self.https, found)
        served = {
            name
            for group in self.state.of("aws_autoscaling_group")
            for name in self._relations.names(group, "aws_lb_target_group") or ()
        }
        found = _preferred(found, lambda group: bool(served & self._relations.identity(group)))
        return self._pick("aws_lb_target_group.hub", found)

    def _group(self) -> Existing | None:
        found = list(self.state.of("aws_autoscaling_group"))
        if self.target_group is not None:
            serving = [g for g in found if self._relations.holds(g, self.target_group)]
            # One that serves something else is another one's.
            found = serving or [g for g in found if not self._relations.names(g, "aws_lb_target_group")]
        return self._pick("aws_autoscaling_group.lab", found)

    def _launch(self) -> Existing | None:
        if self.group is None:
            return None
        found = list(self.state.of("aws_launch_template", "aws_launch_configuration"))
        used = [launch for launch in found if self._relations.holds(self.group, launch)]
        known = [launch for launch in found if self._relations.holds(self.group, launch) is not None]
        # A group that tells nothing has the only one that there is.
        return used[0] if used else found[0] if len(found) == 1 and not known else None

    def _certificate(self) -> Existing | None:
        found = list(self.state.of("aws_acm_certificate"))
        if self.https is not None and self.https.text("certificate_arn"):
            arn = self.https.text("certificate_arn")
            found = [certificate for certificate in found if certificate.text("arn") == arn]
        return self._pick("aws_acm_certificate.lab", found)

    def _named_by(self, source: Existing, found: list[Existing]) -> list[Existing]:
        """Return those that ``source`` names; all of them when the state does not tell."""
        known = [resource for resource in found if self._relations.holds(source, resource) is not None]
        return [resource for resource in found if self._relations.holds(source, resource)] if known else found

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


def _preferred(found: list[Existing], *tests: Callable[[Existing], bool]) -> list[Existing]:
    """Return those that pass each of the tests in turn, as long as any does."""
    for test in tests:
        found = [resource for resource in found if test(resource)] or found
    return found
