"""32 operating-system processes for the last 100 places: exactly 100, in every round; 200 rounds by make bench-long."""

import pytest

from benefits import verify_ledger
from store import Database
from tests.benefits.racing import PLACES, racers

pytestmark = pytest.mark.endure
ROUNDS = 10


def test_thirty_two_processes_take_exactly_the_last_hundred_places_in_every_round(
    target: str, database: Database
) -> None:
    database.close()
    with racers(target) as crowd:
        assert [crowd.race(seed) for seed in range(ROUNDS)] == [PLACES] * ROUNDS
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
