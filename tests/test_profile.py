"""The profile of Hypothesis is the one of the tests, and a test's own settings stand above it."""

import os
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.profile import SLOW


@given(st.none())
def test_no_example_has_a_deadline_and_no_slow_machine_fails_it(_: None) -> None:
    now = settings()
    assert (now.deadline, now.print_blob) == (None, True)
    assert set(SLOW) <= set(now.suppress_health_check)
    assert now.derandomize == bool(os.environ.get("CI"))


def test_what_a_test_says_itself_wins_and_the_rest_is_the_profiles() -> None:
    own = settings(deadline=50, derandomize=not settings().derandomize, max_examples=7)
    assert (own.deadline, own.max_examples) == (timedelta(milliseconds=50), 7)
    assert own.derandomize != settings().derandomize
    assert own.suppress_health_check == settings().suppress_health_check
    assert settings(suppress_health_check=[HealthCheck.too_slow]).suppress_health_check == (
        HealthCheck.too_slow,
    )
