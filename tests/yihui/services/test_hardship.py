"""Case files in a real database: who may act, what rules read of them, and what the ledger says of visits."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from benefits import list_budgets, set_budget, verify_ledger
from benefits.tables.decisions import grants, postings
from events.erasure import erase_everywhere
from events.replaying import JournalReplaySource
from members import facts_on, read_member_changes
from members.hardship.case import FILE_LIFE, FileState, VisitState
from members.hardship.names import read_names
from members.hardship.repository import read_events
from members.hardship.tables import hardship_file_events, hardship_files, hardship_names
from members.vault.rotation import read_key_ids
from tests.transactions import read_in, rows_in
from tests.yihui.nouns import count_waiting
from tests.yihui.refusals import do_at_once, faults_of, refused
from tests.yihui.services.hardship_office import (
    FIRST,
    JINAN,
    OTHER_RECEIPT,
    OTHERS,
    QINGDAO,
    RECEIPT,
    SECOND,
    SPOUSE,
    STRANGER,
    WORKER,
    Office,
    officer,
)
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.cases.hardship.pages import NOUN
from yihui.services.access.acting import acting_officer
from yihui.services.events.replay import replay_into_scratch
from yihui.services.members.vault_upkeep import forget_old_keys, rotate_vault


@pytest.fixture
def office(target: str, tmp_path: Path) -> Office:
    return Office(target, tmp_path, hardship_line_fen=90_000).found()


def facts(office: Office, member: str) -> tuple[object, object]:
    """What rules read of a member's hardship today."""
    changes = read_in(office.wiring.database, read_member_changes, [member])[member]
    known = facts_on(changes, office.now.date() + timedelta(days=1))
    return known["member.hardship_level"], known["member.household"]


def posted(office: Office) -> dict[str, int]:
    """What each account holds in fen."""
    found: dict[str, int] = {}
    with office.wiring.database.read() as connection:
        for row in connection.execute(select(postings.c.account, postings.c.amount)):
            found[row.account] = found.get(row.account, 0) + row.amount
    return {account: amount for account, amount in found.items() if amount}


def require_sound_ledger(office: Office) -> None:
    """Verify the ledger, and that a replay of the journal gives the same one."""
    assert [fault.text for fault in read_in(office.wiring.database, verify_ledger).disagreements] == []
    source = JournalReplaySource(office.wiring.database)
    target = str(office.wiring.data_folder / "scratch.db")
    replayed = replay_into_scratch(office.wiring, target, source, is_whole=True)
    assert (replayed.is_compared, replayed.difference, replayed.refused) == (True, None, 0)


def test_a_household_is_filed_by_one_officer_and_put_on_file_by_another(office: Office) -> None:
    status = office.open()
    file = status.file
    assert (file.state, file.level, status.is_due) == (FileState.FILED, "深度困难", True)
    assert (status.income.per_head_fen, status.income.is_below, status.income.percent_of_line) == (
        80_000,
        True,
        88,
    )
    assert status.names == {1: "张*", 2: "李*", 3: "张**"}
    assert facts(office, WORKER)[0] in (None, "none"), "filed is not confirmed"
    assert refused(lambda: office.review(file.number, FIRST)) == ["same"]
    reviewed = office.review(file.number)
    assert (reviewed.file.state, reviewed.is_due) == (FileState.ON_FILE, False)
    assert reviewed.file.review_due_on == date(2027, 11, 18)
    assert facts(office, WORKER) == ("深度困难", file.household)
    assert office.later(days=364).wiring and not office.read(file.number).is_due
    assert office.later(days=1).wiring and office.read(file.number).is_due
    assert office.listed(state="due") == [file.number]
    again = office.review(file.number, FIRST, "一般困难")  # a yearly review may be by anybody of the office
    assert again.file.review_due_on == date(2028, 11, 18) and facts(office, WORKER)[0] == "一般困难"
    assert office.close(file.number).file.state is FileState.CLOSED
    assert facts(office, WORKER)[0] == "none"


@pytest.mark.both_databases
def test_money_of_a_visit_goes_from_the_budget_to_the_household_through_two_officers(office: Office) -> None:
    number = office.on_file()
    office.plan(number)
    assert [count_waiting(office.wiring, one, NOUN) for one in (FIRST, SECOND)] == [0, 1]
    assert office.listed(state="visits") == [number]
    assert refused(lambda: office.release(number, actor=FIRST)) == ["same"]
    assert posted(office) == {}
    released = office.release(number)
    assert count_waiting(office.wiring, SECOND, NOUN) == 0 and office.listed(state="visits") == []
    (visit,) = released.file.visits
    assert (visit.state, visit.planned_by, visit.released_by) == (VisitState.RELEASED, "li.min", "wang.fang")
    assert posted(office) == {"budget/hardship-visit": -100_000, "redeemed/hardship-visit": 100_000}
    assert refused(lambda: office.close(number)) == ["under_way"]
    assert refused(lambda: office.release(number)) == ["visit_not_now"]
    done = office.receipt(number)
    assert (done.file.visits[0].state, done.file.visits[0].receipt) == (
        VisitState.HANDED_OVER,
        f"sha256:{sha256(RECEIPT.content).hexdigest()}",
    )
    assert posted(office) == {"budget/hardship-visit": -100_000, "settled/hardship-visit": 100_000}
    assert refused(lambda: office.receipt(number)) == ["visit_not_now"]
    assert refused(lambda: office.end(number)) == ["visit_not_now"]
    require_sound_ledger(office)
    (grant,) = rows_in(office.wiring.database, select(grants.c.id, grants.c.member_id))
    assert tuple(grant) == (visit.grant_id, WORKER)


def test_money_that_nobody_took_is_back_in_the_budget(office: Office) -> None:
    number = office.on_file()
    with office.wiring.database.write() as connection:
        set_budget(connection, "hardship-visit", 150_000, acting_officer(office.wiring, "li.min"))
    office.plan(number)
    office.release(number)
    office.plan(number)
    assert faults_of(office.release, number, 2)[0].code == "hardship.refused"
    assert office.end(number).file.visits[0].state is VisitState.RETURNED
    (budget,) = read_in(office.wiring.database, list_budgets)
    assert (budget.in_use_fen, budget.ceiling_fen) == (0, 150_000)
    assert office.release(number, 2).file.visits[1].state is VisitState.RELEASED
    office.receipt(number, 2)
    assert office.plan(number).file.visits[2].state is VisitState.PLANNED
    assert office.end(number, 3).file.visits[2].state is VisitState.WITHDRAWN
    require_sound_ledger(office)


def test_the_rules_refuse_in_their_own_words_and_nothing_has_changed(office: Office) -> None:
    number = office.on_file()
    office.plan(number, amount="2000.01")
    before = office.read(number).file.version
    assert "上限" in faults_of(office.release, number)[0].text
    assert posted(office) == {} and office.read(number).file.version == before
    with office.wiring.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM grants")).scalar() == 0


def test_a_receipt_proves_one_visit_only(office: Office) -> None:
    number = office.on_file()
    for visit in (1, 2):
        office.plan(number)
        office.release(number, visit)
    office.receipt(number, 1)
    assert refused(lambda: office.receipt(number, 2)) == ["receipt_used"]
    assert office.receipt(number, 2, OTHER_RECEIPT).file.visits[1].state is VisitState.HANDED_OVER


WRONG_HOUSEHOLDS: list[tuple[dict[str, Any], list[str]]] = [
    ({"member": ""}, ["string_too_short"]),
    ({"others": [{"relation": "self", "member": SPOUSE, "income": "0"}]}, ["literal_error"]),
    ({"others": [{"name": "李四", "income": "0"}]}, ["missing"]),
    ({"others": [{"relation": "spouse", "member": WORKER, "income": "0"}]}, ["twice"]),
    ({"others": [{"relation": "spouse", "member": STRANGER, "income": "0"}]}, ["unknown_member"]),
    ({"others": [{"relation": "child", "income": "-5"}]}, ["amount"]),
    ({"others": [{"relation": "child", "income": "三千"}]}, ["amount"]),
    ({"others": [{"relation": "child", "name": "张" * 51, "income": "0"}]}, ["string_too_long"]),
    ({"others": [{"relation": "child", "income": "0"}] * 12}, ["too_long"]),
    ({"others": [{"relation": "child"}]}, ["missing"]),
    ({"level": "none"}, ["literal_error"]),
    ({"causes": []}, ["too_short"]),
    ({"causes": ["bad luck"], "plan": "电话13800001234"}, ["literal_error", "too_short", "personal"]),
    ({"organisation": QINGDAO}, ["elsewhere"]),
]  # fmt: skip


def test_what_is_wrong_with_a_household_is_said_at_once_and_nothing_is_stored(office: Office) -> None:
    for written, codes in WRONG_HOUSEHOLDS:
        assert refused(partial(office.open, **written)) == codes
    assert rows_in(office.wiring.database, select(hardship_files)) == []


def test_a_member_is_in_one_case_file_until_it_is_closed(office: Office) -> None:
    number = office.on_file()
    assert refused(office.open) == ["has_case"]
    office.persons(number, [*OTHERS, {"relation": "other", "member": SPOUSE, "income": "0"}])
    assert facts(office, SPOUSE)[0] == "深度困难"
    assert refused(lambda: office.open(member=SPOUSE)) == ["has_case"]
    office.persons(number, OTHERS)
    assert facts(office, SPOUSE)[0] == "none"
    office.open(member=SPOUSE)
    office.close(number)
    assert office.reopen(number).file.state is FileState.FILED
    assert refused(lambda: office.review(number, FIRST)) == ["same"], "who reopened it doesn't review it"


def test_officers_see_and_change_only_the_files_of_their_subtrees(office: Office) -> None:
    number = office.on_file()
    outside, above = officer("zhao.lei", QINGDAO), officer("sun.li", JINAN)
    auditor = officer("auditor", JINAN, Role.AUDITOR)
    agent = officer("agent-1", JINAN, Role.HOTLINE_AGENT)
    assert office.listed(above) == [number]
    assert office.listed(outside) == []
    assert refused(lambda: office.look(outside, number)) == ["elsewhere"]
    assert refused(lambda: office.listed(agent)) == ["no_role"]
    assert office.look(auditor, number).number == number
    for act in (office.plan, office.close, office.change):
        assert refused(act, number, auditor) == ["no_role"]
        assert refused(act, number, outside) == ["elsewhere"]
    assert refused(lambda: office.look(above, 99)) == ["unknown_case"]


def test_each_act_and_each_reading_is_in_the_audit_log_without_names(office: Office) -> None:
    number = office.on_file()
    office.measure(number)
    office.plan(number)
    office.release(number)
    office.look(SECOND, number)
    assert "张三" in office.unmask(number, "打印慰问表")
    with office.wiring.database.read() as connection:
        rows = connection.execute(select(audit_entries).order_by(audit_entries.c.sequence)).all()
        events = connection.execute(select(hardship_file_events)).all()
        stored = connection.execute(select(hardship_files)).one()
        folded = FILE_LIFE.fold(number, read_events(connection, [number])[number])
    acts = ["open", "review", "measure", "plan_visit", "release_visit", "read", "unmask"]
    assert [row.act for row in rows] == [f"hardship.{act}" for act in acts]
    assert [row.actor for row in rows] == [
        "li.min",
        "wang.fang",
        "li.min",
        "li.min",
        "wang.fang",
        "wang.fang",
        "li.min",
    ]
    assert "张三" not in repr(rows) + repr(events) + repr(stored)
    assert (stored.version, stored.state, stored.level) == (folded.version, folded.state, folded.level)


def test_an_old_log_in_neither_moves_money_nor_reads_names(office: Office) -> None:
    number = office.on_file()
    for _ in range(3):
        office.plan(number)
    office.release(number, 1)
    office.later(minutes=6)
    assert refused(lambda: office.release(number, 2)) == ["step_up"]
    assert refused(lambda: office.receipt(number)) == ["step_up"]
    assert refused(lambda: office.end(number)) == ["step_up"]
    assert office.end(number, 3).file.visits[2].state is VisitState.WITHDRAWN, "no money was released for it"
    again = replace(FIRST, authenticated_at=office.now)
    assert office.receipt(number, actor=again).file.visits[0].state is VisitState.HANDED_OVER
    assert refused(lambda: office.unmask(number, "核对")) == ["step_up"]


@pytest.mark.both_databases
def test_of_two_officers_who_release_at_once_one_wins(office: Office) -> None:
    number = office.on_file()
    office.plan(number)

    def release(name: str) -> str:
        office.release(number, actor=officer(name))
        return "done"

    assert sorted(do_at_once(release, ("wang.fang", "zhao.lei"))) == ["done", "hardship.visit_not_now"]
    assert posted(office)["budget/hardship-visit"] == -100_000


def test_names_follow_the_vaults_key_and_go_with_the_worker(office: Office) -> None:
    number = office.on_file()
    before = read_in(office.wiring.database, read_key_ids, hardship_names)
    rotate_vault(office.wiring)
    assert read_in(office.wiring.database, read_key_ids, hardship_names).isdisjoint(before)
    forget_old_keys(office.wiring)
    vault = office.wiring.vault
    assert vault is not None
    with office.wiring.database.write() as connection:
        assert read_names(connection, vault.keys, [number])[number][2] == "李四"
        erase_everywhere(connection, acting_officer(office.wiring, "li.min", "本人要求"), WORKER)
        assert read_names(connection, vault.keys, [number])[number] == {}
