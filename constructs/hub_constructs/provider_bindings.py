"""Makes importing one resource of the AWS provider cheap.

``cdktf_cdktf_provider_aws/__init__.py`` imports all of its 2,135 submodules, which costs 7 to 12 seconds of a
synth. A bare module of that name with the right ``__path__`` and ``__spec__`` lets Python import only the
submodules that are asked for; the synthesized bytes are the same. ``make bench`` measures the difference.
"""

import importlib.util
import sys

PACKAGE = "cdktf_cdktf_provider_aws"


def register_aws_bindings() -> bool:
    """Register the bare package; return False when the package was imported before and nothing was done."""
    if PACKAGE in sys.modules:
        return False
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed: run `make setup`", name=PACKAGE)
    sys.modules[PACKAGE] = importlib.util.module_from_spec(spec)
    return True
