"""What the next Chef run does on the trial's running hosts once settings or cookbooks have changed.

The order is the cookbooks': an image is pulled before anything is touched, then files, then the units that differ. A service
restarts when its unit or one of its files has changed, and only then.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from hubctl.trial.hosts import cookbook_files as cookbooks
from hubctl.trial.hosts.host import Host
from hubctl.trial.swarm.nodes import (
    ENGINE_FILE,
    SwarmHostInputs,
    environment_file,
    host_environment,
    leader_units,
    worker_units,
)
from hubctl.trial.swarm.settings import OVERLAY_NETWORK

HUB = "jupyterhub"
SETTLE_SECONDS = 600.0
PULL_SECONDS = 2  # no registry answers here: what is not on the host will not come
CHECK_SECONDS = 600.0  # pull-image gives each command of the image 120 s


def converge_leader(
    leader: Host, inputs: SwarmHostInputs, *, package: Mapping[str, str] | None = None
) -> list[str]:
    """Bring the leader in line with the inputs' attributes; return the paths of the files that changed.

    ``package`` is another version of the hub's package, as contents by path. Raises HubctlError when the hub's image cannot be
    pulled or does not run what it is for: nothing has been changed then.
    """
    _pull_hub_image(leader, inputs.attributes["hub"]["hub_image"])
    files = {
        f"{cookbooks.CONFIG_FOLDER}/settings.json": json.dumps(
            cookbooks.hub_settings_file(inputs.attributes, OVERLAY_NETWORK), indent=2
        ),
        **(package or hub_package_texts()),
    }
    changed = _written(leader, files)
    _written(leader, {cookbooks.ENVIRONMENT_FILE: environment_file(leader, inputs)})
    before = {unit.name: unit for unit in leader.units}
    leader.units, leader.environment = leader_units(leader, inputs), host_environment(leader, inputs)
    restarted = next((unit for unit in leader.units if unit.name == HUB and before.get(HUB) != unit), None)
    leader.reload()
    if changed and restarted is None:
        leader.run("docker", "stop", "--time", "30", HUB)
    return changed


def converge_worker(worker: Host, inputs: SwarmHostInputs) -> list[str]:
    """Bring a worker in line with the inputs' attributes; return the paths of the files that changed."""
    changed = _written(worker, {cookbooks.ENVIRONMENT_FILE: environment_file(worker, inputs)})
    worker.units, worker.environment = worker_units(worker, inputs), host_environment(worker, inputs)
    worker.reload()
    return changed


def converge_engine(worker: Host, settings: Mapping[str, Any]) -> None:
    """Write other settings of Docker, and have them settled: at once where no user works, else later."""
    _written(worker, {ENGINE_FILE: json.dumps(settings, indent=2)})
    worker.run_as_unit(f"{cookbooks.PROGRAM_FOLDER}/settle-engine", "docker.io", "-", seconds=SETTLE_SECONDS)


def hub_package_texts() -> dict[str, str]:
    """Return the hub's package as the cookbook has it: contents by path on the leader."""
    return {path: file.read_text(encoding="utf-8") for path, file in cookbooks.hub_package().items()}


def _pull_hub_image(leader: Host, image: str) -> None:
    """Pull the image and check what it runs, once for each image, as the resource ``jupyterhub_image`` does."""
    commands = cookbooks.hub_image_commands()
    name = re.sub(r"[^A-Za-z0-9.-]", "_", "_".join([image, *commands]))
    mark = f"{cookbooks.CHECKED_IMAGES_FOLDER}/{name[:200]}"
    marked = leader.run("cat", mark, check=False).strip() == image
    here = leader.run("docker", "image", "inspect", "--format", "{{.Id}}", image, check=False)
    if marked and here.strip():
        return
    pull = [f"{cookbooks.PROGRAM_FOLDER}/pull-image", image, *commands]
    leader.run_as_unit("env", f"CHEF_HUB_PULL_SECONDS={PULL_SECONDS}", *pull, seconds=CHECK_SECONDS)
    _written(leader, {mark: f"{image}\n"})


def _written(host: Host, files: Mapping[str, str]) -> list[str]:
    """Write the files that differ, each whole; return their paths."""
    known = _digests(host, list(files))
    different = [path for path, text in files.items() if known.get(path) != _digest(text)]
    for path in different:
        new = f"{path}.new"
        steps = [["mkdir", "-p", path.rpartition("/")[0]], ["tee", new], ["mv", "-f", new, path]]
        for step in steps:
            host.run(*step, stdin=files[path] if step[0] == "tee" else None)
    return different


def _digests(host: Host, paths: list[str]) -> dict[str, str]:
    lines = host.run("sha256sum", *paths, check=False).splitlines()
    return {path: digest for digest, path in (line.split(maxsplit=1) for line in lines)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
