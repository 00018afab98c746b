"""Scenarios are stored, changed and listed by the area in which they are measured."""

from datetime import UTC, datetime

from geo.registry.scenarios import (
    Scenario,
    change_scenario,
    find_scenario,
    insert_scenario,
    list_scenarios_of,
)
from store import Database

AT = datetime(2026, 10, 9, 13, tzinfo=UTC)


def test_a_scenario_is_stored_changed_and_listed(database: Database) -> None:
    values = {"version": 1, "name": "晚上", "area": "370102", "at": AT, "radius_m": 1_000}
    values |= {"changes": "{}", "made_by": "li.min", "made_at": AT}
    with database.write() as connection:
        number = insert_scenario(connection, values)
        insert_scenario(connection, {**values, "area": "370103"})
        stored = find_scenario(connection, number, lock=True)
        assert stored == Scenario(number, 1, "晚上", "370102", AT, 1_000, "{}", "li.min", AT)
        change_scenario(connection, stored, "夜里", '{"until":"24:00"}')
    with database.read() as connection:
        (found,) = list_scenarios_of(connection, "370102")
    assert (found.version, found.name, found.changes) == (2, "夜里", '{"until":"24:00"}')
