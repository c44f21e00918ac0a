"""docs/reference/resources.md: what the stacks make and give back, from their Terraform JSON in both profiles."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stacks.chef_hub.differences import DIFFERENCES
from stacks.registry import STACK_NAMES

INTRODUCTION = """# Resources and outputs

Generated from the synthesized stacks, with the default settings, by `make reference`. Their
variables are in [settings and variables](settings.md); [the two profiles](profiles.md) says what
differs between the profiles of chef-hub, and why.

Names are Terraform addresses without their type: `TYPE.NAME` is what `terraform state list` shows.
They are an interface: a golden file in the tests announces every change.
"""
Synthesized = Callable[[str, str], Mapping[str, Any]]


def render(synthesized: Synthesized) -> str:
    """Return the whole page; ``synthesized(stack, profile)`` gives the Terraform JSON."""
    parts = [INTRODUCTION]
    for stack in STACK_NAMES:
        recommended, original = (synthesized(stack, profile) for profile in ("recommended", "original"))
        parts += _stack(stack, recommended, original)
    return "\n".join(parts).rstrip() + "\n"


def _stack(stack: str, recommended: Mapping[str, Any], original: Mapping[str, Any]) -> Iterator[str]:
    yield f"## Stack `{stack}`\n"
    yield "### Outputs\n"
    yield "| output | what it is |"
    yield "| --- | --- |"
    for name, output in sorted(recommended["output"].items()):
        yield f"| `{name}` | {output['description']} |"
    counts = [
        sum(len(named) for named in content["resource"].values()) for content in (recommended, original)
    ]
    yield f"\n### Resources: {counts[0]} in `recommended`, {counts[1]} in `original`\n"
    yield "| type | in both profiles | only in `recommended` | only in `original` |"
    yield "| --- | --- | --- | --- |"
    kinds = sorted({*recommended["resource"], *original["resource"]})
    for kind in kinds:
        new, old = (set(content["resource"].get(kind, {})) for content in (recommended, original))
        yield f"| `{kind}` | {_names(new & old)} | {_names(new - old)} | {_names(old - new)} |"
    yield ""


def _names(names: set[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


_TOP = """\
# The two profiles of chef-hub

The setting `profile` chooses between `recommended` (what to deploy new today) and `original`
(exactly the settings of the original design, so that a plan against its state is empty). This table
says what differs, and what happens to an existing deployment when its profile is switched from
`original` to `recommended`.

Generated from `stacks/chef_hub/differences.py` by `make reference`.

| setting | `original` | `recommended` | what it improves | on the switch | resources |
|---|---|---|---|---|---|
"""
_BOTTOM = """
"replaces" destroys a resource and creates it again, "removes" destroys it, "updates" changes it in
place (metadata options, keys' rules and tags while the instance runs), "adds" creates a new one. If
two lines name a resource, the stronger word applies.

Provider default tags (`Project`, `Stack`, `Owner`) come with `recommended` and update everything
that can be tagged.

## Adopting a deployment of the original

`{"profile": "original", "adopt_from_module": "module.chef"}` moves all resources of the state from
the module to the root and touches none of them. Once that is applied, take `adopt_from_module` away
again.

- What may differ in the original from what this project would write is left alone for good in this
  profile: user data, images, descriptions of security groups, values of parameters, the document,
  attached policies and the like. The list is `ORIGINAL.ignored` in `stacks/chef_hub/profiles.py`.
- The rules of the security groups and the attributes of the Cloud Map instances are left alone only
  while `adopt_from_module` is set. Afterwards a new `deployer_ip` takes effect again; and if your
  rules have descriptions, the next plan updates the groups in place to remove them, without cutting
  connections.
- The two `time_sleep` resources are forgotten. Terraform installs the provider of everything in a
  state, so the first `init` fetches `hashicorp/time`. If it cannot be fetched, forget them yourself
  beforehand, which works without that provider:
  `terraform state rm module.chef.time_sleep.wait_chef_server_stable_30s module.chef.time_sleep.wait_chef_workstation_stable_30s`
- A first deployment of this profile, instead of an adoption, needs the variable `bootstrap_bucket`.

## Switching

1. Adopt first, with profile `original`, until the plan is empty.
2. Keep the network: set the variable `vpc_cidr` to `192.0.0.0/16`. Lines marked ¹ then do not
   apply. (Another range means a new VPC: deploy it beside the old one and move the data.)
3. Save what is on the instances: make a dump of the Chef Server, unless its cookbooks and roles all
   come from this project. Homes and certificates are on the shared files and stay.
4. The file system of the original is in one zone. AWS refuses a mount target in another zone, so
   either copy the data to a new one
   (`terraform apply -replace=aws_efs_file_system.research_shared_fs` creates an empty one; copy
   with AWS DataSync or Backup first), or leave out the second mount target with `leave_out` in an
   adoption file.
5. Remove the old workers first: AWS keeps a security group as long as an instance is in it, and the
   groups are replaced before the new workers can come.
   `aws autoscaling update-auto-scaling-group --auto-scaling-group-name jupyter-workers-asg --min-size 0 --desired-capacity 0`;
   the apply sets `worker_min_size` again.
6. Read the plan before you apply it, and apply it while no one works: the hub's leader is replaced.
"""


def page() -> str:
    """Return the documentation page."""
    rows = []
    for difference in DIFFERENCES:
        word = difference.on_switch + ("¹" if difference.range_only else "")
        addresses = "<br>".join(f"`{address}`" for address in difference.addresses)
        cells = (
            difference.setting,
            difference.original,
            difference.recommended,
            difference.improves,
            word,
            addresses,
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    return _TOP + "".join(rows) + "\n¹ only when the range of the VPC changes.\n" + _BOTTOM
