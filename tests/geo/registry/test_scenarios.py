"""Scenarios are stored, changed and listed by the area in which they are measured."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from geo.registry.planning import (
    Scenario,
    change_scenario,
    delete_scenario,
    find_scenario,
    insert_scenario,
    list_scenarios_of,
)
from store import Database

AT = datetime(2026, 10, 9, 13, tzinfo=UTC)


def test_a_scenario_is_stored_changed_listed_and_deleted(database: Database) -> None:
    values = {
        "version": 1,
        "name": "晚上",
        "area": "370102",
        "at": AT,
        "radius_m": 1_000,
        "demand": "population",
    }
    values |= {"changes": "{}", "made_by": "li.min", "made_at": AT}
    with database.write() as connection:
        number = insert_scenario(connection, values)
        insert_scenario(connection, {**values, "area": "370103"})
        stored = find_scenario(connection, number, lock=True)
        assert stored == Scenario(number, 1, "晚上", "370102", AT, 1_000, "population", "{}", "li.min", AT)
        later = AT + timedelta(hours=2)
        other = replace(
            stored, name="夜里", changes='{"until":"24:00"}', at=later, radius_m=500, demand="area"
        )
        change_scenario(connection, other)
    with database.read() as connection:
        assert list_scenarios_of(connection, "370102") == [replace(other, version=2)]
    with database.write() as connection:
        delete_scenario(connection, number)
        assert find_scenario(connection, number) is None
        assert len(list_scenarios_of(connection, "370103")) == 1
