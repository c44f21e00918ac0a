"""What our design has better than an existing deployment, and may change in place: only when asked, only for the stronger.

Each improvement states the order in which one value is stronger than another. What has no such order is kept as it is.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from hubctl.adopt.plan_changes import AttributeChange, PlannedChange
from hubctl.adopt.state.existing import mean_the_same
from hubctl.core.errors import BadInputError

# AWS counts these; an author never writes them.
NEVER = frozenset({"tags_all", "update_default_version", "default_version", "latest_version"})
Order = Callable[[Any, Any], bool]
ALL = "all"
# Say something about a resource, and do nothing.
LABELS = frozenset({"tags", "tag", "description", "alarm_description", "comment"})
_OFF = (None, False, "", "Disabled", "Suspended")
_IMDS_NOTICE = "programs on the instances that use the instance metadata service of version 1 lose it"


@dataclass(frozen=True, kw_only=True)
class Improvement:
    """An argument that may get stronger. ``stronger(existing, ours)`` is the order; ``notice`` is what users may notice."""

    group: str
    type: str
    argument: str
    stronger: Order
    notice: str


def _turned_on(before: Any, after: Any) -> bool:
    return before in (False, None, "") and after is True


def _turned_off(before: Any, after: Any) -> bool:
    return before is True and after is False


def _more(before: Any, after: Any) -> bool:
    """Tell whether a list or map has all that was there, and something more."""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = dict(before or {}), dict(after or {})
        return len(new) > len(old) and all(new.get(key) == value for key, value in old.items())
    old_items, new_items = list(before or []), list(after or [])
    return len(new_items) > len(old_items) and all(item in new_items for item in old_items)


def _part(
    name: str, weaker: Collection[Any], stronger: Collection[Any], *, follow: Collection[str] = ()
) -> Order:
    """Return the order of blocks of which the part ``name`` gets stronger and the others stay, but for ``follow``."""

    def order(before: Any, after: Any) -> bool:
        old, new = _only(before), _only(after)
        if new is None or new.get(name) not in stronger or (old or {}).get(name) not in weaker:
            return False
        others = {*(old or {}), *new} - {name, *follow}
        return old is None or all(mean_the_same(old.get(other), new.get(other)) for other in others)

    return order


def _only(blocks: Any) -> Mapping[str, Any] | None:
    return blocks[0] if isinstance(blocks, list) and len(blocks) == 1 else None


@dataclass(frozen=True, kw_only=True)
class _Policy:
    """The oldest TLS version, whether there is TLS 1.3, and the suites: 0 any, 1 forward secret, 2 these and AEAD only."""

    oldest: int
    newest: int
    suites: int


# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
_TLS: Mapping[str, _Policy] = {
    "ELBSecurityPolicy-TLS13-1-3-2021-06": _Policy(oldest=13, newest=13, suites=2),
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06": _Policy(oldest=12, newest=13, suites=2),
    "ELBSecurityPolicy-TLS13-1-2-2021-06": _Policy(oldest=12, newest=13, suites=1),
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06": _Policy(oldest=12, newest=13, suites=0),
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06": _Policy(oldest=12, newest=13, suites=0),
    "ELBSecurityPolicy-TLS13-1-1-2021-06": _Policy(oldest=11, newest=13, suites=0),
    "ELBSecurityPolicy-TLS13-1-0-2021-06": _Policy(oldest=10, newest=13, suites=0),
    "ELBSecurityPolicy-FS-1-2-Res-2020-10": _Policy(oldest=12, newest=12, suites=2),
    "ELBSecurityPolicy-FS-1-2-Res-2019-08": _Policy(oldest=12, newest=12, suites=1),
    "ELBSecurityPolicy-FS-1-2-2019-08": _Policy(oldest=12, newest=12, suites=1),
    "ELBSecurityPolicy-FS-1-1-2019-08": _Policy(oldest=11, newest=12, suites=1),
    "ELBSecurityPolicy-FS-2018-06": _Policy(oldest=10, newest=12, suites=1),
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06": _Policy(oldest=12, newest=12, suites=0),
    "ELBSecurityPolicy-TLS-1-2-2017-01": _Policy(oldest=12, newest=12, suites=0),
    "ELBSecurityPolicy-TLS-1-1-2017-01": _Policy(oldest=11, newest=12, suites=0),
    "ELBSecurityPolicy-2016-08": _Policy(oldest=10, newest=12, suites=0),
    "ELBSecurityPolicy-2015-05": _Policy(oldest=10, newest=12, suites=0),
}


def stronger_tls(before: Any, after: Any) -> bool:
    """Tell whether a security policy of a listener is stronger: weaker in nothing, and better in something.

    Policies that are not known here are not compared, such as those of later years.
    """
    old, new = _TLS.get(str(before)), _TLS.get(str(after))
    if old is None or new is None or old == new:
        return False
    return new.oldest >= old.oldest and new.newest >= old.newest and new.suites >= old.suites


_IMDS = _part("http_tokens", (None, "", "optional"), ("required",), follow=("http_put_response_hop_limit",))


_IMPROVEMENTS = (
    Improvement(
        group="tls",
        type="aws_lb_listener",
        argument="ssl_policy",
        stronger=stronger_tls,
        notice="browsers and programs that only know older TLS versions or ciphers cannot connect",
    ),
    Improvement(
        group="headers",
        type="aws_lb",
        argument="drop_invalid_header_fields",
        stronger=_turned_on,
        notice="headers of requests that HTTP does not allow do not reach the hub",
    ),
    Improvement(
        group="sessions",
        type="aws_lb_target_group",
        argument="stickiness",
        stronger=_part("enabled", _OFF, (True,), follow=("type", "cookie_duration", "cookie_name")),
        notice="users stay with the instance on which their server runs; they get a cookie",
    ),
    Improvement(
        group="protection",
        type="aws_lb",
        argument="enable_deletion_protection",
        stronger=_turned_on,
        notice="nothing; the balancer cannot be deleted by mistake",
    ),
    Improvement(
        group="protection",
        type="aws_instance",
        argument="disable_api_termination",
        stronger=_turned_on,
        notice="nothing; the instance cannot be terminated by mistake",
    ),
    Improvement(
        group="protection",
        type="aws_s3_bucket",
        argument="force_destroy",
        stronger=_turned_off,
        notice="nothing; a bucket with something in it is not deleted",
    ),
    Improvement(
        group="protection",
        type="aws_ecr_repository",
        argument="force_delete",
        stronger=_turned_off,
        notice="nothing; a repository with images in it is not deleted",
    ),
    Improvement(
        group="protection",
        type="aws_s3_bucket_versioning",
        argument="versioning_configuration",
        stronger=_part("status", _OFF, ("Enabled",)),
        notice="nothing; objects that are replaced or deleted can be had again, and cost storage",
    ),
    *(
        Improvement(
            group="privacy",
            type="aws_s3_bucket_public_access_block",
            argument=argument,
            stronger=_turned_on,
            notice="whoever read the bucket without credentials cannot any more",
        )
        for argument in (
            "block_public_acls",
            "block_public_policy",
            "ignore_public_acls",
            "restrict_public_buckets",
        )
    ),
    Improvement(
        group="encryption",
        type="aws_kms_key",
        argument="enable_key_rotation",
        stronger=_turned_on,
        notice="nothing; old data stays readable",
    ),
    Improvement(
        group="scanning",
        type="aws_ecr_repository",
        argument="image_scanning_configuration",
        stronger=_part("scan_on_push", _OFF, (True,)),
        notice="nothing; images are searched for known weaknesses when they are pushed",
    ),
    Improvement(
        group="metadata",
        type="aws_instance",
        argument="metadata_options",
        stronger=_IMDS,
        notice=_IMDS_NOTICE,
    ),
    Improvement(
        group="metadata",
        type="aws_launch_template",
        argument="metadata_options",
        stronger=_IMDS,
        notice=_IMDS_NOTICE + "; a new version of the template, for instances that are started with it",
    ),
    Improvement(
        group="metrics",
        type="aws_autoscaling_group",
        argument="enabled_metrics",
        stronger=_more,
        notice="nothing; metrics of the group cost nothing",
    ),
    Improvement(
        group="names",
        type="aws_vpc",
        argument="enable_dns_hostnames",
        stronger=_turned_on,
        notice="nothing; instances with public addresses get public names, and a file system is found by name",
    ),
)


_BY_ARGUMENT = {(one.type, one.argument): one for one in _IMPROVEMENTS}


_TAGS = {
    argument: Improvement(
        group="tags",
        type="",
        argument=argument,
        stronger=_more,
        notice="nothing; tags are added, none changes",
    )
    for argument in ("tags", "tag")
}


GROUPS = tuple(sorted({one.group for one in _IMPROVEMENTS} | {"tags"}))


def improvement_of(kind: str, attribute: AttributeChange) -> Improvement | None:
    """Return the improvement that a change of an attribute is; None when it is not one, or when only an apply can tell."""
    found = _BY_ARGUMENT.get((kind, attribute.name)) or _TAGS.get(attribute.name)
    if found is None or attribute.secret or not attribute.after_known or attribute.forces_replacement:
        return None
    return found if found.stronger(attribute.before, attribute.after) else None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Which improvements the operator wants: names of groups, ``all``, and ``ADDRESS.ARGUMENT``.

    ``updates`` (``--allow-updates``) wants all of them, and whatever else only labels a resource.
    """

    wanted: frozenset[str] = frozenset()
    updates: bool = False

    def takes(self, change: PlannedChange, attribute: AttributeChange) -> bool:
        """Tell whether an attribute may change in place."""
        # A new version of a template for the sake of a label would make the group replace its instances.
        label = attribute.name in LABELS and change.type != "aws_launch_template"
        if self.updates and label and not attribute.secret and not _loses(attribute.before, attribute.after):
            return True
        found = improvement_of(change.type, attribute)
        if found is None:
            return False
        named = {found.group, ALL, f"{change.address}.{attribute.name}"} & self.wanted
        return bool(named) or (self.updates and change.type != "aws_launch_template")


def wanted_only(change: PlannedChange, choice: Choice) -> bool:
    """Tell whether an update changes nothing but what the operator wants, and what follows from it."""
    wanted = [attribute for attribute in change.attributes if choice.takes(change, attribute)]
    rest = [
        attribute
        for attribute in change.attributes
        if attribute not in wanted and attribute.name not in NEVER
    ]
    return bool(wanted) and not [attribute for attribute in rest if attribute.after_known]


def idle_wishes(wanted: Collection[str], updates: Collection[PlannedChange]) -> list[str]:
    """Return those of ``wanted`` that changed nothing, as nothing there is stronger than what exists."""
    done: set[str] = {ALL}
    for change in updates:
        for attribute in change.attributes:
            found = improvement_of(change.type, attribute)
            done |= {f"{change.address}.{attribute.name}"} | ({found.group} if found else set())
    return [name for name in wanted if name not in done]


def _loses(before: Any, after: Any) -> bool:
    """Tell whether a description, or tags (a map, or blocks of an auto scaling group), would be taken away or changed."""
    if isinstance(before, list):
        return any(block not in (after or []) for block in before)
    if isinstance(before, Mapping):
        return any((after or {}).get(key) != value for key, value in before.items())
    return before not in (None, "")


def check_improve(wanted: Collection[str], ours: Collection[str]) -> None:
    """Raise BadInputError when one of ``wanted`` is neither a group nor ``ADDRESS.ARGUMENT`` of a resource of ``ours``."""
    strange = [name for name in wanted if name not in (*GROUPS, ALL) and name.rpartition(".")[0] not in ours]
    if strange:
        raise BadInputError(
            "\n".join(
                f"--improve {name}: no group and no argument of this stack has that name" for name in strange
            ),
            remedy=f"Groups are {', '.join(GROUPS)} and {ALL}; or write --improve ADDRESS.ARGUMENT, with our address.",
        )
