"""An officer refuses an application: it ends, the member reads why, and appeals to another officer or applies anew."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from benefits import Officer, list_held_benefits, set_budget
from events.tables import journal
from events.unevaluated_rules import MAX_EXPLAINED_EVENTS, REFUSED_APPLICATION
from members.applications import list_application_acts
from tests.yihui.applying import (
    FIRST,
    HEAD,
    HOSPITAL,
    ME,
    NOW,
    OTHER,
    SCHOOL,
    SECOND,
    Submission,
    attach,
    officer_acts,
    submit_application,
    withdraw,
)
from tests.yihui.http.two_districts import officer
from tests.yihui.nouns import ENGLISH, count_waiting, do_own, her, list_rows, show
from tests.yihui.refusals import codes
from tests.yihui.services.joining_people import Clock
from yihui.access.actor import Actor, ActorKind
from yihui.access.roles import Role
from yihui.bootstrap import Wiring
from yihui.cases.appeals.pages import NOUN as APPEALS
from yihui.cases.applications.deadlines import list_members_of_application_deadlines
from yihui.cases.applications.own import APPEAL, APPLICATIONS
from yihui.cases.applications.own_applications import load_own_application
from yihui.cases.applications.pages import NOUN
from yihui.cases.applications.stages import DECIDING, ActKind
from yihui.cases.applications.steps import build_application_event, process_application_event
from yihui.frame.listing import Slice
from yihui.frame.looking import find_rows, show_thing
from yihui.services.benefits.benefits import list_undecided_applications
from yihui.services.benefits.own_decisions import explain_undecided_rule
from yihui.services.ledger.ledger import verify_database
from yihui.services.members.erasure import erase_member_data
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.life import RuleService

CONSOLE = Actor("console:root", "console:root", ActorKind.CONSOLE)
WORDS = "住院证明与医院登记不符"


def refuse(wiring: Wiring) -> int:
    number = submit_application(wiring, ME, HOSPITAL)
    officer_acts(wiring, number, "refuse", WORDS)
    return number


def send(wiring: Wiring, kind: str, at: datetime, **data: object) -> None:
    """Tell a step of her first application of a year as a feed does."""
    said = {"programme": "示例慰问", "year": at.year, **data}
    event = build_application_event(f"{kind} {at}", f"application.{kind}", ME, at, said)
    with wiring.database.write() as connection:
        process_application_event(wiring, connection, event, wiring.now())


def list_granted(wiring: Wiring, day: date) -> list[str]:
    with wiring.database.read() as connection:
        held = list_held_benefits(connection, ME, day)
    return [one.grant.rule_id for one in held if "apply-" in one.grant.rule_id]


def stage_of(wiring: Wiring, number: int) -> str:
    return load_own_application(wiring, ME, number).listed.stage.kind


@pytest.mark.both_databases
def test_a_refusal_ends_it_and_an_appeal_is_decided_by_another_officer_by_the_rule_of_its_first_day(
    wiring: Wiring, clock: Clock
) -> None:
    clock.now = datetime(2026, 12, 20, 2, tzinfo=UTC)
    number = refuse(wiring)
    assert stage_of(wiring, number) == "refused" and count_waiting(wiring, FIRST, NOUN) == 0
    clock.now = datetime(2027, 1, 5, 2, tzinfo=UTC)  # the rule ended
    for _ in range(2):  # from two phones that saw the same page
        do_own(wiring, ME, APPEAL, number, note="我有出院小结")
    assert stage_of(wiring, number) == "review"
    assert count_waiting(wiring, FIRST, NOUN) == 0 and count_waiting(wiring, SECOND, NOUN) == 1
    for kind in ("accept", "refuse", "return", "withdraw"):
        assert codes(officer_acts, wiring, number, kind, WORDS, FIRST) == ["second_person.same"]
    page = show(wiring, FIRST, NOUN, number)
    assert not DECIDING & set(page["acts"])
    assert (page["refused_because"], page["appeal"]) == (WORDS, "我有出院小结")
    officer_acts(wiring, number, "accept", by=SECOND)
    assert codes(officer_acts, wiring, number, "confirm", by=FIRST) == ["second_person.same"]
    officer_acts(wiring, number, "confirm", by=SECOND)
    assert list_granted(wiring, date(2027, 1, 5)) == ["apply-hospital"]
    with wiring.database.read() as connection:
        assert verify_database(wiring, connection, recompute_all=True).disagreements == ()


def test_an_appeal_is_closed_thirty_days_after_the_refusal(wiring: Wiring, clock: Clock) -> None:
    number = refuse(wiring)
    clock.now = datetime(2026, 12, 20, 2, tzinfo=UTC)
    page = show_thing(wiring, her(ME), APPLICATIONS, number, ENGLISH).page
    assert page.acts == ("appeal",) and "2026-12-20" in str(page.sections)
    clock.now += timedelta(days=1)
    assert show(wiring, her(ME), APPLICATIONS, number)["acts"] == ()
    assert codes(do_own, wiring, ME, APPEAL, number, note="我有出院小结") == ["application.closed"]
    assert codes(officer_acts, wiring, number, "appeal", WORDS, SECOND) == ["application.closed"]
    send(wiring, "appealed", clock.now)
    assert stage_of(wiring, number) == "refused"


def test_the_list_of_appeals_names_those_that_wait_among_applications(wiring: Wiring) -> None:
    def count(by: Actor) -> int:
        told = find_rows(wiring, by, APPEALS, APPEALS.listing.filter(), Slice()).elsewhere
        return told.count if told else 0

    number = refuse(wiring)
    submit_application(wiring, OTHER, HOSPITAL)
    assert count(FIRST) == 0 and list_rows(wiring, FIRST, NOUN, appealed="yes") == []
    do_own(wiring, ME, APPEAL, number, note="我有出院小结")
    (listed,) = list_rows(wiring, FIRST, NOUN, appealed="yes")
    assert listed.number == number and count(FIRST) == 1
    assert count(officer(Role.CASE_WORKER, "outside")) == 0
    withdraw(wiring, ME, number)
    assert count(FIRST) == 0


def test_who_refused_it_neither_ends_nor_takes_over_the_appeal(wiring: Wiring) -> None:
    attach(wiring)
    number = submit_application(wiring, ME, SCHOOL)
    officer_acts(wiring, number, "refuse", WORDS)
    do_own(wiring, ME, APPEAL, number, note="我有出院小结")
    officer_acts(wiring, number, "accept", by=SECOND)
    assert count_waiting(wiring, FIRST, NOUN) == 1
    ways: tuple[tuple[ActKind, set[str]], ...] = (
        ("publish", {"publish"}),
        ("object", {"object"}),
        ("dismiss", {"dismiss", "object"}),
    )
    for kind, left in ways:
        assert set(show(wiring, FIRST, NOUN, number)["acts"]) == {*left, "attach"}
        if kind == "dismiss":
            assert codes(officer_acts, wiring, number, "uphold", WORDS, FIRST) == ["second_person.same"]
        officer_acts(wiring, number, kind, "公示")


def test_who_refuses_counts_as_a_person_and_a_feeds_reviewer_is_a_name(wiring: Wiring) -> None:
    number = submit_application(wiring, ME, HOSPITAL)
    assert codes(officer_acts, wiring, number, "refuse", WORDS, CONSOLE) == ["second_person.console"]
    send(wiring, "refused", NOW + timedelta(minutes=1), reviewer=CONSOLE.id)
    do_own(wiring, ME, APPEAL, number, note="我有出院小结")
    assert codes(officer_acts, wiring, number, "accept", by=CONSOLE) == ["second_person.same"]
    officer_acts(wiring, number, "accept", by=FIRST)
    assert stage_of(wiring, number) == "confirm"


def test_what_a_feed_tells_after_a_refusal_neither_grants_it_nor_hides_the_words(
    wiring: Wiring, clock: Clock
) -> None:
    number = refuse(wiring)
    late: dict[str, object] = {"accepted": True, "stage": "基层工会", "reviewer": "r1"}
    send(wiring, "reviewed", NOW - timedelta(hours=1), **late)
    clock.now += timedelta(hours=1)
    for kind, more in (("reviewed", late), ("confirmed", {"occasion": "住院", "days": 5})):
        send(wiring, kind, clock.now, **more)
    assert list_granted(wiring, date(2026, 11, 21)) == []
    assert stage_of(wiring, number) == "refused"
    assert show(wiring, her(ME), APPLICATIONS, number)["reason"] == WORDS
    assert {one.reason.code for one in explain_undecided_rule(wiring, ME, "apply-hospital").explanations} >= {
        REFUSED_APPLICATION
    }


def test_refusals_of_another_thing_leave_why_its_three_events(wiring: Wiring, clock: Clock) -> None:
    send(wiring, "confirmed", NOW - timedelta(days=365), occasion="结婚")
    for _ in range(MAX_EXPLAINED_EVENTS):
        refuse(wiring)
        clock.now += timedelta(days=1)
    (one,) = explain_undecided_rule(wiring, ME, "apply-wedding").explanations
    assert (one.reason.code, one.on) == ("not-in-force", date(2025, 11, 20))


def test_what_was_sent_back_and_never_came_again_can_be_refused(wiring: Wiring) -> None:
    number = submit_application(wiring, ME, HOSPITAL)
    officer_acts(wiring, number, "return", "请补材料")
    last_day = date(2026, 12, 20)
    with wiring.database.read() as connection:
        assert list_members_of_application_deadlines(connection, last_day) == {ME}
    officer_acts(wiring, number, "refuse", WORDS)
    with wiring.database.read() as connection:
        assert list_members_of_application_deadlines(connection, last_day) == set(), "no reminder follows"
    own = load_own_application(wiring, ME, number)
    assert (own.may_resubmit, own.may_withdraw, own.may_appeal) == (False, False, True)
    assert codes(withdraw, wiring, ME, number) == ["own_application.moved_on"]


def test_she_reads_why_and_what_she_can_do_and_applies_anew(wiring: Wiring, clock: Clock) -> None:
    number = refuse(wiring)
    page = show(wiring, her(ME), APPLICATIONS, number)
    assert page["reason"] == WORDS and page["acts"] == ("appeal",) and page["ways"] == [{"0": "示例住院慰问"}]
    (undecided,) = list_undecided_applications(wiring, ME, None)
    hers = explain_undecided_rule(wiring, ME, "apply-hospital").explanations
    for said, words in ((undecided.explanations, {}), (hers, {"words": WORDS})):
        (one,) = said
        assert (one.reason.code, one.on) == (REFUSED_APPLICATION, date(2026, 11, 20))
        assert one.reason.params == {"day": "2026-11-20", **words}, "who reads benefits alone reads no words"
    (other,) = explain_undecided_rule(wiring, ME, "apply-wedding").explanations
    assert other.reason.code == "no-event", "it was another occasion"
    clock.now += timedelta(days=2)
    anew = submit_application(wiring, ME, HOSPITAL)
    progress = load_own_application(wiring, ME, anew).listed.stage.progress
    assert anew != number and progress is not None and progress.first_submitted_on == date(2026, 11, 22)
    assert show(wiring, her(ME), APPLICATIONS, number)["acts"] == (), "the same would be open twice"
    assert codes(do_own, wiring, ME, APPEAL, number, note="我有出院小结") == ["own_application.open"]
    assert codes(officer_acts, wiring, number, "appeal", "我有出院小结") == ["application.open_beside"]
    withdraw(wiring, ME, anew)
    do_own(wiring, ME, APPEAL, number, note="我有出院小结")
    assert stage_of(wiring, number) == "review"


def test_an_appeal_takes_her_papers_along_and_comes_five_times_at_most(wiring: Wiring) -> None:
    number = refuse(wiring)
    attach(wiring, str(number), place=APPEAL.papers)
    for count in range(5):
        do_own(wiring, ME, APPEAL, number, note=f"第 {count} 次")
        for who in (FIRST.id, *(f"officer-{before}" for before in range(count))):
            assert codes(officer_acts, wiring, number, "refuse", WORDS, Actor(who, who, ActorKind.DEMO)) == [
                "second_person.same"
            ]
        another = f"officer-{count}"
        officer_acts(wiring, number, "refuse", WORDS, Actor(another, another, ActorKind.DEMO))
    own = load_own_application(wiring, ME, number)
    assert len(own.attachments) == 1 and not own.may_appeal
    assert codes(do_own, wiring, ME, APPEAL, number, note="再来") == ["own_application.moved_on"]


def test_the_words_stand_in_no_event_and_go_with_the_person(wiring: Wiring) -> None:
    number = refuse(wiring)
    do_own(wiring, ME, APPEAL, number, note="我有出院小结")
    withdraw(wiring, ME, number)
    with wiring.database.read() as connection:
        written = " ".join(connection.execute(select(journal.c.event)).scalars())
    assert WORDS not in written and "出院小结" not in written
    name = load_own_application(wiring, ME, number).listed.application
    erase_member_data(wiring, ME, "li.min", "本人要求")
    with wiring.database.read() as connection:
        assert list_application_acts(connection, ME, name) == []


def test_the_officer_sees_the_arithmetic_the_budget_and_what_was_granted_before(wiring: Wiring) -> None:
    amount = "amount: {expression: event.amount_fen / 10, ceiling_fen: 9000}, budget: share"
    head = HEAD.replace("amount_fen: 50000", amount) % ("apply-share", "按比例慰问")
    rest = """
require: [{that: "event.amount_fen >= 100", else: 金额太少, remedy: 核对金额}]
limit: {times: 2, per: [member], every: calendar_year}
process: {programme: 按比例慰问, reviews: [基层工会]}
"""
    service = RuleService(wiring)
    hash_ = service.submit_file(RuleFile("share.yaml", head + rest), "gh-1").candidate.stated.hash
    service.approve(hash_, "gh-2", seen=True)
    with wiring.database.write() as connection:
        set_budget(connection, "share", 100_000, Officer("gh-1", NOW, date(2026, 11, 20), "年度预算"))
    number = submit_application(wiring, ME, Submission("apply-share", {"year": 2026, "amount_fen": 100_000}))
    effect = show_thing(wiring, FIRST, NOUN, number, ENGLISH).page.effect
    assert all(f"{yuan} yuan" in effect for yuan in (100, 90, 910))
    assert show(wiring, FIRST, NOUN, number)["granted"] == []
    officer_acts(wiring, number, "accept")
    officer_acts(wiring, number, "confirm")
    again = submit_application(wiring, ME, Submission("apply-share", {"year": 2026, "amount_fen": 50_000}))
    (granted,) = show(wiring, FIRST, NOUN, again)["granted"]
    assert granted["granted_on"] == "2026-11-20" and "90" in granted["worth"]


def test_another_member_neither_sees_it_nor_appeals(wiring: Wiring) -> None:
    number = refuse(wiring)
    assert codes(do_own, wiring, OTHER, APPEAL, number, note="是我的") == ["thing.unknown_own"]
    for note, code in (("电话 13800138000", "field.personal"), ("   ", "field.string_too_short")):
        assert codes(do_own, wiring, ME, APPEAL, number, note=note) == [code]
    assert stage_of(wiring, number) == "refused"
