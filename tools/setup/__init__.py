"""Set the project up on a machine: check the tools, install what the locks name, find the AWS provider.

``python3 -m tools.setup`` is what ``make setup`` runs. It uses the system's Python and nothing but the
standard library, because nothing is installed yet. This file is the only one that an old Python has to
understand: it says that the Python is too old before any other module is loaded.
"""

import sys

PYTHON_MINIMUM = (3, 11)

if sys.version_info < PYTHON_MINIMUM:
    sys.exit(
        "Python 3.11 or newer is needed, found "
        + sys.version.split()[0]
        + ": install it, then: make setup PYTHON=/path/to/that/python3"
    )
