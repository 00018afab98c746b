"""Lint and cases know of the facts what life knows: which a door fills, and what they are where nothing is recorded."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from events import Event, parse_event
from events.applications import ApplicationBatch
from events.projection import rule_facts
from events.tables import journal
from members import NO_LINEAGES, MemberChange
from members.attachments import upload_owner
from rules import lint_rule_files, parse_rule_cases
from rules.facts import payload_facts
from tests.rules.conftest import shipped
from tests.yihui.applying import ME, Submission, build_applying, photo, submit_application
from tests.yihui.nouns import do
from tests.yihui.services.joining_people import Clock
from tools.servers.sending import NOW, Sender
from yihui.access.actor import Actor, ActorKind
from yihui.cases.applications.acts import ACTS
from yihui.services.attachments.attachments import add_own_file, read_sent_file
from yihui.services.rules.cases import complete_case
from yihui.services.rules.fact_sources import build_fact_sources

EXAMPLES = Path(__file__).parents[3] / "docs" / "rule_examples"
SOURCES = build_fact_sources()
RULE = """
id: aid
title: 示例补助
basis: [{kind: example}]
owner: "370000"
in_force: {from: 2026-01-01}
on: %s
require: [{that: "%s", else: 不符合条件}]
benefit: {kind: cash, amount_fen: 100}
limit: {times: 1, per: [%s], every: calendar_year}
"""


def findings(on: str, per: str = "member", that: str = "member.status == 'active'") -> list[tuple[str, str]]:
    found = lint_rule_files([("aid.yaml", RULE % (on, that, per))], sources=SOURCES)
    ours = [one for one in found if one.short_code in ("unfilled", "always-known")]
    return [(one.short_code, str(one.params["path"])) for one in ours]


@pytest.mark.parametrize("on", sorted(SOURCES.filled))
def test_a_limit_by_what_no_form_asks_for_is_named(on: str) -> None:
    for name in payload_facts(on):
        named = [] if name in SOURCES.filled[on] else [("unfilled", f"event.{name}")]
        assert findings(on, f"event.{name}") == named
    assert findings(on, "event.household") == [("unfilled", "event.household")]


def test_a_condition_on_it_is_named_but_not_where_acts_of_officers_publish_the_event() -> None:
    confirmed, household = "application.confirmed", "event.household == 'h-1'"
    assert findings(confirmed, that=household) == [("unfilled", "event.household")]
    assert findings(confirmed, that=f"event.programme == '走访慰问' and {household}") == []
    assert (
        findings(confirmed, that=f"event.programme in ['走访慰问', '职工医疗互助报销'] and {household}") == []
    )
    for others in ("event.programme != '走访慰问'", "(event.programme == '走访慰问' or event.year > 1)"):
        assert findings(confirmed, that=f"{others} and {household}") == [("unfilled", "event.household")]
    assert findings("hardship.filed", "member.household") == []


@pytest.mark.parametrize("path", sorted(SOURCES.defaults))
def test_known_of_a_fact_that_is_never_unknown_is_named(path: str) -> None:
    named = [] if SOURCES.defaults[path] is None else [("always-known", path)]
    assert findings("application.confirmed", that=f"known({path})") == named


def test_no_rule_of_the_library_and_no_example_has_such_a_fact() -> None:
    files = [*shipped(), *((path.name, path.read_text("utf-8")) for path in EXAMPLES.glob("*.yaml"))]
    found = lint_rule_files(files, sources=SOURCES)
    assert [one for one in found if one.short_code in ("unfilled", "always-known")] == []


def test_doors_fill_what_lint_says_they_do(target: str, tmp_path: Path) -> None:
    """Walk all acts on an application, and hold the data of each event against what lint takes for filled."""
    wiring = build_applying(target, tmp_path, Clock(datetime(2026, 11, 20, 2, tzinfo=UTC)))
    owner = upload_owner(ME, "apply", "apply-school")
    add_own_file(wiring, Actor(ME, ME, ActorKind.MEMBER), owner, read_sent_file("录取通知书", photo(200)))
    number = submit_application(
        wiring, ME, Submission("apply-school", {"year": 2026, "school_stage": "高中"})
    )
    first, other = (Actor(who, who, ActorKind.DEMO) for who in ("li.min", "wang.fang"))
    for kind in (
        "return",
        "resubmit",
        "accept",
        "publish",
        "object",
        "dismiss",
        "object",
        "uphold",
        "refuse",
        "appeal",
        "withdraw",
    ):
        act = next(one for one in ACTS if one.name == kind)
        reason = "情况属实" if "reason" in act.form.model_fields else None
        do(wiring, other if kind == "withdraw" else first, act, number, reason=reason)
    with wiring.database.read() as connection:
        texts = connection.execute(select(journal.c.event).where(journal.c.member_id == ME)).scalars().all()
    read = [event for text in texts if isinstance(event := parse_event(text, wiring.now()), Event)]
    steps = [event for event in read if event.type in SOURCES.filled]
    assert {event.type for event in steps} == {*SOURCES.filled} - {"application.confirmed"}
    for event in steps:
        assert set(event.payload.model_fields_set) <= SOURCES.filled[event.type]
    wiring.close()


CASE = """
- case: 只写了会籍
  rule: aid
  event: {type: %s, occurred_on: 2026-05-01}
  member: {status: active, organisation: "370202001-00017", joined_on: 2020-01-01, trade: 外卖员, birthday: 1990-05-02}
  expect: {outcome: due}
"""
IMPORTED = {"joined_on": "2020-01-01", "trade": "外卖员", "birthday": "1990-05-02"}


@pytest.mark.parametrize("on", ["member.birthday", "application.confirmed"])
def test_a_case_starts_from_what_life_knows_of_a_member_of_whom_the_same_is_recorded(on: str) -> None:
    (case,), _ = parse_rule_cases("cases.yaml", CASE % on, ["aid"])
    changes = {"status": "active", "organisation": "370202001-00017", **IMPORTED}
    at = datetime(2020, 1, 1, tzinfo=UTC)
    history = [MemberChange("m-1", at, "member.imported", "/test", "e-1", changes)]
    data = {"on": "2026-05-01"} if on == "member.birthday" else {"programme": "示例补助", "year": 2026}
    event = parse_event(Sender()(on, **data), NOW)
    assert isinstance(event, Event)
    applications = ApplicationBatch({"m-1": []})
    applications.apply(event)
    _, life = rule_facts(event, history, applications, NO_LINEAGES)
    assert complete_case(case).facts == life


def test_what_a_case_states_itself_stands() -> None:
    (case,), _ = parse_rule_cases("cases.yaml", CASE % "application.confirmed", ["aid"])
    stated = {"member.honours": ("劳模",), "member.age": 70, "member.card": None}
    steps = {"application.stages": ("甲", "乙"), "application.published_on": date(2026, 4, 20)}
    facts = complete_case(replace(case, facts={**case.facts, **stated, **steps})).facts
    assert (facts["member.honours"], facts["member.age"], facts["member.card"]) == (("劳模",), 70, "none")
    assert (facts["application.order"], facts["application.notice_days"]) == (("甲>乙",), 10)
