"""Memberships by days: equal to the facts of every day, live and rebuilt."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, text

from core.civil_time import start_of_day
from events import BatchOutcome
from members import (
    MemberChange,
    compute_memberships,
    facts_on,
    iterate_employed_members,
    list_current_members,
    normalize_employer,
    read_member_changes,
    rebuild_memberships,
    record_member_changes,
)
from store import Database
from tests.members.organisations.acting import codes_of, event_of, handle
from tests.tiers import budget

A, B, C = "370202001-00001", "370202001-00002", "370203001"
FIRST = date(2020, 1, 1)


def change(day: int, hour: int, **values: str) -> MemberChange:
    at = start_of_day(FIRST + timedelta(days=day)) + timedelta(hours=hour)
    return MemberChange("m-1", at, "member.changed", "/t", f"{day}-{hour}", values)


@pytest.mark.deeper
def test_on_each_day_the_membership_is_what_the_facts_say() -> None:
    for seed in range(budget(300)):
        _compare_memberships_with_facts(random.Random(seed))


def _compare_memberships_with_facts(chance: random.Random) -> None:
    changes = [change(0, 0, organisation=A, status="active")] if chance.random() < 0.9 else []
    for _ in range(chance.randint(0, 8)):
        values = chance.choice(
            [
                {"organisation": chance.choice([A, B])},
                {"status": chance.choice(["active", "suspended", "left"])},
                {"trade": "快递员"},
                {"organisation": C, "status": "active"},
            ]
        )
        changes.append(change(chance.randint(0, 6), chance.randint(0, 23), **values))
    found = compute_memberships(changes)
    for number in range(-1, 9):
        day = FIRST + timedelta(days=number)
        facts = facts_on(changes, day)
        held = [one for one in found if one.since <= day and (one.until is None or day < one.until)]
        inside = facts["member.status"] not in ("none", "left") and facts["member.organisation"] is not None
        said = [(one.organisation, one.status) for one in held]
        assert said == [(facts["member.organisation"], facts["member.status"])] * inside
    assert all(one.until is None or one.since < one.until for one in found)


def members_of(connection: Connection, code: str) -> list[str]:
    return [one.member_id for one in list_current_members(connection, code)]


def found_two(connection: Connection) -> None:
    for code, name in ((A, "甲公司工会"), (B, "乙公司工会")):
        handle(connection, event_of("organisation.founded", code, "2015-01-01", name=name))


def join(connection: Connection, member: str, code: str, on: str) -> BatchOutcome:
    return handle(connection, event_of("member.joined", member, on, organisation=code, joined_on=on))


def memberships(connection: Connection) -> list[object]:
    return list(connection.execute(text("SELECT * FROM memberships ORDER BY member_id, since")).all())


def test_a_merger_takes_the_members_along_in_one_transaction(database: Database) -> None:
    with database.write() as connection:
        found_two(connection)
        for number in range(3):
            join(connection, f"m-{number}", A, "2020-05-01")
        done = handle(connection, event_of("organisation.merged", A, "2021-01-01", into=B))
        assert (done.handled, codes_of(done)) == (4, [])
        assert members_of(connection, A) == []
        assert members_of(connection, B) == ["m-0", "m-1", "m-2"]
        history = read_member_changes(connection, ["m-1"])["m-1"]
        assert facts_on(history, date(2020, 12, 31))["member.organisation"] == A
        assert facts_on(history, date(2021, 1, 1))["member.organisation"] == B
        live = memberships(connection)
        assert rebuild_memberships(connection) == 6
        assert memberships(connection) == live


def test_one_batch_gives_what_single_events_give(database: Database) -> None:
    """What joins, a merger and a second one in the same batch come to does not depend on where batches end."""
    with database.write() as connection:
        found_two(connection)
        done = handle(
            connection,
            event_of("member.joined", "m-1", "2020-05-01", organisation=A, joined_on="2020-05-01"),
            event_of("organisation.merged", A, "2021-01-01", into=B),
            event_of("member.joined", "m-2", "2022-05-01", organisation=B, joined_on="2022-05-01"),
            event_of("organisation.founded", C, "2000-01-01", name="某街道工会联合会"),
            event_of("organisation.dissolved", B, "2023-01-01", into=C),
        )
        assert codes_of(done) == []
        assert members_of(connection, C) == ["m-1", "m-2"]


def test_joining_what_has_ended_names_where_its_members_went(database: Database) -> None:
    with database.write() as connection:
        found_two(connection)
        handle(connection, event_of("organisation.merged", A, "2021-01-01", into=B))
        done = join(connection, "m-1", A, "2021-01-01")
        assert codes_of(done) == ["organisation.ended"]
        assert done.dead_letters[0].faults[0].params["into"] == B
        handle(connection, event_of("organisation.dissolved", B, "2022-01-01"))
        assert codes_of(join(connection, "m-1", B, "2021-06-01")) == ["organisation.ended_for_good"]
        assert memberships(connection) == []


def test_who_joined_before_a_merger_and_is_recorded_after_it_goes_along(database: Database) -> None:
    with database.write() as connection:
        found_two(connection)
        handle(connection, event_of("organisation.merged", A, "2021-01-01", into=B))
        done = handle(
            connection,
            event_of("member.joined", "m-1", "2020-03-01", organisation=A, joined_on="2020-03-01"),
            event_of("member.profile_changed", "m-1", "2021-02-01", trade="快递员"),
        )
        assert (done.handled, codes_of(done)) == (3, [])
        history = read_member_changes(connection, ["m-1"])["m-1"]
        assert facts_on(history, date(2020, 12, 31))["member.organisation"] == A
        assert facts_on(history, date(2021, 1, 1))["member.organisation"] == B
        live = memberships(connection)
        rebuild_memberships(connection)
        assert memberships(connection) == live


@pytest.mark.both_databases
def test_a_split_takes_the_named_members_and_leaves_the_others(database: Database) -> None:
    with database.write() as connection:
        found_two(connection)
        join(connection, "m-1", A, "2020-05-01")
        join(connection, "m-2", A, "2020-05-01")
        part = {"organisation": "370202001-00009", "name": "丙公司工会", "members": ["m-2"]}
        stranger = {**part, "members": ["m-2", "m-3"]}
        refused = handle(connection, event_of("organisation.split", A, "2021-01-01", parts=[stranger]))
        assert codes_of(refused) == ["organisation.not_a_member"]
        done = handle(connection, event_of("organisation.split", A, "2021-01-01", parts=[part]))
        assert codes_of(done) == []
        assert members_of(connection, A) == ["m-1"]
        assert members_of(connection, "370202001-00009") == ["m-2"]


def test_a_member_who_joined_after_a_backdated_merger_moves_on_the_day_of_joining(database: Database) -> None:
    with database.write() as connection:
        found_two(connection)
        join(connection, "m-1", A, "2021-06-01")
        handle(connection, event_of("organisation.merged", A, "2021-01-01", into=B))
        assert members_of(connection, B) == ["m-1"]
        (one,) = list_current_members(connection, B)
        assert one.since == date(2021, 6, 1)


@pytest.mark.parametrize("end", ["member.left", "member.died"])
def test_who_left_or_died_becomes_a_member_again_by_joining_alone(database: Database, end: str) -> None:
    with database.write() as connection:
        found_two(connection)
        join(connection, "m-1", A, "2020-05-01")
        handle(connection, event_of(end, "m-1", "2021-01-01"))
        handle(connection, event_of("member.retired", "m-1", "2021-02-01"))
        handle(connection, event_of("member.transferred", "m-1", "2021-03-01", organisation=B))
        if end == "member.died":
            handle(connection, event_of("member.left", "m-1", "2021-03-02"))
            handle(connection, event_of("member.profile_changed", "m-1", "2021-03-03", status="active"))
        assert members_of(connection, A) == members_of(connection, B) == []
        history = read_member_changes(connection, ["m-1"])["m-1"]
        expected = "deceased" if end == "member.died" else "left"
        assert facts_on(history, date(2021, 4, 1))["member.status"] == expected
        join(connection, "m-1", B, "2021-05-01")
        assert members_of(connection, B) == ["m-1"]


def test_who_retired_stays_a_member(database: Database) -> None:
    with database.write() as connection:
        found_two(connection)
        join(connection, "m-1", A, "2020-05-01")
        handle(connection, event_of("member.retired", "m-1", "2021-01-01", reason="到龄退休"))
        (one,) = list_current_members(connection, A)
        assert (one.status, one.since, one.begun_by) == ("retired", date(2021, 1, 1), "member.retired")


@pytest.mark.both_databases
def test_where_the_members_of_a_home_work_is_what_their_facts_of_the_day_state(database: Database) -> None:
    chance, day = random.Random(7), FIRST + timedelta(days=3)
    changes = []
    for number in range(80):
        enrolled = {
            "status": chance.choice(["active", "suspended"]),
            "organisation": chance.choice([A, B, C]),
        }
        stated = [enrolled] + [
            chance.choice([{"employer": one}, {"trade": "快递员", "employer": one}, {"trade": one}])
            for one in chance.choices(["甲公司", "乙（济南）　公司", "　", '"employer":'], k=4)
        ]
        days = [0, *chance.choices(range(6), k=4)]
        changes += [
            replace(
                change(on, chance.randint(0, 23), **one), member_id=f"m-{number}", event_id=f"{number}-{n}"
            )
            for n, (on, one) in enumerate(zip(days, stated, strict=True))
        ]
    with database.write() as connection:
        record_member_changes(connection, changes, start_of_day(day))
        rebuild_memberships(connection)
        found = [
            (one.home, one.member_id, one.employer)
            for one in iterate_employed_members(connection, [A, B], day)
        ]
    by_facts = []
    for number in range(80):
        own = [one for one in changes if one.member_id == f"m-{number}"]
        facts = facts_on(own, day)
        home, name = (
            str(facts["member.organisation"]),
            normalize_employer(str(facts["member.employer"] or "")),
        )
        if facts["member.status"] == "active" and home in (A, B) and name:
            by_facts.append((home, f"m-{number}", name))
    assert found == sorted(by_facts) and found
