"""The users' containers that run on this instance, counted without asking Docker, which the agent may not.

Each running container has a port at the bridge of the containers' network; hub and proxy run on the instance itself.
https://docs.kernel.org/networking/bridge.html
"""

from pathlib import Path

# The bridge of the cookbook's image.json
BRIDGE_FOLDER = Path("/sys/class/net/br-lab/brif")


def running_containers(folder: Path = BRIDGE_FOLDER) -> int | None:
    """Return how many run, 0 when the network was never made, None when the kernel does not say."""
    try:
        return sum(1 for _ in folder.iterdir())
    except FileNotFoundError:
        return 0
    except OSError:
        return None
