"""Where the Python packages of the hubs lie: in the cookbooks that put them on the nodes.

The only place in Python that says so. ``pyproject.toml`` lists the same folders for the tools.
"""

from pathlib import Path

COOKBOOKS = Path(__file__).resolve().parents[1] / "cookbooks"
# Each folder holds packages: what both hubs share, and each hub's own beside its jupyterhub_config.py.
HUB_COMMON = COOKBOOKS / "hub_common/files/default"
SWARM_HUB = COOKBOOKS / "jupyterhub/files/default/hub"
LAB_HUB = COOKBOOKS / "jupyterhub_lab/files/default/hub"
HUB_FOLDERS = (HUB_COMMON, SWARM_HUB, LAB_HUB)
