"""A simulation of the unchanged rules comes to the ledger's budgets and places, with all that came back."""

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select

from benefits.tables.decisions import counters, grants, postings
from benefits.tables.transactions import transactions
from core.civil_time import civil_date
from events import InboundEvent, parse_event
from tests.benefits.counters import BAKERY
from tests.events.passing_days import empty_database
from tests.transactions import rows_in
from tests.yihui.nouns import do
from tests.yihui.organising import OFFICER, organise
from tests.yihui.own_benefits import give_code
from tests.yihui.services.test_late_draws import Fair
from tests.yihui.services.test_waiting_days import Office, day, entered, heard, imported
from tests.yihui.shops import open_shop
from tests.yihui.simulating import DRAFT
from yihui.access.actor import Actor, ActorKind
from yihui.access.pending_acts import PendingKind, list_pending_acts
from yihui.bootstrap import PROVINCE_CODE, Settings, Wiring
from yihui.money.approvals import REVERSALS
from yihui.money.reversals.acts import REVERSE
from yihui.money.vouchers.acts import VOID
from yihui.samples.events import SEED, generate_event_lines
from yihui.services.benefits import vouchers as using
from yihui.services.operation.demo import DEMO_NOW
from yihui.services.operation.upkeep import run_upkeep
from yihui.services.rules.rules import SHIPPED_RULES
from yihui.services.rules.simulation import SimulationRequest, run_simulation

LAST = datetime.fromisoformat(DEMO_NOW)
SUMMER = datetime.fromisoformat("2026-07-14T10:00+08:00")
NOTHING = (("draft.yaml", DRAFT.format(title="练兵")),)  # no event of the demo is a course
Months = Counter[tuple[str, str]]


def live(folder: Path) -> Wiring:
    """The demo's events; in summer an officer voids a cake and takes packs back, and a member uses a cake."""
    now = [SUMMER]
    settings = Settings(str(empty_database(folder / "demo.db")), folder, rules=(SHIPPED_RULES,))
    wiring = Wiring(settings, lambda: now[0])
    open_shop(wiring, BAKERY)
    lines = list(generate_event_lines(SEED, planted=False))
    early = [line for line in lines if datetime.fromisoformat(json.loads(line)["time"]) < SUMMER]
    send(wiring, early)
    cakes = [one for one in open_grants(wiring, "birthday-cake") if one.expires_on >= civil_date(SUMMER)]
    do(wiring, OFFICER, VOID, cakes[0].id, reason="重复")
    code = give_code(wiring, cakes[1].member_id, cakes[1].id)
    using.redeem_voucher(wiring, using.merchant_by_id(BAKERY.id), using.MerchantRedemption("r-1", code, None))
    organise(wiring, REVERSE, "new-member-pack", since="2026-06-15", reason="发错")
    with wiring.database.read() as connection:
        (proposed,) = list_pending_acts(connection, {PendingKind.MASS_REVERSAL})
    do(wiring, Actor("gh-017", "gh-017", ActorKind.DEMO), REVERSALS.find_act("confirm"), proposed.number)
    now[0] = LAST
    send(wiring, lines[len(early) :])
    run_upkeep(wiring)
    return wiring


def send(wiring: Wiring, lines: list[str]) -> None:
    items = [InboundEvent(parse_event(line, wiring.now()), "demo") for line in lines]
    for _ in wiring.runner.run_events(items):
        pass


def open_grants(wiring: Wiring, rule: str):  # type: ignore[no-untyped-def]
    query = select(grants).where(grants.c.rule_id == rule).order_by(grants.c.granted_on.desc(), grants.c.id)
    return rows_in(wiring.database, query)


def booked(wiring: Wiring, since: date) -> Months:
    """What each budget's account gave out, less what came back, by month."""
    day = transactions.c.occurred_on
    query = (
        select(postings.c.account, day, -func.sum(postings.c.amount))
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .where(postings.c.account.startswith("budget/"), day >= since)
        .group_by(postings.c.account, day)
    )
    months: Months = Counter()
    for account, on, amount in rows_in(wiring.database, query):
        months[account, f"{on:%Y-%m}"] += amount
    return months


def simulated(wiring: Wiring, since: date | None) -> Months:
    done = run_simulation(wiring, SimulationRequest(NOTHING, since=since))
    months: Months = Counter()
    for key, fund in done.simulation.present_totals.funds.items():
        if key.startswith("budget/"):
            for on, amount in fund.by_day.items():
                months[key, f"{on:%Y-%m}"] += amount
    return months


def test_each_month_of_each_budget_is_the_ledgers(tmp_path: Path) -> None:
    wiring = live(tmp_path)
    kinds = set(rows_in(wiring.database, select(transactions.c.kind).distinct()))
    assert {kind for (kind,) in kinds} >= {"promise", "expire", "void", "reverse", "redeem"}
    for since in (None, date(2026, 4, 1)):
        found, right = simulated(wiring, since), booked(wiring, since or date.min)
        assert {key: fen for key, fen in found.items() if fen} == {
            key: fen for key, fen in right.items() if fen
        }
    wiring.close()


def used_by_day(
    wiring: Wiring, since: date | None = None, until: date | None = None, place: str = PROVINCE_CODE
) -> Months:
    """What a simulation of the unchanged rules takes of budgets, by day."""
    request = SimulationRequest(NOTHING, place=place, since=since, until=until)
    totals = run_simulation(wiring, request).simulation
    funds = {key: fund for key, fund in totals.present_totals.funds.items() if key.startswith("budget/")}
    return Months(
        {(key, str(on)): fen for key, fund in funds.items() for on, fen in fund.by_day.items() if fen}
    )


def booked_by_day(wiring: Wiring, since: date = date.min, until: date = date.max) -> Months:
    day_ = transactions.c.occurred_on
    query = (
        select(postings.c.account, day_, -func.sum(postings.c.amount))
        .join(transactions, transactions.c.id == postings.c.transaction_id)
        .where(postings.c.account.startswith("budget/"), day_.between(since, until))
        .group_by(postings.c.account, day_)
    )
    return Months({(account, str(on)): fen for account, on, fen in rows_in(wiring.database, query) if fen})


def decided(wiring: Wiring, since: date | None = None, until: date | None = None) -> tuple[int, int]:
    """How many events a simulation grants and refuses."""
    totals = run_simulation(wiring, SimulationRequest(NOTHING, since=since, until=until)).simulation
    return totals.present_totals.granted, totals.present_totals.refusals


def test_who_moved_up_holds_the_place_from_that_day_on_and_not_from_the_first(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.enter(5)
    office.on(5).reverse("m-0")
    office.on(6).work()
    assert set(office.moves()) == {"m-3"}
    office.on(9).send(imported("late"), entered("late", day(8)))
    wiring = office.wiring
    assert decided(wiring) == (3, 3), "the first three, whoever moved up later"
    assert used_by_day(wiring) == booked_by_day(wiring)
    assert used_by_day(wiring, until=day(4)) == booked_by_day(wiring, until=day(4))
    assert decided(wiring, until=day(4)) == (3, 2)
    assert used_by_day(wiring, since=day(4)) == booked_by_day(wiring, since=day(4))
    assert decided(wiring, since=day(4)) == (0, 1)


def test_a_place_that_an_earlier_grant_gave_back_is_taken_until_then(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.enter(3)
    office.on(7).send(imported("early"), entered("early", day(6)))
    office.on(8).reverse("m-0")
    office.work()
    assert {member: on for member, (on, _) in office.moves().items()} == {"early": day(8)}
    assert decided(office.wiring, since=day(5)) == (0, 1)
    assert used_by_day(office.wiring, since=day(5)) == booked_by_day(office.wiring, since=day(5))


def test_of_a_place_only_its_members_money_comes_back_and_goes_out_again(tmp_path: Path) -> None:
    """Two of another district hold places; one is reversed, and a member of the first district moves up."""
    office = Office(tmp_path)
    move = {"organisation": "370102001-00012", "district": "370102"}
    office.send(imported("m-0"), heard("member.transferred", "m-0", "2026-10-02T10:00:00", "moved", move))
    office.enter(5)
    office.on(5).reverse("m-0")
    office.on(6).reverse("m-1")
    office.work()
    office.on(9).send(imported("late"), entered("late", day(8)))
    assert set(office.moves()) == {"m-3", "m-4"}
    here = used_by_day(office.wiring, since=day(5), place="370202")
    there = used_by_day(office.wiring, since=day(5), place="370102")
    back = {("budget/three", str(day(5))): -1_000}
    assert here == {("budget/three", str(day(5))): 1_000} and there == back
    assert used_by_day(office.wiring, place="370102") == {("budget/three", str(day(3))): 1_000} | back


def test_what_lapsed_of_who_moved_up_comes_back(tmp_path: Path) -> None:
    office = Office(tmp_path, claim="claim: {within: P2D}")
    office.enter(5)
    office.on(7).work()
    assert set(office.moves()) == {"m-3", "m-4"}
    office.on(10).send(imported("late"), entered("late", day(9)))
    office.work()
    for since in (None, day(5)):
        assert used_by_day(office.wiring, since) == booked_by_day(office.wiring, since or date.min)


def test_what_a_draw_gave_is_used_from_that_day_on(tmp_path: Path) -> None:
    fair = Fair(tmp_path)
    fair.enter(date(2026, 2, 10), 6)
    fair.hold(date(2026, 3, 3))
    fair.on(date(2026, 5, 1))
    run_upkeep(fair.wiring)
    fair.enter(date(2026, 5, 3), 1)
    fair.on(date(2026, 5, 4))
    assert booked_by_day(fair.wiring)
    for since in (None, date(2026, 3, 1)):
        assert used_by_day(fair.wiring, since) == booked_by_day(fair.wiring, since or date.min)


def test_a_place_that_a_transfer_gave_back_is_given_back_once(tmp_path: Path) -> None:
    office = Office(tmp_path, "1, quota_per: [member.organisation]")  # type: ignore[arg-type]
    office.send(imported("m-0"), entered("m-0"))
    move = {"organisation": "370102001-00012", "district": "370102"}
    office.on(5).send(heard("member.transferred", "m-0", "2026-10-05T10:00:00", "moved", move))
    office.on(7).send(imported("m-1"), imported("m-2"), entered("m-1", day(6)), entered("m-2", day(6)))
    assert len(open_grants(office.wiring, "three")) == 2
    done = run_simulation(office.wiring, SimulationRequest(NOTHING)).simulation.present_totals
    held = {row.key: row.used for row in rows_in(office.wiring.database, select(counters))}
    places = {key: fund.used for key, fund in done.funds.items() if key.startswith("quota/")}
    assert (done.granted, done.refusals) == (2, 1)
    assert places == {key: held[key] for key in places}
