"""Records of the yearly cycle come as events: stored once, corrected by later ones, refused with a reason."""

from datetime import date

import pytest
from sqlalchemy import select

from events import EventRunner
from events.schedule.jobs import ScheduleTerms
from events.schedule.running import ScheduleRunner
from events.tables import journal
from members import read_spans
from members.duties.due import compute_duties, find_life
from members.duties.records import payloads_in_force
from members.duties.repository import iter_records, read_records
from members.duties.terms import DutyTerms
from store import Database
from tests.events.scheduling import published_events
from tests.members.organisations.acting import NO_RULES, NOW, codes_of, event_of, handle

pytestmark = pytest.mark.endure

CITY, DISTRICT, TOWN, SHOP = "370100", "370102", "370102001", "370102001-00012"


@pytest.fixture
def town(database: Database) -> Database:
    with database.write() as connection:
        for code in (CITY, DISTRICT, TOWN, SHOP):
            since = "2026-05-04" if code == SHOP else "2001-01-01"
            handle(connection, event_of("organisation.founded", code, since, name=f"工会 {code}"))
    return database


def counts(database: Database, day: str, code: str = SHOP) -> list[int]:
    with database.read() as connection:
        records = payloads_in_force(read_records(connection, [code])[code], date.fromisoformat(day))
    return [record.number for record in records if hasattr(record, "number")]


def test_a_record_is_stored_once_and_a_later_one_of_its_key_replaces_it(town: Database) -> None:
    first = event_of("organisation.members_counted", SHOP, "2026-07-01", number=31, by="o-1")
    with town.write() as connection:
        assert handle(connection, first, first).duplicates == 1
        assert handle(connection, first).duplicates == 1
        assert handle(
            connection, event_of("organisation.members_counted", SHOP, "2026-07-01", number=13)
        ).handled
        handle(connection, event_of("organisation.members_counted", SHOP, "2026-09-01", number=40))
    assert counts(town, "2026-08-01") == [13]
    assert counts(town, "2026-10-01") == [13, 40]
    assert counts(town, "2026-06-30") == []


def test_a_withdrawn_record_never_was_and_the_one_before_holds(town: Database) -> None:
    first = event_of("organisation.members_counted", SHOP, "2026-07-01", number=31)
    second = event_of("organisation.members_counted", SHOP, "2026-07-01", number=13)
    with town.write() as connection:
        handle(connection, first, second)
        withdrawn = {"record": second.event.id}
        handle(connection, event_of("organisation.record_withdrawn", SHOP, "2026-08-01", **withdrawn))
        again = handle(connection, event_of("organisation.record_withdrawn", SHOP, "2026-08-02", **withdrawn))
        elsewhere = handle(
            connection, event_of("organisation.record_withdrawn", TOWN, "2026-08-02", record=first.event.id)
        )
    assert counts(town, "2026-07-15") == [31]
    assert codes_of(again) == codes_of(elsewhere) == ["duty.no_record"]


@pytest.mark.parametrize(
    ("kind", "code", "day", "data", "faults"),
    [
        ("members_counted", SHOP, "2026-05-03", {"number": 3}, ["organisation.not_on_day"]),
        ("members_counted", "370203", "2026-05-03", {"number": 3}, ["organisation.not_on_day"]),
        ("dues_passed_up", SHOP, "2026-07-03", {"to": SHOP}, ["duty.to_itself"]),
        ("dues_passed_up", SHOP, "2026-07-03", {"to": "370203"}, ["organisation.not_on_day"]),
        ("dues_passed_up", SHOP, "2026-07-03", {"to": "370000"}, []),  # above the city, and not listed
        ("dues_passed_up", SHOP, "2026-07-03", {"to": TOWN}, []),
    ],
)
def test_what_can_not_be_is_refused(
    town: Database, kind: str, code: str, day: str, data: dict[str, object], faults: list[str]
) -> None:
    if kind == "dues_passed_up":
        data = {"period": "2026-Q2", "amount_fen": 100, **data}
    with town.write() as connection:
        assert codes_of(handle(connection, event_of(f"organisation.{kind}", code, day, **data))) == faults


def test_an_ended_organisation_owes_nothing_and_takes_no_record(town: Database) -> None:
    with town.write() as connection:
        handle(connection, event_of("organisation.merged", SHOP, "2026-09-01", into=TOWN))
        late = handle(connection, event_of("organisation.members_counted", SHOP, "2026-09-01", number=3))
        assert codes_of(late) == ["organisation.ended"]
        assert find_life(read_spans(connection, [SHOP])[SHOP], date(2026, 9, 1)) is None
        life = find_life(read_spans(connection, [SHOP])[SHOP], date(2026, 8, 31))
        assert life and life.since == date(2026, 5, 4)
        assert compute_duties(life, [], DutyTerms(), date(2026, 8, 31))[0].due_on == date(2031, 5, 4)


def test_pages_hold_the_subtree_of_the_day(town: Database) -> None:
    with town.write() as connection:
        handle(connection, event_of("organisation.moved", SHOP, "2026-08-01", parent=CITY))
        pages = {
            day: [one.span.code for page in iter_records(connection, DISTRICT, day, page=1) for one in page]
            for day in (date(2026, 7, 31), date(2026, 8, 1))
        }
    assert pages == {date(2026, 7, 31): [DISTRICT, TOWN, SHOP], date(2026, 8, 1): [DISTRICT, TOWN]}


def test_a_reminder_and_an_overdue_duty_are_published_once(town: Database) -> None:
    terms = ScheduleTerms(NO_RULES, duties=DutyTerms(date(2026, 1, 1), reminder_days=30, reports=()))
    runner = ScheduleRunner(town, lambda _: terms, lambda: NOW, 10**6)
    with town.write() as connection:
        held = event_of("organisation.election_held", TOWN, "2023-08-20", term_years=3)
        handle(connection, held)
        for code in (CITY, DISTRICT, TOWN):
            for kind, more in (("dues_received", {}), ("dues_passed_up", {"to": "370000"})):
                paid = {"period": "2026", "amount_fen": 1, **more}
                assert not codes_of(
                    handle(connection, event_of(f"organisation.{kind}", code, "2026-06-30", **paid))
                )
    for day in ("2026-07-21", "2026-07-30", "2026-07-31", "2026-07-31", "2026-08-21"):
        on = date.fromisoformat(day)
        [run] = [one for one in runner.list_runs(on, ["organisation_duty"], on) if one.day == on]
        assert [*runner.run_day(run, lambda: False)][-1].is_done
    ids = [id_.removeprefix("organisation_duty-") for _, id_ in published_events(town)]
    assert ids == [
        f"{TOWN}-election/2026-08-20/reminder",
        f"{SHOP}-dues_received/2026-Q2/overdue",
        f"{SHOP}-dues_passed_up/2026-Q2/overdue",
        f"{TOWN}-election/2026-08-20/overdue",
    ]
    for _ in EventRunner(town, lambda _: NO_RULES, lambda: NOW).run_ingress():
        pass
    with town.read() as connection:
        texts = connection.execute(select(journal.c.event)).scalars().all()
    assert sum("organisation.duty_due" in text for text in texts) == 4
