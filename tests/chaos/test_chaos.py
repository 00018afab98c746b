"""Whatever befalls the installation: each event that was accepted has exactly one outcome, and the books hold.

One installation for all rounds, as in life. The long run is ``make chaos``; its table is build/chaos.md.
"""

import signal
from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from tests.chaos.replaying import replayed
from tests.chaos.rounds import play
from tests.chaos.troubles import DISK_FULL, TROUBLES
from tools.servers.town import Town, town

ROUNDS = 20

pytestmark = [pytest.mark.endure, pytest.mark.needs("kafka", "postgres")]
_NEEDS_A_DISK = pytest.mark.needs("small_disk")  # where none can be mounted, all else is tried
_PLAYED = [
    pytest.param(seed, trouble, marks=_NEEDS_A_DISK if trouble == DISK_FULL else ())
    for seed, trouble in enumerate(islice(cycle(TROUBLES), ROUNDS))
]


@pytest.fixture(scope="module")
def installation() -> Iterator[Town]:
    with town() as made:
        yield made


@pytest.mark.parametrize(("seed", "trouble"), _PLAYED)
def test_nothing_is_lost_or_doubled_whatever_befalls(installation: Town, seed: int, trouble: str) -> None:
    found = play(installation, seed, trouble).reckoned
    assert found.holds, found
    assert found.accepted > 100


def test_what_lies_in_the_topics_makes_the_same_ledger_anew(installation: Town) -> None:
    assert replayed(installation) == []


def test_all_end_in_seconds_when_they_are_asked_to(installation: Town) -> None:
    """One that was started a moment ago has not begun to listen to signals: SIGTERM ends it as well."""
    for kept in installation.kept.values():
        kept.spare()
    installation.until(lambda: all(kept.lives for kept in installation.kept.values()), "all are up again")
    assert {kept.end(patience_s=15) for kept in installation.kept.values()} <= {0, -signal.SIGTERM}
