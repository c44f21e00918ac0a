"""What the cookbooks put on a node, for the trial's hosts: the very programs, templates and settings.

Chef itself does not run here. Programs and the hub's package are copied, the site's template is filled in, and
the command lines of the hub's containers are taken from the recipe's own text.
"""

import json
import re
import shlex
from pathlib import Path
from typing import Any

from hubctl.core.errors import HubctlError
from stacks.hub_sources import COOKBOOKS, HUB_COMMON, SWARM_HUB

PROGRAM_FOLDER = "/usr/local/lib/chef-hub"
ENVIRONMENT_FILE = "/etc/chef-hub/environment"
CONFIG_FOLDER = "/etc/jupyterhub"
CERTIFICATE_FOLDER = "/etc/nginx/chef-hub"
MOUNT_POINT = "/mnt/chef-hub"
IMAGES_FOLDER = "/var/lib/chef-hub/images"
CHECKED_IMAGES_FOLDER = "/var/lib/chef-hub/checked-images"
_PROGRAMS = {
    "hub_node": ("node-common.sh",),
    "docker": ("block-metadata", "end-containers", "prune-images", "pull-image", "settle-engine"),
    "docker_swarm": (
        "clear-worker",
        "fence-containers",
        "follow-swarm-leader",
        "join-swarm",
        "keep-swarm",
        "offer-worker",
        "rotate-swarm-token",
    ),
    "hub_backup": ("hub-backup",),
    "jupyterhub": ("refresh-hub-credentials",),
    "hub_metrics": ("publish-hub-metrics",),
    "nginx_proxy": ("renew-certificate",),
}
_PACKAGES = {"docker_swarm": "worker_rollout", "hub_backup": "hub_backup"}


def programs() -> dict[str, Path]:
    """Return the programs of the nodes: path on the node → file of the cookbook."""
    return {
        f"{PROGRAM_FOLDER}/{name}": COOKBOOKS / cookbook / "files/default" / name
        for cookbook, names in _PROGRAMS.items()
        for name in names
    }


def packages() -> dict[str, Path]:
    """Return the programs that are packages of Python: path on the leader → file of the cookbook."""
    folders = [COOKBOOKS / cookbook / "files/default" / name for cookbook, name in _PACKAGES.items()]
    return {
        f"{PROGRAM_FOLDER}/{folder.name}/{file.name}": file
        for folder in folders
        for file in folder.glob("*.py")
    }


def hub_package() -> dict[str, Path]:
    """Return the hub's configuration, the operator's too, and packages: path on the leader → file of a cookbook."""
    operator_files = SWARM_HUB.parent / "jupyterhub_config.d"
    return {
        **{
            f"{CONFIG_FOLDER}/{operator_files.name}/{file.name}": file
            for file in operator_files.iterdir()
            if file.is_file()
        },
        **{
            f"{CONFIG_FOLDER}/hub/{file.relative_to(folder)}": file
            for folder, patterns in (
                (HUB_COMMON, ("hub_common/*.py", "hub_common/templates/*.html")),
                (SWARM_HUB, ("*.py", "swarm_hub/*.py")),
            )
            for pattern in patterns
            for file in folder.glob(pattern)
        },
    }


def contract(**hub: Any) -> dict[str, Any]:
    """Return the golden node attributes with the settings of ``hub`` changed, and a self-signed certificate."""
    golden: dict[str, Any] = json.loads((COOKBOOKS / "contract/golden.json").read_text(encoding="utf-8"))[
        "chef_hub"
    ]
    return {**golden, "tls": {"source": "self_signed"}, "hub": {**golden["hub"], **hub}}


def hub_settings_file(attributes: dict[str, Any], network: str) -> dict[str, Any]:
    """Return what stands in settings.json, as the cookbook's library makes it."""
    mount_point = attributes["efs"]["mount_point"]
    names = ("region", "hub_hostname", "autoscaling_group", "parameter_prefix")
    return {
        **{name: attributes[name] for name in names},
        "hub": attributes["hub"],
        "wildcard_certificate": True,
        "network": network,
        "shared_folder": mount_point,
        "users_folder": f"{mount_point}/users",
        "state_folder": "/var/lib/jupyterhub",
    }


def program_environment(attributes: dict[str, Any], node: str, extra: dict[str, str]) -> dict[str, str]:
    """Return the variables of the programs, as the cookbook's library makes them."""
    return {
        "AWS_REGION": attributes["region"],
        "AWS_DEFAULT_REGION": attributes["region"],
        "AWS_PAGER": "",
        "CHEF_HUB_PREFIX": attributes["parameter_prefix"],
        "CHEF_HUB_NODE": node,
        "CHEF_HUB_AUTOSCALING_GROUP": attributes["autoscaling_group"],
        "CHEF_HUB_NOTEBOOK_IMAGE": attributes["hub"]["notebook_image"],
        **({"CHEF_HUB_LAUNCHING_HOOK": hook} if (hook := attributes.get("launching_hook")) else {}),
        **extra,
    }


def nginx_site(hostname: str) -> str:
    """Return nginx's site of the hub, from the cookbook's template and default attributes."""
    values = {
        "hostname": hostname,
        "server_names": f"{hostname} *.{hostname}",
        **_attributes("nginx_proxy"),
    }
    template = (COOKBOOKS / "nginx_proxy/templates/default/hub-site.conf.erb").read_text(encoding="utf-8")

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise HubctlError(
                f"hub-site.conf.erb uses {match[0]}, which the trial cannot fill in",
                remedy="Use a plain property there, with a default in the cookbook's attributes.",
            )
        return values[match[1]]

    return re.sub(r"<%= @site\.(\w+) %>", value, template)


def attribute(cookbook: str, name: str) -> str:
    """Return the default of a cookbook's attribute that is a word or a number."""
    return _attributes(cookbook)[name]


def _attributes(cookbook: str) -> dict[str, str]:
    text = (COOKBOOKS / cookbook / "attributes/default.rb").read_text(encoding="utf-8")
    found = re.findall(rf"^default\['{cookbook}'\]\['(\w+)'\] = (?:'([^']*)'|([\d_]+))", text, re.MULTILINE)
    return {name: word or number.replace("_", "") for name, word, number in found}


def proxy_command() -> list[str]:
    """Return the command of the hub's proxy, from the recipe."""
    recipe = (COOKBOOKS / "jupyterhub/recipes/default.rb").read_text(encoding="utf-8")
    match = re.search(r"command %w\((configurable-http-proxy [^)]*)\)", recipe)
    if not match:
        raise HubctlError(
            "the recipe of jupyterhub no longer says how its proxy starts",
            remedy="Adapt hubctl/trial/hosts/cookbook_files.py to it.",
        )
    return shlex.split(match[1])


def hub_image_commands() -> list[str]:
    """Return the commands that the hub's image must run before it is put to use, from the recipe."""
    recipe = (COOKBOOKS / "jupyterhub/recipes/default.rb").read_text(encoding="utf-8")
    match = re.search(r"jupyterhub_image [^\n]*'hub_image'\] do\n\s*runs %w\(([a-z -]+)\)", recipe)
    if not match:
        raise HubctlError(
            "the recipe of jupyterhub no longer says what the hub's image must run",
            remedy="Adapt hubctl/trial/hosts/cookbook_files.py to it.",
        )
    return match[1].split()


def generated_secrets() -> list[str]:
    """Return the names of the hub's secrets that Chef makes on the leader, from the cookbook's library."""
    return _secrets("GENERATED")


def proxy_secrets() -> list[str]:
    """Return the names of the secrets that the proxy gets, from the cookbook's library."""
    return _secrets("PROXY")


def _secrets(constant: str) -> list[str]:
    library = (COOKBOOKS / "jupyterhub/libraries/hub_settings.rb").read_text(encoding="utf-8")
    match = re.search(rf"{constant} = %w\(([A-Z_ ]+)\)", library)
    if not match:
        raise HubctlError(
            "the library of jupyterhub no longer says which secrets it makes",
            remedy="Adapt hubctl/trial/hosts/cookbook_files.py to it.",
        )
    return match[1].split()
