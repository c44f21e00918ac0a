"""The setting ``adopt_from_module`` as an adoption: a state of the original design, whose resources lie under one module.

It is the same structure as an adoption file and is laid over the stack in the same way. ``hubctl adopt`` has to find out
which existing resource is which of ours; here types and names are the same.
"""

from collections.abc import Iterable, Mapping

from stacks.adoption.addresses import without_keys
from stacks.adoption.file import AdoptionFile, Move
from stacks.chef_hub.profiles import ORIGINAL

# Resources of the original design that only waited; they are forgotten, as there is nothing to destroy.
FORGOTTEN = ("time_sleep.wait_chef_server_stable_30s", "time_sleep.wait_chef_workstation_stable_30s")

# Left alone as long as the setting is there, beside what the profile always leaves alone: rules of an existing
# deployment may carry descriptions, and Cloud Map instances attributes, that were never written down. Once the
# setting is taken away, a plan shows such a difference, as an update in place, and `deployer_ip` counts again.
IGNORED: Mapping[str, tuple[str, ...]] = {
    "aws_security_group": ("egress", "ingress"),
    "aws_service_discovery_instance": ("attributes",),
}


def adoption_from_module(module: str, addresses: Iterable[str]) -> AdoptionFile:
    """Return the adoption of a state whose resources lie under ``module``, such as ``module.chef``.

    ``addresses`` are those of the stack. A ``moved`` block may name an instance of a module (``module.infra["eu"]``),
    a ``removed`` block may not: it is about all instances.
    """
    ours = sorted(addresses)
    ignored = {
        kind: sorted({*arguments, *ORIGINAL.ignored.get(kind, ())}) for kind, arguments in IGNORED.items()
    }
    return AdoptionFile(
        version=1,
        stack="chef-hub",
        moves=[Move(from_=f"{module}.{address}", to=address) for address in ours],
        forget=[f"{without_keys(module)}.{address}" for address in FORGOTTEN],
        ignore={address: ignored[kind] for address in ours if (kind := address.partition(".")[0]) in ignored},
    )
