"""``python -m lab_hub.keeper``: the keeper of :mod:`swarm_hub.keeper` over the containers of this instance."""

from lab_hub.containers import Containers, connect
from swarm_hub.keeper import main

if __name__ == "__main__":
    main(Containers(connect()))
