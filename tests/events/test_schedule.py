"""What the calendar brings comes once, in the order of days, whatever stops or doubles the runs."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.civil_time import add_months
from events.retries import run_in_transaction
from events.runner import EventRunner
from events.schedule.jobs import JobName, birthday_slot, festivals_on, iter_listening_rules
from events.schedule.slots import publish_slots
from members import facts_on, find_anniversaries, find_due_reviews, record_member_changes
from members.birthdays import Birthday
from rules import load_library
from rules.lunar import feast
from store import Database, open_database
from tests.events import scheduling
from tests.events.scheduling import (
    FIRST,
    NOW,
    ORGANISATION,
    TODAY,
    change,
    published_events,
    rule_text,
    run_all,
    runner_of,
    settle_town,
    stored_slots,
)
from tests.members.organisations.acting import event_of, handle
from tests.tiers import budget
from tests.transactions import write_in
from tools.servers.postgres import until_somebody_waits

ROOT = Path(__file__).parents[2]
KILLS = 12


def test_a_week_is_made_up_in_the_order_of_days_and_a_second_run_adds_nothing(database: Database) -> None:
    settle_town(database, 1)
    published = run_all(database)
    events = published_events(database)
    assert published == len(events) > 700
    assert [time for time, _ in events] == sorted(time for time, _ in events)
    assert len({id_ for _, id_ in events}) == len(events)
    assert stored_slots(database) == {id_ for _, id_ in events}
    assert run_all(database) == 0
    assert published_events(database) == events


@pytest.mark.endure
def test_killed_runs_and_two_at_once_publish_what_a_calm_run_does(target: str, tmp_path: Path) -> None:
    database = open_database(target)
    settle_town(database, 2)
    database.close()
    done = subprocess.run(
        [sys.executable, "-m", scheduling.__name__, target, str(KILLS), "20261122"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    database = open_database(target)
    disturbed = [id_ for _, id_ in published_events(database)]
    assert len(disturbed) == len(set(disturbed))
    assert set(disturbed) == stored_slots(database)
    assert run_all(database) == 0, "something was left out"
    database.close()


@pytest.mark.needs("postgres")
def test_a_run_that_waited_for_another_one_publishes_nothing_again(migrated_server: str) -> None:
    database = open_database(migrated_server)
    slots = [birthday_slot(Birthday("m-1", FIRST, "solar", FIRST.year))]
    with ThreadPoolExecutor(1) as pool:
        with database.write() as connection:
            assert publish_slots(connection, slots, NOW) == 1
            later = pool.submit(run_in_transaction, database, lambda other: publish_slots(other, slots, NOW))
            until_somebody_waits(database)
        assert later.result(30) == 0
    assert len(published_events(database)) == 1
    database.close()


def test_a_job_goes_on_after_its_last_complete_day_and_leaves_no_day_out(database: Database) -> None:
    runner = runner_of(database)
    assert [run.day for run in runner.list_runs(TODAY, ["birthday"])] == [TODAY]  # it has never run
    for run in runner.list_runs(FIRST, ["birthday"]):
        list(runner.run_day(run, lambda: False))
    days = [run.day for run in runner.list_runs(TODAY, ["birthday"])]
    assert days == [FIRST + timedelta(days=number) for number in range(1, 8)]
    assert [run.day for run in runner.list_runs(TODAY, ["birthday"], since=TODAY)] == days
    assert runner.list_runs(TODAY, ["birthday"], since=date(2026, 4, 30))[0].day == date(2026, 4, 30)


def test_a_run_stops_while_too_many_events_wait_and_goes_on_afterwards(database: Database) -> None:
    settle_town(database, 3)
    waited: list[int] = []

    def take_some() -> bool:
        waited.append(len(published_events(database)))
        if len(waited) == 1:
            for _ in EventRunner(database, lambda _: scheduling.library(), lambda: NOW).run_ingress():
                pass
        return len(waited) == 1

    runner = runner_of(database, limit=100)
    steps = list(runner.run_days(runner.list_runs(TODAY, since=FIRST), take_some))
    assert len(waited) == 2
    assert steps[-1].run.day < TODAY
    published = len(stored_slots(database))
    assert published == len(set(stored_slots(database))) > 100
    left = runner.list_runs(TODAY)
    assert left[0].day <= steps[-1].run.day + timedelta(days=1), "a day was left out"
    assert run_all(database) > 0
    assert run_all(database) == 0


def test_a_rehearsal_counts_what_a_run_publishes_and_writes_nothing(database: Database) -> None:
    settle_town(database, 4)
    runner = runner_of(database)
    counted = sum(runner.rehearse(run).published for run in runner.list_runs(TODAY, since=FIRST))
    assert stored_slots(database) == set()
    assert counted == run_all(database)
    assert sum(runner.rehearse(run).published for run in runner.list_runs(TODAY, since=FIRST)) == 0


def test_a_corrected_birthday_is_no_second_one_in_its_year(database: Database) -> None:
    born, status = "1990-05-02", {"status": "active", "organisation": ORGANISATION}
    write_in(database, record_member_changes, [change("m", date(2020, 1, 1), birthday=born, **status)], NOW)
    run_day(database, "birthday", date(2026, 5, 2))
    write_in(database, record_member_changes, [change("m", date(2026, 5, 3), birthday="1990-05-07")], NOW)
    run_day(database, "birthday", date(2026, 5, 7))
    assert [id_ for _, id_ in published_events(database)] == ["birthday-m-2026-05-02-solar"]


def run_day(database: Database, job: JobName, day: date, *texts: tuple[str, str]) -> None:
    runner = runner_of(database, load_library(texts) if texts else None)
    for run in runner.list_runs(day, [job], since=day):
        if run.day == day:
            list(runner.run_day(run, lambda: False))


# ---- anniversaries and reviews, beside an oracle that looks at every member on every day --------------------
DAYS = st.dates(date(2019, 1, 1), date(2025, 12, 31)) | st.sampled_from(
    [date(2020, 2, 29), date(2023, 2, 28)]
)
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["m-1", "m-2", "m-3"]),
        DAYS,
        st.sampled_from(["joined", "left", "一般困难", "深度困难", "none"]),
    ),
    max_size=8,
)


@pytest.mark.deeper
@settings(
    max_examples=budget(40),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(drawn=CHANGES, months=st.sampled_from([1, 6, 12]), chosen=st.integers(0, 7), late=st.integers(-1, 1))
def test_who_joined_or_is_due_on_a_day_is_who_the_oracle_names(
    migrated_file: Path,
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[str, date, str]],
    months: int,
    chosen: int,
    late: int,
) -> None:
    path = tmp_path_factory.mktemp("oracle") / "yihui.db"
    path.write_bytes(migrated_file.read_bytes())
    database = open_database(str(path))
    changes = [change(member, on, **stated(what, on)) for member, on, what in drawn]
    base = drawn[chosen % len(drawn)][1] if drawn else date(2022, 3, 1)
    days = {base.replace(year=2026, day=min(base.day, 28)), add_months(base, months)}
    write_in(database, record_member_changes, changes, NOW)
    with database.read() as connection:
        for day in (one + timedelta(days=late) for one in days):
            joined = {
                (one.member_id, one.years) for _, page in find_anniversaries(connection, day) for one in page
            }
            due = {
                (one.member_id, one.level)
                for _, page in find_due_reviews(connection, day, months)
                for one in page
            }
            assert joined == joined_oracle(changes, day)
            assert due == review_oracle(changes, day, months)
    database.close()


def stated(what: str, on: date) -> dict[str, str]:
    if what == "joined":
        return {"status": "active", "joined_on": on.isoformat()}
    return {"status": "left"} if what == "left" else {"hardship_level": what}


def joined_oracle(changes: list[scheduling.MemberChange], day: date) -> set[tuple[str, int]]:
    found = set()
    for member in {one.member_id for one in changes}:
        facts = facts_on([one for one in changes if one.member_id == member], day)
        joined = facts["member.joined_on"]
        if facts["member.status"] in ("left", "none") or not isinstance(joined, date):
            continue
        years = day.year - joined.year
        own = (joined.month, joined.day)
        if own == (2, 29) and (day.year % 4 or day.year == 2100):
            own = (2, 28)
        if years >= 1 and own == (day.month, day.day):
            found.add((member, years))
    return found


def review_oracle(changes: list[scheduling.MemberChange], day: date, months: int) -> set[tuple[str, str]]:
    """Walk from the last statement month by month."""
    found = set()
    for member in {one.member_id for one in changes}:
        own = [one for one in changes if one.member_id == member and one.effective_at.date() <= day]
        said = [
            one for one in sorted(own, key=lambda one: one.effective_at) if "hardship_level" in one.values
        ]
        if not said or facts_on(own, day)["member.status"] in ("left", "none"):
            continue
        level, last = str(said[-1].values["hardship_level"]), said[-1].effective_at.date()
        target = (last.year * 12 + last.month - 1) + months
        is_month = day.year * 12 + day.month - 1 == target
        is_day = day.day == last.day or (day.day < last.day and (day + timedelta(days=1)).day == 1)
        if level != "none" and is_month and is_day:
            found.add((member, level))
    return found


# ---- festivals ------------------------------------------------------------------------------------------
def test_the_festivals_of_the_moon_are_those_that_rules_name() -> None:
    for year in range(2008, 2035):
        for number in range(366):
            day = date(year, 1, 1) + timedelta(days=number)
            ours = {name for name in festivals_on(day) if name in ("春节", "清明", "端午", "中秋")}
            theirs = feast(day) if day.year == year else None
            assert ours <= {theirs}, day
            if theirs in ("春节", "端午", "中秋", "清明"):
                assert ours == {theirs}, day
    assert festivals_on(date(2026, 5, 2)) == (), "a day off beside a festival is no festival"
    assert festivals_on(date(2020, 10, 1)) == ("中秋", "国庆节")


def test_a_festival_is_published_only_where_a_rule_in_force_may_look_at_it(database: Database) -> None:
    with database.write() as connection:
        record_member_changes(
            connection,
            [
                change("m-here", date(2020, 1, 1), status="active", organisation=ORGANISATION),
                change("m-away", date(2020, 1, 1), status="active", organisation="370102001-00001"),
                change("m-left", date(2020, 1, 1), status="left", organisation=ORGANISATION),
            ],
            NOW,
        )
    labour, may_day = date(2026, 5, 1), "among: event.festival == '劳动节'"
    run_day(
        database,
        "festival",
        labour,
        rule_text("other", "calendar.festival", "among: event.festival != '劳动节'"),
    )
    assert published_events(database) == []
    run_day(database, "festival", labour, rule_text("here", "calendar.festival", may_day, "370202"))
    assert [id_ for _, id_ in published_events(database)] == ["festival-m-here-劳动节/2026"]
    run_day(database, "festival", labour, rule_text("all", "calendar.festival"))
    assert len(published_events(database)) == 2
    run_day(database, "festival", date(2026, 5, 2), rule_text("all", "calendar.festival"))
    assert len(published_events(database)) == 2


def test_a_festival_reaches_the_members_of_an_organisation_that_was_moved(database: Database) -> None:
    """莱芜 belongs to 济南 since 2019: a rule of 济南 concerns its members, one of 日照 no more."""
    with database.write() as connection:
        handle(
            connection,
            *(
                event_of("organisation.founded", code, "2000-01-01", name=code)
                for code in ("370000", "370100", "371100", "371202")
            ),
            event_of("organisation.moved", "371202", "2019-01-09", parent="370100"),
        )
        record_member_changes(
            connection,
            [change("m-1", date(2018, 1, 1), status="active", organisation="371202001-00001")],
            NOW,
        )
    labour = date(2026, 5, 1)
    run_day(database, "festival", labour, rule_text("old", "calendar.festival", "", "371200"))
    assert published_events(database) == []
    run_day(database, "festival", labour, rule_text("new", "calendar.festival", "", "370100"))
    assert [id_ for _, id_ in published_events(database)] == ["festival-m-1-劳动节/2026"]


@pytest.mark.parametrize(
    ("among", "listens"),
    [
        ("event.festival == '劳动节'", True),
        ("event.festival == '劳动节' and member.trade == '保安员'", True),
        ("event.festival == '春节' and member.trade == '保安员'", False),
        ("event.festival == '春节' or not known(member.trade)", True),
        ("not (event.festival in ['春节', '中秋'])", True),
        ("member.trade == '保安员'", True),
        ("month(event.on) == 10", False),
    ],
)
def test_a_rule_listens_unless_it_can_concern_nobody_on_that_festival(among: str, listens: bool) -> None:
    rules = load_library([rule_text("one", "calendar.festival", f'among: "{among}"')])
    assert [*iter_listening_rules(rules, "劳动节", date(2026, 5, 1))] == list(rules.rules) * listens


def test_what_the_calendar_brings_may_be_granted_for(database: Database) -> None:
    settle_town(database, 5)
    rules = load_library(
        [
            rule_text(
                "ten-years",
                "member.anniversary",
                "among: event.years == 10\nrequire: [{that: \"member.status == 'active'\", else: 未在册}]",
            )
        ]
    )
    run_all(database, rules)
    outcomes = [
        ruling.outcome
        for batch in EventRunner(database, lambda _: rules, lambda: NOW).run_ingress()
        for ruling in batch.rulings
        if not batch.dead_letters
    ]
    assert outcomes and set(outcomes) == {"granted"}
