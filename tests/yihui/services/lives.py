"""Lives in which everything that decides, pays, appoints and authorises happens once, each on a database of its own."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path

from fastapi.testclient import TestClient

from store import open_database
from tests.events.passing_days import empty_database
from tests.geo.registry.test_stations import bring_in, station
from tests.members.test_polls import GOOD
from tests.yihui.access.test_second_person import ROOT, Union
from tests.yihui.applying import (
    EVERYWHERE,
    ME,
    NOW,
    SCHOOL,
    attach,
    build_applying,
    officer_acts,
    submit_application,
)
from tests.yihui.budgets import change_budget, named, propose_budget, set_budget
from tests.yihui.http.me.host_app import HostApp, write_apps
from tests.yihui.http.sending_programs import OFFICER, issue_key, joined
from tests.yihui.nouns import do
from tests.yihui.polls import close_poll, create_poll
from tests.yihui.services.hardship_office import FIRST, LIXIA
from tests.yihui.services.hotline_desk import AGENT
from tests.yihui.services.joining_people import (
    DISTRICT,
    HERE,
    TEXT,
    Clock,
    found_tree,
    join,
    joining_wiring,
    person,
    prove,
    say_review,
)
from tests.yihui.services.logging_in import PASSWORD, VISIT, Installation, begin_member_session
from tests.yihui.services.logging_in import Clock as LoginClock
from tests.yihui.services.mutual_aid_office import AidOffice
from tests.yihui.services.test_replayed_acts import Town
from yihui.access.acting import Acting, acting_as
from yihui.access.audit import AuditEntry
from yihui.access.roles import Role
from yihui.bootstrap import Wiring
from yihui.cases.cards.calls import BLOCK, REPLACE
from yihui.cases.cards.own import issue_member_card
from yihui.cases.hardship import income_lines
from yihui.cases.hotline import cases
from yihui.cases.joining.joining import confirm_joining
from yihui.cases.organisations.link_acts import CONSENT, TAKE, WITHDRAW_CONSENT
from yihui.files.tables import SheetReader
from yihui.http.app import create_app
from yihui.money.budgets.acts import REFUSE
from yihui.services.access.login import set_up_account
from yihui.services.access.member_codes import request_code
from yihui.services.access.member_handover import accept_handover, enter_handover, link_app
from yihui.services.access.officer_accounts import link_identity, renew_setup
from yihui.services.access.officer_appointments import add_officer, end_officer_for_good, withdraw_role
from yihui.services.access.sender_keys import revoke_sender_or_key, rotate_sender
from yihui.services.events.feed_files import import_feed_links
from yihui.services.members.card_keys import retire_card_key, rotate_card_key
from yihui.services.operation.upkeep import run_upkeep_and_seal
from yihui.services.stations.keeper_keys import issue_keys_of_stations, revoke_key_of_district


def live_in_an_office(folder: Path) -> Wiring:
    """Visits to households, mutual aid, the hotline, and programs that send events."""
    office = AidOffice(str(empty_database(folder / "office.db")), folder)
    wiring = office.wiring
    do(
        wiring,
        FIRST,
        income_lines.DECIDE,
        organisation=LIXIA,
        since="2026-01-01",
        line="1000",
        document="文件",
    )
    file = office.on_file()
    set_budget(wiring, "songwennuan", "100000")
    office.plan(file)
    office.release(file)
    office.receipt(file)
    policy = office.policy()
    office.correct_enrolment(policy)
    claim = office.submit(policy)
    office.approve(claim.number)
    case = do(wiring, AGENT, cases.OPEN, organisation=LIXIA, category="rights", summary="问题", member="m-1")
    do(wiring, AGENT, cases.DISPATCH, case, unit=LIXIA, reason="转办")
    key = issue_key(wiring, organisation="370000", sources=("/hr/",))
    site = TestClient(create_app(wiring), "http://127.0.0.1")
    sent = site.post(
        "/api/v1/events",
        json=[joined("m-77", LIXIA, source="/hr/app", time="2026-11-18T09:00:00+08:00")],
        headers={"authorization": f"Bearer {key}"},
    )
    assert sent.status_code == 202, sent.text
    for _ in wiring.runner.run_ingress():
        pass
    issue_key(wiring, "gone")
    rotate_sender(wiring, OFFICER, "hr", date(2026, 12, 31), 3)
    revoke_sender_or_key(wiring, OFFICER, "gone")
    issue_keeper_keys(wiring)
    open_one = GOOD.replace("closes: 2026-10-31", "closes: 2026-12-31")
    create_poll(wiring, open_one)
    create_poll(wiring, open_one.replace("best-station", "worst-station").replace("title: ", "title: 又一次"))
    close_poll(wiring, "worst-station")
    return wiring


def issue_keeper_keys(wiring: Wiring) -> None:
    """Issue the keys of two stations, and revoke one."""
    entry = AuditEntry("keys.issue", "page", "keys")
    bring_in(wiring.database, station("here"), station("there"))
    acting = Acting(OFFICER, date(2026, 11, 18), entry)
    with acting_as(acting):
        first, _ = issue_keys_of_stations(wiring, EVERYWHERE, ["here", "there"], "https://yihui.example")
    with acting_as(acting):
        revoke_key_of_district(wiring, EVERYWHERE, first.key.id)


def live_by_applying(folder: Path) -> Wiring:
    """An application with its paper, reviewed, published and confirmed, and one that is under way."""
    clock = Clock(NOW)
    wiring = build_applying(str(empty_database(folder / "apply.db")), folder, clock)
    attach(wiring)
    number = submit_application(wiring, ME, SCHOOL)
    officer_acts(wiring, number, "accept")
    return wiring


def live_in_a_town(folder: Path) -> Wiring:
    """Grants of all kinds that are claimed, used, paid, taken back, drawn, given up and appealed."""
    town = Town(folder)
    steps = [
        *[("event", 10 * n, 0) for n in range(3)],
        *[("event", n, 0) for n in (3, 33, 5, 15, 25, 6, 16)],
        ("claim", 0, 0),
        ("code", 0, 0),
        ("use", 0, 0),
        ("refund", 1, 0),
        ("prepare", 1, 1),
        ("release", 1, 1),
        ("answer", 1, 1),
        ("draws", 1, 0),
        ("stop", 1, 0),
        ("event", 43, 0),
        ("appeal", 0, 0),
        ("approve", 0, 0),
        ("budget", 29, 0),
    ]
    for step in steps:
        town.live(*step)
    run_upkeep_and_seal(town.wiring)
    return town.wiring


def live_as_officers(folder: Path) -> Wiring:
    """Officers who are added, appointed, confirmed, linked, renewed and ended."""
    database = open_database(str(empty_database(folder / "union.db")))
    union = Union(database, folder)
    sun = union.administrator("sun")
    renew_setup(union.wiring, sun, "wang")
    union.confirm("wang")
    link_identity(union.wiring, sun, "li", "https://id.example/realms/union", "sub-of-li")
    union.appoint("li", Role.PLANNER)
    withdraw_role(union.wiring, ROOT, "li", "planner", "370000", "调岗")
    end_officer_for_good(union.wiring, ROOT, "zhao", "退休")
    code = add_officer(union.wiring, ROOT, "zhou", "市总").setup.code
    installation = Installation(union.wiring, LoginClock(union.now))
    installation.register_phone(set_up_account(union.wiring, code, PASSWORD, VISIT).ticket, "zhou")
    return union.wiring


def live_as_members(folder: Path) -> Wiring:
    """A member's log-ins, card, links and keys of cards; proposals that were confirmed, refused, left, and that wait."""
    clock = Clock()
    app = HostApp("qilu", folder)
    app.add_key()
    apps = write_apps(folder, app)
    wiring = joining_wiring(str(empty_database(folder / "members.db")), folder, clock, member_apps=apps)
    found_tree(wiring)
    member = join(wiring, person(1)).request.member_id or ""
    join(wiring, person(2))
    request_code(wiring, "13800000001", VISIT)
    link_phone(wiring, app, member)
    table = folder / "links.csv"
    table.write_text(f"对方编号,会员代号\nu-1,{member}\nu-2,{member}\n", "utf-8")
    import_feed_links(wiring, "qilu-app", table, SheetReader(), replace=False)
    issue_member_card(wiring, member)
    do(wiring, AGENT, BLOCK, member, reason="手机丢失")
    do(wiring, AGENT, REPLACE, member, reason="补办")
    with acting_as(Acting(OFFICER, date(2026, 10, 2), AuditEntry("keys.issue", "page", "keys"))):
        old = wiring.load_signing_key().id
        rotate_card_key(wiring, OFFICER.id)
        retire_card_key(wiring, old, OFFICER.id)
    propose_raises(wiring, clock)
    say_review(wiring, HERE, days=5)
    say_who_joins(wiring)
    confirm_joining(wiring, prove(wiring, person(3)).request.id)
    return wiring


def link_phone(wiring: Wiring, app: HostApp, member: str) -> None:
    """Link the user of an app to a member who proved her phone."""
    ticket = accept_handover(wiring, app.sign(wiring), "192.0.2.1")
    enter_handover(wiring, ticket, VISIT)
    link_app(wiring, ticket, begin_member_session(wiring, member).session)


def say_who_joins(wiring: Wiring) -> None:
    """Say twice whose workers a union takes; write a text that persons agree to, once more, and withdraw it."""
    for names in ("美团、顺丰", "闪送"):
        do(wiring, OFFICER, TAKE, HERE, names=names)
    for _ in range(2):
        do(wiring, OFFICER, CONSENT, DISTRICT, **asdict(TEXT))
    do(wiring, OFFICER, WITHDRAW_CONSENT, DISTRICT)


def propose_raises(wiring: Wiring, clock: Clock) -> None:
    """Propose raises of a budget: one is confirmed, one refused, one expires, and one waits."""
    set_budget(wiring, "cakes", "1000")
    change_budget(wiring, "cakes", "2000")
    propose_budget(wiring, "cakes", "3000")
    do(wiring, named("gh-017"), REFUSE, "cakes", reason="再议")
    for yuan in ("3500", "4000"):
        propose_budget(wiring, "cakes", yuan)
        clock.now += timedelta(days=15)


LIVES: Mapping[str, Callable[[Path], Wiring]] = {
    "office": live_in_an_office,
    "applying": live_by_applying,
    "town": live_in_a_town,
    "officers": live_as_officers,
    "members": live_as_members,
}
