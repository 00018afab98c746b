"""How Hypothesis looks for examples in every run, unless a test says otherwise by its own ``@settings``."""

import os

from hypothesis import HealthCheck, settings

# What a busy machine fails by, though nothing is wrong: a test that says more repeats them.
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
_HOME, _CI = "yihui", "yihui-ci"


def load() -> None:
    """At home new examples are looked for each time; where `CI` is set a run repeats the one before."""
    settings.register_profile(_HOME, deadline=None, suppress_health_check=SLOW, print_blob=True)
    settings.register_profile(_CI, settings.get_profile(_HOME), derandomize=True, database=None)
    settings.load_profile(_CI if os.environ.get("CI") else _HOME)
