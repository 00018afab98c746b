"""A waiting list asks its rule for the day on which the place became free, however late the daily work is done."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from benefits import Officer, ReversalCriteria, Transaction, apply_reversal, list_budgets, verify_ledger
from benefits.sessions.sessions import list_seats
from benefits.tables.decisions import grants
from benefits.tables.draws import waiting_moves
from core.civil_time import civil_date
from events import Event, InboundEvent, parse_event
from events.acts import record_act
from events.replaying import JournalReplaySource
from tests.benefits.polls import heard, imported
from tests.events.passing_days import empty_database
from tests.profile import SLOW
from tests.tiers import budget
from tests.transactions import read_in, rows_in, values_in
from tests.yihui.budgets import change_budget, set_budget
from tests.yihui.nouns import do
from tests.yihui.organising import OFFICER
from yihui.bootstrap import Settings, Wiring
from yihui.money.vouchers.acts import VOID
from yihui.services.benefits import claims as claiming
from yihui.services.benefits.benefits import list_member_decisions, list_member_participations
from yihui.services.benefits.member_home import load_member_home
from yihui.services.events.replay import replay_into_scratch
from yihui.services.operation.upkeep import run_upkeep

LAST = date(2026, 10, 9)
RULE = """
id: three
title: 三份券
basis: [{kind: example, note: 试验}]
owner: "370000"
in_force: {from: 2026-10-01, until: %s}
on: campaign.entered
require: [{that: "member.status == 'active'", else: 没有在册会籍}]
benefit: {kind: voucher, amount_fen: 1000, unit: 张}
limit: {times: 1, per: [member], every: once}
allocate: {mode: first_come, quota: %s, every: once, waiting_list: true}
budget: three
expires: P30D
%s
"""


def day(number: int) -> date:
    return date(2026, 10, number)


@dataclass
class Office:
    """One rule with places, members who enter on 3 October, and a clock."""

    folder: Path
    quota: int = 3
    claim: str = ""
    budget_yuan: int = 1000
    until: date = LAST
    now: datetime = datetime(2026, 10, 3, 1, tzinfo=UTC)
    wiring: Wiring = field(init=False)

    def __post_init__(self) -> None:
        rules = self.folder / "rules"
        rules.mkdir()
        (rules / "three.yaml").write_text(RULE % (self.until, self.quota, self.claim), "utf-8")
        target = str(empty_database(self.folder / "office.db"))
        self.wiring = Wiring(Settings(target, self.folder / "data", rules=(rules,)), lambda: self.now)
        set_budget(self.wiring, "three", str(self.budget_yuan))

    def enter(self, members: int) -> None:
        names = [f"m-{number}" for number in range(members)]
        self.send(*map(imported, names), *(entered(name) for name in names))

    def send(self, *items: InboundEvent) -> None:
        for _ in self.wiring.runner.run_events(items):
            pass

    def on(self, number: int) -> "Office":
        self.now = max(self.now, datetime(2026, 10, 1, 1, tzinfo=UTC) + timedelta(days=number - 1))
        return self

    def grant(self, member: str) -> str:
        (id_,) = values_in(self.wiring.database, select(grants.c.id).where(grants.c.member_id == member))
        return str(id_)

    def set_budget(self, yuan: int) -> None:
        change_budget(self.wiring, "three", str(yuan))

    def reverse(self, member: str) -> object:
        wrong = ReversalCriteria("three", decision=self.grant(member))
        officer = Officer("li.min", self.now, civil_date(self.now), "发错")
        with self.wiring.database.write() as connection:
            done = apply_reversal(connection, officer, wrong)
            said = {
                "rule": "three",
                "version": None,
                "since": None,
                "until": None,
                "decision": wrong.decision,
            }
            record_act(connection, "reverse", self.now, **said, by=officer.who, reason=officer.reason)
        return done

    def void(self, member: str) -> Transaction:
        return do(self.wiring, OFFICER, VOID, self.grant(member), reason="作废")

    def work(self) -> None:
        run_upkeep(self.wiring)

    def moves(self) -> dict[str, tuple[date, date | None]]:
        """The day of each grant from the list, and its last day."""
        c = grants.c
        query = select(c.member_id, c.granted_on, c.expires_on).join(
            waiting_moves, waiting_moves.c.decision_id == c.id
        )
        return {
            row.member_id: (row.granted_on, row.expires_on) for row in rows_in(self.wiring.database, query)
        }


def entered(member: str, on: date = date(2026, 10, 3)) -> InboundEvent:
    return heard("campaign.entered", member, f"{on}T10:00:00", f"e-{member}", {"campaign": "三份"})


@pytest.fixture
def office(tmp_path: Path) -> Office:
    there = Office(tmp_path)
    there.enter(5)
    return there


@pytest.mark.parametrize(("freed", "worked"), [(9, 9), (9, 12), (9, 30), (5, 9)])
def test_a_place_freed_by_the_last_day_counts_for_that_day_however_late_it_is_served(
    office: Office, freed: int, worked: int
) -> None:
    office.on(freed).reverse("m-0")
    office.on(worked).work()
    assert office.moves() == {"m-3": (day(freed), day(worked) + timedelta(days=30))}


@pytest.mark.parametrize("end", ["reverse", "void"])
@pytest.mark.parametrize("worked", [10, 12, 30])
def test_a_place_freed_after_the_last_day_is_given_to_nobody(office: Office, end: str, worked: int) -> None:
    getattr(office.on(10), end)("m-0")
    office.on(worked).work()
    assert office.moves() == {}


def test_each_place_goes_to_the_next_with_its_own_day(office: Office) -> None:
    office.on(7).reverse("m-1")
    office.on(9).reverse("m-0")
    office.on(11).reverse("m-2")
    office.on(14).work()
    assert {member: on for member, (on, _) in office.moves().items()} == {"m-3": day(7), "m-4": day(9)}


def test_a_place_counts_for_nobody_before_she_waited(office: Office) -> None:
    office.on(5).reverse("m-0")
    office.on(6).reverse("m-1")
    office.on(6).reverse("m-2")
    office.on(8).send(imported("late"), entered("late", day(8)))
    office.on(8).work()
    assert {member: on for member, (on, _) in office.moves().items()} == {
        "m-3": day(5),
        "m-4": day(6),
        "late": day(8),
    }


def test_money_that_came_after_the_last_day_moves_nobody_up(tmp_path: Path) -> None:
    office = Office(tmp_path, budget_yuan=30)
    office.enter(5)
    (tmp_path / "rules" / "three.yaml").write_text(
        RULE % (LAST, 5, ""), "utf-8"
    )  # places were added: money lacks
    office.wiring = Wiring(office.wiring.settings, lambda: office.now)
    office.on(9).set_budget(40)
    office.on(10).set_budget(50)
    office.on(12).work()
    assert {member: on for member, (on, _) in office.moves().items()} == {"m-3": day(9)}


def told(office: Office, member: str) -> tuple[str, str]:
    """How a member's place on the list and the decision about it stand; her first page says the same."""
    (part,) = list_member_participations(office.wiring, member)
    home = load_member_home(office.wiring, member, datetime(2026, 10, 1, tzinfo=UTC))
    assert (home.lists_over == {part.id}) is (part.state == "over")
    records = list_member_decisions(office.wiring, member, "three", None)
    return part.state, next(one.outcome for one in records if one.why.outcome == "waiting")


def test_who_waits_on_a_list_that_is_over_reads_so(office: Office) -> None:
    office.on(9).work()
    assert told(office, "m-3") == ("waiting", "waiting"), "a place may become free today"
    office.on(10).reverse("m-0")
    assert told(office, "m-3") == ("over", "list_over")
    with office.wiring.database.read() as connection:
        seats = list_seats(connection, "three", day(10), office.wiring.rulebook.in_force)
    assert [seat.state for seat in seats] == ["enrolled", "enrolled", "over", "over"]
    office.on(12).work()
    assert told(office, "m-3") == ("over", "list_over")
    (why, *_) = list_member_decisions(office.wiring, "m-3", "three", None)
    assert not any(reason.remedy for reason in why.why.reasons), "nobody is advised to wait"


def test_a_list_is_not_over_while_a_place_of_its_days_is_still_to_be_given(tmp_path: Path) -> None:
    office = Office(tmp_path, claim="claim: {within: P4D}")
    office.enter(5)
    office.on(11)
    assert told(office, "m-3") == ("waiting", "waiting"), "three claims lapsed on the 8th"
    office.work()
    assert {member: on for member, (on, _) in office.moves().items()} == {"m-3": day(8), "m-4": day(8)}
    (tmp_path / "more").mkdir()
    other = Office(tmp_path / "more")
    other.enter(4)
    other.on(9).reverse("m-1")
    other.on(12)
    assert told(other, "m-3") == ("waiting", "waiting"), "the place of the 9th is hers"
    other.work()
    assert told(other, "m-3") == ("served", "waiting")


@pytest.mark.needs("shared")
def test_three_places_of_the_field_are_given_as_its_readme_says(tmp_path: Path, shared: Path) -> None:
    field_ = shared.parent / "field" / "round2"
    office = Office(tmp_path, now=datetime(2026, 10, 3, 3, tzinfo=UTC))
    (tmp_path / "rules" / "three.yaml").unlink()
    (tmp_path / "rules" / "t-three.yaml").write_text((field_ / "t-three.yaml").read_text("utf-8"), "utf-8")
    lines = (field_ / "67_three.jsonl").read_text("utf-8").splitlines()
    events = [parse_event(line, office.now) for line in lines]
    members = [one.subject for one in events if isinstance(one, Event)]
    office.send(*map(imported, members), *(InboundEvent(one, "field") for one in events))
    office.on(12).void(members[0])
    office.on(13).work()
    assert office.moves() == {}
    standing = [
        part.state for member in members for part in list_member_participations(office.wiring, member)
    ]
    assert standing and set(standing) == {"over"}


@dataclass
class SlowOffice:
    """The same, told a second time, one day after the other: who holds a place, who waits, who moved up when.

    ``works`` are the days of the daily work: a claim of who moves up runs from the work that did it.
    """

    quota: int
    yuan: int
    claim_days: int | None
    held: dict[str, date | None] = field(default_factory=dict)  # member → last day to claim
    line: list[str] = field(default_factory=list)
    moved: dict[str, date] = field(default_factory=dict)
    done: date = date(2026, 10, 3)

    def work(self, today: date, acts: dict[date, list[tuple[str, str]]]) -> None:
        while self.done < today:
            self.done += timedelta(days=1)
            for member in [one for one, last in self.held.items() if last is not None and last < self.done]:
                self.end(member)
            for kind, member in acts.get(self.done, []):
                if kind == "raise":
                    self.yuan += 10
                elif kind == "claim":
                    self.held[member] = None
                else:
                    self.end(member)
            while self.line and len(self.held) < self.quota and self.yuan >= 10 and self.done <= LAST:
                member = self.line.pop(0)
                self.take(member, today)
                self.moved[member] = self.done

    def take(self, member: str, known: date) -> None:
        self.held[member] = None if self.claim_days is None else known + timedelta(days=self.claim_days)
        self.yuan -= 10

    def end(self, member: str) -> None:
        del self.held[member]
        self.yuan += 10


ACTS = st.lists(
    st.tuples(st.integers(4, 16), st.sampled_from(["reverse", "void", "raise", "claim"]), st.integers(0, 6)),
    max_size=12,
)


@pytest.mark.deeper
@settings(
    derandomize=True,
    deadline=None,
    max_examples=budget(60),
    phases=[Phase.generate],
    suppress_health_check=SLOW,
)
@given(
    acts=ACTS,
    works=st.sets(st.integers(4, 20)),
    quota=st.integers(1, 3),
    yuan=st.integers(1, 7),
    claim_days=st.sampled_from([None, 2, 5]),
)
def test_late_work_gives_what_work_of_each_day_gives(acts, works, quota, yuan, claim_days) -> None:
    with TemporaryDirectory() as folder:
        claim = "" if claim_days is None else f"claim: {{within: P{claim_days}D}}"
        office = Office(Path(folder), quota, claim, budget_yuan=yuan * 10)
        office.enter(7)
        slow = SlowOffice(quota, yuan * 10, claim_days)
        for number in range(7):
            if len(slow.held) < quota and slow.yuan >= 10:
                slow.take(f"m-{number}", day(3))
            else:
                slow.line.append(f"m-{number}")
        done: dict[date, list[tuple[str, str]]] = {}
        for number in range(4, 25):
            office.on(number)
            for kind, pick in [(kind, pick) for on, kind, pick in sorted(acts) if on == number]:
                member = "" if kind == "raise" else _choose(slow, done, pick, day(number))
                if member is not None:
                    _act(office, kind, member)
                    done.setdefault(day(number), []).append((kind, member))
            if number in works or number == 24:
                office.work()
                slow.work(day(number), done)
                moved = {member: on for member, (on, _) in office.moves().items()}
                assert moved == slow.moved
        with office.wiring.database.read() as connection:
            assert verify_ledger(connection).disagreements == ()
        scratch = str(empty_database(Path(folder) / "scratch.db"))
        office.now += timedelta(days=40)
        again = replay_into_scratch(
            office.wiring, scratch, JournalReplaySource(office.wiring.database), is_whole=True
        )
        office.wiring.close()
    assert (again.difference, again.refused) == (None, 0)


def _choose(slow: SlowOffice, done: dict[date, list[tuple[str, str]]], pick: int, today: date) -> str | None:
    """Choose a member who holds a place, by the last work, that still can be ended or claimed today."""
    gone = {member for acts in done.values() for kind, member in acts if kind in ("reverse", "void")}
    held = [m for m, last in slow.held.items() if m not in gone and (last is None or last >= today)]
    return held[pick % len(held)] if held else None


def _act(office: Office, kind: str, member: str) -> None:
    if kind == "claim":
        claiming.claim_grant(office.wiring, office.grant(member))
    elif kind == "raise":
        (held,) = read_in(office.wiring.database, list_budgets)
        assert held.ceiling_fen is not None
        office.set_budget(held.ceiling_fen // 100 + 10)
    else:
        getattr(office, kind)(member)
