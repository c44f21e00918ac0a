"""Infers the settings of chef-hub from an existing state of its design, whoever wrote it."""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubctl.adopt.inference.aws_lab import filtered
from hubctl.adopt.inference.capacity import pool_settings, type_settings
from hubctl.adopt.inference.clues import IngressRule, ingress_rules, optional_parts, user_data, whole_number
from hubctl.adopt.matching.candidates import EqualCandidates
from hubctl.adopt.matching.relations import Relations, plain
from hubctl.adopt.state.existing import Existing, ExistingState
from stacks.settings.chef_hub import ChefHubSettings
from stacks.settings.common import CommonSettings
from stacks.settings.model import SettingsModel

SERVER, WORKSTATION, LEADER = "chef-server", "chef-workstation", "hub-leader"
WORKERS = "aws_autoscaling_group.chef-workers"
# What speaks for each kind of node in a name, a tag, the name of an image or of a role.
_WORDS: Mapping[str, re.Pattern[str]] = {
    SERVER: re.compile(r"(chef|cinc|infra)[\W_]*(infra)?[\W_]*server|^(chef|cinc)$|chef[\W_]*master"),
    WORKSTATION: re.compile(r"work[\W_]*station|knife"),
    LEADER: re.compile(r"leader|manager|hub[\W_]*master|swarm[\W_]*master|jupyter|notebook"),
}
_LED_TO = 4  # the site's record leads to it
_REGISTERED = 3  # Cloud Map or a parameter says so
_NAMED = 2
_HINTED = 1
_ENOUGH = 2  # fewer points may be chance
HOST = "notebooks."
CONTRACT = "/chef-hub/contract"  # the parameter by which the profile `recommended` tells its nodes all
_IMAGES = {SERVER: "chef_server", WORKSTATION: "chef_workstation", LEADER: "chef_client"}


@dataclass(frozen=True, kw_only=True)
class _Point:
    node: str
    kind: str
    worth: int


class HubView:
    """The hub in a state. ``chosen`` maps our addresses to existing ones (--match).

    Of parts that are equally good the first is taken; ``equal_candidates`` has all of them.
    """

    def __init__(self, state: ExistingState, chosen: Mapping[str, str]) -> None:
        self.state = state
        self._chosen = chosen
        self.equal_candidates: list[EqualCandidates] = []
        self.relations = Relations(state.resources, state.background)
        self.nodes = self._nodes()
        self.workers = self._workers()
        self.launch = self._launch()

    @property
    def record(self) -> Existing | None:
        """The record under which the hub is reached: it leads to the leader."""
        leader = self.nodes.get(LEADER)
        found = [record for record in self.state.of("aws_route53_record") if not record.first("alias")]
        led = [r for r in found if leader is not None and self.relations.holds(r, leader)]
        named = [r for r in found if _host(r).startswith("notebooks.")]
        return min(led or named, key=lambda record: ("*" in _host(record), len(_host(record))), default=None)

    @property
    def vpc(self) -> Existing | None:
        """The network of the nodes."""
        subnets = {node.text("subnet_id") for node in self.nodes.values()}
        wanted = {s.text("vpc_id") for s in self.state.of("aws_subnet") if s.text("id") in subnets}
        found = list(self.state.of("aws_vpc"))
        ours = [vpc for vpc in found if vpc.text("id") in wanted]
        return next(iter(ours), found[0] if len(found) == 1 and not wanted else None)

    @property
    def file_system(self) -> Existing | None:
        """The file system of the homes: the only one that is mounted where the nodes are."""
        used = [*self.nodes.values(), *([self.workers] if self.workers is not None else [])]
        subnets = {name for node in used for name in self.relations.names(node, "aws_subnet") or ()}
        mounted = {
            target.text("file_system_id")
            for target in self.state.of("aws_efs_mount_target")
            if target.text("subnet_id") in subnets
        }
        found = [found for found in self.state.of("aws_efs_file_system") if found.text("id") in mounted]
        return found[0] if len(found) == 1 else None

    @property
    def own_roles(self) -> bool:
        """Whether the kinds of nodes have separate instance profiles, as the profile `recommended` has them."""
        profiles = [node.text("iam_instance_profile") for node in self.nodes.values()]
        return len(profiles) > 1 and len(set(profiles)) == len(profiles)

    @property
    def parts(self) -> dict[str, str]:
        """The existing addresses, by ours, of the parts that the settings are read off."""
        found = {f"aws_instance.{kind}": node.address for kind, node in self.nodes.items()}
        found |= dict(self._firewall())
        more: dict[str, Existing | None] = {
            WORKERS: self.workers,
            f"{self.launch.type if self.launch is not None else ''}.chef-workers": self.launch,
            "aws_route53_record.maphub_nb_cname_record": self.record,
            "aws_vpc.infra-vpc": self.vpc,
            "aws_efs_file_system.research_shared_fs": self.file_system,
        }
        return found | {ours: theirs.address for ours, theirs in more.items() if theirs is not None}

    def look_up(self, image_id: str) -> Existing | None:
        """Return the look-up by which the author found an image."""
        lookups = self.state.lookups
        return next((f for f in lookups if f.type == "aws_ami" and f.text("id") == image_id), None)

    def _nodes(self) -> dict[str, Existing]:
        """Return the instance of each kind, the one for which most speaks first."""
        instances = list(self.state.of("aws_instance"))
        by_address = {instance.address: instance for instance in instances}
        points: Counter[tuple[str, str]] = Counter()
        for point in self._points(instances):
            points[point.kind, point.node] += point.worth
        found = {
            kind: by_address[theirs]
            for kind in _WORDS
            if (theirs := self._chosen.get(f"aws_instance.{kind}", "")) in by_address
        }
        for (kind, node), worth in sorted(points.items(), key=lambda item: (-item[1], item[0])):
            if worth < _ENOUGH or kind in found or by_address[node] in found.values():
                continue
            taken = {other.address for other in found.values()}
            equal = [n for (k, n), w in points.items() if k == kind and w == worth and n not in taken]
            if len(equal) > 1:
                rest = sorted(set(equal) - {node})
                self.equal_candidates.append(
                    EqualCandidates(ours=f"aws_instance.{kind}", candidates=(node, *rest))
                )
            found[kind] = by_address[node]
        return found

    def _points(self, instances: Sequence[Existing]) -> Iterator[_Point]:
        for instance in instances:
            for text, worth in self._texts(instance):
                for kind, words in _WORDS.items():
                    if words.search(text.lower()):
                        yield _Point(node=instance.address, kind=kind, worth=worth)
            for record in self.state.of("aws_route53_record"):
                if self.relations.holds(record, instance):
                    yield _Point(node=instance.address, kind=LEADER, worth=_LED_TO)
            for published in self.state.of("aws_service_discovery_instance", "aws_ssm_parameter"):
                if self.relations.holds(published, instance):
                    about = self._kind_published(published)
                    if about:
                        yield _Point(node=instance.address, kind=about, worth=_REGISTERED)

    def _texts(self, instance: Existing) -> Iterator[tuple[str, int]]:
        tags = instance.values.get("tags")
        yield str(tags.get("Name", "")) if isinstance(tags, Mapping) else "", _NAMED
        yield instance.name, _NAMED
        yield instance.key if isinstance(instance.key, str) else "", _NAMED
        yield instance.text("iam_instance_profile"), _HINTED
        image = self.look_up(instance.text("ami"))
        if image is not None:
            # Workers and leader share the image of Chef's client.
            yield image.text("name").replace("chef-client", "leader"), _HINTED
        for text in user_data(instance):
            yield text[:4096], _HINTED

    def _kind_published(self, published: Existing) -> str | None:
        """Return the kind of node that a parameter or an entry of Cloud Map is about."""
        name = f"{published.text('name')} {published.text('instance_id')}"
        services = self.state.of("aws_service_discovery_service")
        name += "".join(
            f" {s.text('name')}" for s in services if s.text("id") == published.text("service_id")
        )
        if re.search(r"swarm|leader|hub[\W_]*(master|manager)|manager", name.lower()):
            return LEADER
        return SERVER if re.search(r"chef|cinc", name.lower()) else None

    def _workers(self) -> Existing | None:
        found = list(self.state.of("aws_autoscaling_group"))
        chosen = self.state.at(self._chosen.get(WORKERS, ""))
        if chosen is not None or len(found) < 2:
            return chosen or next(iter(found), None)
        named = [group for group in found if "work" in f"{group.text('name')} {group.name}".lower()] or found
        if len(named) > 1:
            self.equal_candidates.append(
                EqualCandidates(ours=WORKERS, candidates=tuple(group.address for group in named))
            )
        return named[0]

    def _launch(self) -> Existing | None:
        if self.workers is None:
            return None
        found = self.state.of("aws_launch_template", "aws_launch_configuration")
        return next((launch for launch in found if self.relations.holds(self.workers, launch)), None)

    def _firewall(self) -> Iterator[tuple[str, str]]:
        """Yield which security groups of the nodes let whom in, as far as only one does."""
        used = [*self.nodes.values(), *([self.launch] if self.launch is not None else [])]
        names = {name for node in used for name in self.relations.names(node, "aws_security_group") or ()}
        groups = [g for g in self.state.of("aws_security_group") if plain(g.text("id")) in names]
        vpc = self.vpc.text("cidr_block") if self.vpc is not None else ""
        open_to = {group.address: set(ingress_rules(self.state, group, vpc)) for group in groups}
        wanted = {
            "allow_all_http_sg": [a for a, found in open_to.items() if _has(found, "world", 443, 80)],
            "allow_deployer_sg": [a for a, found in open_to.items() if _has(found, "some", 22)],
            "allow_vpc_traffic_sg": [
                a for a, found in open_to.items() if any(o.source == "own" and o.everything for o in found)
            ],
        }
        ssh = set(wanted["allow_deployer_sg"])
        wanted["allow_deployer_http_sg"] = [
            a for a, found in open_to.items() if a not in ssh and _has(found, "some", 443, 80)
        ]
        for name, fitting in wanted.items():
            if len(fitting) == 1:
                yield f"aws_security_group.{name}", fitting[0]


def _has(found: set[IngressRule], source: str, *ports: int) -> bool:
    return any(o.source == source and not o.everything and o.port in ports for o in found)


def _host(record: Existing) -> str:
    return plain(record.text("fqdn") or record.text("name"))


def infer_hub_settings(view: HubView) -> dict[str, Any]:
    """Return the settings that reproduce the hub; what the settings' own rules refuse is left at its default."""
    found = {key: value for key, value in _found(view) if value is not None}
    groups: tuple[type[SettingsModel], ...] = (CommonSettings, ChefHubSettings)
    for group in groups:
        given = {key: value for key, value in found.items() if key in group.model_fields}
        for mistake in group.check(given)[1]:
            for key in mistake.key.split(","):
                found.pop(key.strip(), None)
    return found


def zone_id(view: HubView) -> str | None:
    """Return the id of the hosted zone in which the hub has its name."""
    return view.record.text("zone_id") or None if view.record is not None else None


def _found(view: HubView) -> Iterator[tuple[str, Any]]:
    state = view.state
    recommended = _is_recommended(view)
    yield "profile", "recommended" if recommended else "original"
    yield from optional_parts(state, recommended=recommended)
    if recommended:
        pool = pool_settings(state, view.workers, recommended=True, size="worker_warm_pool_size")
        yield from pool
        yield from type_settings(view.workers, view.launch, types="worker_instance_types", spot=True)
    arns = (resource.text("arn").split(":") for resource in state.resources)
    regions = Counter(parts[3] for parts in arns if len(parts) > 5 and parts[3])
    yield "default_region", regions.most_common(1)[0][0] if regions else None
    yield from _zones(view)
    yield "target_domain", _domain(view)
    if view.vpc is not None:
        yield "vpc_cidr", _network(view.vpc.text("cidr_block"))
    keys = {instance.text("key_name") for instance in view.nodes.values()}
    yield "key_name", keys.pop() if len(keys) == 1 else None
    yield from _machines(view)
    yield from _worker_sizes(view)


def _is_recommended(view: HubView) -> bool:
    """Tell by what only this profile has; a launch template or another author's separate rules do not tell."""
    published = any(found.text("name") == CONTRACT for found in view.state.of("aws_ssm_parameter"))
    tags = [node.values.get("tags_all") for node in view.nodes.values()]
    marked = any(isinstance(tag, dict) and tag.get("Stack") == "chef-hub" for tag in tags)
    return published or marked or view.own_roles


def _zones(view: HubView) -> Iterator[tuple[str, Any]]:
    """Take the zone of most nodes for the default one, and the other zone with a subnet for the second."""
    nodes = list(view.nodes.values()) or list(view.state.of("aws_instance"))
    machines = Counter(instance.text("availability_zone") for instance in nodes)
    first = machines.most_common(1)[0][0] if machines else None
    yield "default_availability_zone", first or None
    vpc = view.vpc.text("id") if view.vpc is not None else ""
    used = view.relations.names(view.workers, "aws_subnet") if view.workers is not None else None
    subnets = [s for s in view.state.of("aws_subnet") if not vpc or s.text("vpc_id") == vpc]
    workers = [s for s in subnets if plain(s.text("id")) in (used or ())]
    for choice in (workers, subnets):
        others = sorted({subnet.text("availability_zone") for subnet in choice} - {first, ""})
        if len(others) == 1:
            yield "secondary_availability_zone", others[0]
            return


def _domain(view: HubView) -> str | None:
    record = view.record
    name = plain(record.text("fqdn") or record.text("name")) if record is not None else ""
    if name.startswith(HOST):
        return name.removeprefix(HOST)
    zones = [*view.state.of("aws_route53_zone")]
    zones += [lookup for lookup in view.state.lookups if lookup.type == "aws_route53_zone"]
    held = [zone for zone in zones if zone.text("zone_id") and zone.text("zone_id") == zone_id(view)]
    for choice in (held, zones):
        if len(choice) == 1:
            return choice[0].text("name").rstrip(".") or None
    return None


def _machines(view: HubView) -> Iterator[tuple[str, Any]]:
    """Yield the types of the nodes, and the names by which their images are found."""
    owners = set()
    for kind, node in view.nodes.items():
        yield f"{kind.replace('-', '_')}_instance_type", node.text("instance_type") or None
        image = view.look_up(node.text("ami"))
        if image is None:
            continue
        names = filtered(image, "name")
        if len(names) == 1:
            yield f"{_IMAGES[kind]}_ami_name", names[0]
        owners |= set(image.texts("owners"))
    if len(owners) == 1:
        yield "ami_owner", owners.pop()
    if view.launch is not None:
        yield "worker_instance_type", view.launch.text("instance_type") or None


def _worker_sizes(view: HubView) -> Iterator[tuple[str, Any]]:
    if view.workers is None:
        return
    yield "worker_min_size", view.workers.values.get("min_size")
    yield "worker_max_size", view.workers.values.get("max_size")
    for policy in view.state.of("aws_autoscaling_policy"):
        target = policy.first("target_tracking_configuration").get("target_value")
        if policy.text("autoscaling_group_name") == view.workers.text("name") and target:
            yield "worker_cpu_target_percent", whole_number(target)


def _network(text: str) -> str | None:
    try:
        return str(ipaddress.IPv4Network(text))
    except ValueError:
        return None
