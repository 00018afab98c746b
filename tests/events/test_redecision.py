"""Appeals: taken once, answered by an officer, decided anew through the same admission, never doubled."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from benefits import (
    ActRefused,
    Appeal,
    Move,
    Officer,
    Ruling,
    canonical_export_lines,
    erase_appeal_texts,
    list_appeals,
    load_decision_records,
    lodge_appeal,
    post_move,
    reject_appeal,
    set_budget,
    verify_ledger,
)
from benefits.rulebook.book import stop_rule
from benefits.tables.decisions import counters, decisions, grants
from events import InboundEvent, process_batch, redecide_appeal
from rules import RuleLibrary
from store import Database, outbox
from tests.benefits.polls import ORGANISATION, library
from tests.members.organisations.acting import event_of
from tests.transactions import change_in, read_in, value_in, write_in
from tools.servers.deciding import TREASURER

NOW = datetime(2026, 12, 31, 4, tzinfo=UTC)
TODAY = date(2026, 12, 31)
WORDS = "我五月就是骑手了，名册写错了"
RIDERS = library(
    pack="""
require: [{that: "member.trade == '外卖配送'", else: 只发给骑手, remedy: 请工会更正工种}]
benefit: {kind: voucher, amount_fen: 300}
limit: {times: 2, per: [member], every: calendar_year}
budget: shared
expires: P30D
"""
)
OFFICER = Officer("gh-017", NOW, TODAY, "名册已更正")


def send(database: Database, *items: InboundEvent, using: RuleLibrary = RIDERS) -> None:
    with database.write() as connection:
        process_batch(items, connection, using, NOW)


def begin(database: Database, using: RuleLibrary = RIDERS) -> None:
    """A member whose trade is wrong on the roll votes."""
    roll = {"organisation": ORGANISATION, "joined_on": "2020-01-01", "trade": "保安"}
    joined = event_of("member.imported", "m-1", "2020-01-01", **roll)
    send(database, joined, event_of("poll.completed", "m-1", "2026-05-01", poll="y"), using=using)


@pytest.fixture
def refused(database: Database) -> str:
    """The decision about a member whose trade was wrong on the roll."""
    begin(database)
    with database.read() as connection:
        row = connection.execute(select(decisions.c.id, decisions.c.outcome)).one()
    assert row.outcome == "refused"
    return str(row.id)


def appeal(database: Database, decision: str, text: str = WORDS) -> Appeal:
    return write_in(database, lodge_appeal, decision, text, TODAY, NOW)


def correct(database: Database) -> None:
    send(database, event_of("member.profile_changed", "m-1", "2026-04-01", trade="外卖配送"))


def uphold(database: Database, appeal_id: str, using: RuleLibrary = RIDERS) -> Ruling:
    return write_in(database, redecide_appeal, OFFICER, appeal_id, lambda _: using)


def granted(database: Database) -> int:
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        return int(connection.execute(select(func.count()).select_from(grants)).scalar_one())


def test_with_corrected_facts_it_is_granted_and_linked_to_the_old_decision(
    database: Database, refused: str
) -> None:
    lodged = appeal(database, refused)
    correct(database)
    done = uphold(database, lodged.id)
    assert done.outcome == "granted"
    assert granted(database) == 1
    with database.read() as connection:
        expires_on = connection.execute(select(grants.c.expires_on)).scalar_one()
        new, old = load_decision_records(connection, "m-1")
    assert expires_on == date(2027, 1, 30), "terms that run from the grant run from the answer"
    if new.why.outcome != "granted":
        new, old = old, new
    assert (new.why.outcome, old.why.outcome) == ("granted", "refused")
    assert new.anew is not None and new.anew.decision_id == old.why.id
    assert old.appeals[0].answer is not None and old.appeals[0].answer.decision_id == new.why.id
    assert new.why.event_id == old.why.event_id, "it is the same event"


def test_with_the_same_facts_it_is_refused_again_and_both_stand(database: Database, refused: str) -> None:
    lodged = appeal(database, refused)
    assert uphold(database, lodged.id).outcome == "refused"
    assert granted(database) == 0
    assert len(read_in(database, load_decision_records, "m-1")) == 2


def test_it_goes_through_the_same_admission(database: Database, refused: str) -> None:
    write_in(database, set_budget, "shared", 299, TREASURER)
    lodged = appeal(database, refused)
    correct(database)
    ruling = uphold(database, lodged.id)
    assert [reason.code for reason in ruling.reasons] == ["budget-exhausted"]
    assert value_in(database, select(counters.c.used).where(counters.c.key == "budget/shared")) == 0


def test_nothing_is_granted_twice_on_one_event_however_often_it_is_appealed(
    database: Database, refused: str
) -> None:
    first = appeal(database, refused)
    correct(database)
    new = uphold(database, first.id).id
    second = appeal(database, refused, "我还要一次")
    with pytest.raises(ActRefused):
        uphold(database, second.id)
    with pytest.raises(ActRefused):
        uphold(database, first.id)
    third = appeal(database, new, "金额不对")
    with pytest.raises(ActRefused, match="would be worth"):
        uphold(database, third.id)
    assert granted(database) == 1


def test_a_better_decision_takes_the_place_of_the_old_one(database: Database, refused: str) -> None:
    first = appeal(database, refused)
    correct(database)
    new = uphold(database, first.id).id
    more = library(
        pack="""
require: [{that: "member.trade == '外卖配送'", else: 只发给骑手}]
benefit: {kind: voucher, amount_fen: 500}
budget: shared
"""
    )
    second = appeal(database, new, "标准已经提高")
    done = uphold(database, second.id, more)
    assert done.decision.amount_fen == 500
    with database.read() as connection:
        assert verify_ledger(connection).disagreements == ()
        assert verify_ledger(connection).promised_fen == 300 + 500
        assert (
            connection.execute(select(counters.c.used).where(counters.c.key == "budget/shared")).scalar_one()
            == 500
        )


def test_what_was_used_already_is_not_decided_anew(database: Database, refused: str) -> None:
    first = appeal(database, refused)
    correct(database)
    new = uphold(database, first.id).id
    with database.write() as connection:
        for kind, from_, to in (("issue", "promised", "issued"), ("redeem", "issued", "redeemed")):
            post_move(connection, Move(kind, new, None, from_, to, f"test/{kind}", TODAY), NOW)  # type: ignore[arg-type]
    second = appeal(database, new, "标准已经提高")
    with pytest.raises(ActRefused, match="used, paid or expired"):
        uphold(database, second.id)
    assert granted(database) == 1


def test_a_rejected_appeal_leaves_the_decision_as_it_is(database: Database, refused: str) -> None:
    lodged = appeal(database, refused)
    write_in(database, reject_appeal, OFFICER, lodged.id)
    assert granted(database) == 0
    (told,) = read_in(database, load_decision_records, "m-1")
    assert told.appeals[0].answer is not None
    assert (told.appeals[0].answer.verdict, told.appeals[0].answer.reason) == ("rejected", "名册已更正")


def test_one_appeal_at_a_time_and_the_same_words_are_the_same_appeal(
    database: Database, refused: str
) -> None:
    first = appeal(database, refused)
    assert appeal(database, refused) == first
    with pytest.raises(ActRefused, match="waits for its answer"):
        appeal(database, refused, "另外的话")
    with pytest.raises(ActRefused, match="no decision"):
        appeal(database, "0" * 40)


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "字" * 2001, "a\x00b", "身份证37010219900307461X", "电话13800138000"],
    ids=["empty", "blank", "too long", "control", "ID number", "phone"],
)
def test_words_that_cannot_be_kept_are_refused(database: Database, refused: str, text: str) -> None:
    with pytest.raises(ActRefused) as refusal:
        appeal(database, refused, text)
    assert text.strip() == "" or text not in str(refusal.value)
    assert read_in(database, list_appeals) == []


def test_a_member_s_words_are_in_no_export_and_no_topic_and_can_be_deleted(
    database: Database, refused: str
) -> None:
    lodged = appeal(database, refused)
    correct(database)
    uphold(database, lodged.id)
    with database.read() as connection:
        before = list(canonical_export_lines(connection))
        told = "".join(connection.execute(select(outbox.c.data)).scalars())
    assert WORDS not in "".join(before) + told
    assert write_in(database, erase_appeal_texts, member_id="m-1") == 1
    with database.read() as connection:
        assert list(canonical_export_lines(connection)) == before
        assert list_appeals(connection)[0].text is None
        assert verify_ledger(connection).disagreements == ()


def test_a_stopped_rule_is_not_decided_anew(database: Database, refused: str) -> None:
    lodged = appeal(database, refused)
    write_in(database, stop_rule, OFFICER, "pack", None)
    with pytest.raises(ActRefused, match="is stopped"):
        uphold(database, lodged.id)


@pytest.mark.tampers
def test_an_event_that_was_not_kept_is_told(database: Database, refused: str) -> None:
    from events.tables import journal

    lodged = appeal(database, refused)
    change_in(database, journal.delete())
    with pytest.raises(ActRefused, match="was not kept"):
        uphold(database, lodged.id)


def test_a_rival_that_was_granted_stands_against_it(database: Database) -> None:
    rivals = library(
        small="benefit: {kind: cash, amount_fen: 100}\ndepends: [{better_of: [large], else: 已发更高的}]",
        large="""
require: [{that: "member.trade == '外卖配送'", else: 只发给骑手}]
benefit: {kind: cash, amount_fen: 900}
""",
    )
    begin(database, rivals)
    old = value_in(database, select(decisions.c.id).where(decisions.c.outcome == "refused"))
    lodged = appeal(database, old)
    correct(database)
    assert [r.code for r in uphold(database, lodged.id, rivals).reasons] == ["not-with-other"]
    assert granted(database) == 1
