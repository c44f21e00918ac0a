"""``python -m lab_hub.keeper``: the keeper of :mod:`hub_common.keeper` over the containers of this instance."""

from hub_common.keeper import main
from lab_hub.containers import Containers, connect
from lab_hub.settings import LIVE_NAMES

if __name__ == "__main__":
    main(LIVE_NAMES, Containers(connect()))
