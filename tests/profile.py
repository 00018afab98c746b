"""How Hypothesis looks for examples in every run, unless a test says otherwise by its own ``@settings``."""

import os
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings

from tests.tiers import budget

Test = TypeVar("Test", bound=Callable[..., object])

# What a busy machine fails by, though nothing is wrong: a test that says more repeats them.
SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large)
_HOME, _CI = "yihui", "yihui-ci"


def load() -> None:
    """At home new examples are looked for each time; where `CI` is set a run repeats the one before."""
    settings.register_profile(_HOME, deadline=None, suppress_health_check=SLOW, print_blob=True)
    settings.register_profile(_CI, settings.get_profile(_HOME), derandomize=True, database=None)
    settings.load_profile(_CI if os.environ.get("CI") else _HOME)


def searched(whole: int, *, anew: bool = False) -> Callable[[Test], Test]:
    """Mark a property test as ``deeper``: it looks at a budget of examples, at home too the same ones each time.

    With ``anew`` new examples are looked for at home.
    """

    def mark(test: Test) -> Test:
        bounded = settings(max_examples=budget(whole))
        if not anew:
            bounded = settings(bounded, derandomize=True)
        return pytest.mark.deeper(bounded(test))

    return mark
