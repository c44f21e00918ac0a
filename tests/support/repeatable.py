"""Settings for hypothesis with which a test makes up the same input at every run, alone or among others.

``derandomize`` alone does not do it: hypothesis mixes in the constants of all modules of the project that happen to be
imported, so a test would try other input in the whole suite than alone, and other input again on each of several workers.
"""

from typing import Any

from hypothesis import settings
from hypothesis.internal.conjecture import providers


def repeatable(**more: Any) -> settings:
    """Return settings for made-up input that depends on the test alone; ``more`` as for ``hypothesis.settings``."""
    none_of_the_modules = providers.Constants()
    providers._get_local_constants = lambda: none_of_the_modules
    providers.CONSTANTS_CACHE.cache.clear()
    return settings(derandomize=True, database=None, deadline=None, print_blob=False, **more)
