"""Comments on a submitted version: who writes, who reads, and that nobody changes or overlooks one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

import benefits
from benefits.rulebook.comments import MAX_COMMENT_LENGTH, MOST_COMMENTS
from core.faults import FaultError
from store import Database, StoreError
from yihui.access.acting import Acting, acting_as
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.audit import AuditEntry
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import PROVINCE_CODE, Wiring, build_wiring, load_settings
from yihui.services.rules.comments import comment_on_version, list_waiting_versions, load_discussion
from yihui.services.rules.desk import submit_version
from yihui.services.rules.documents import RuleFile
from yihui.services.rules.life import RuleService
from yihui.services.rules.lookup import draft_rule

pytestmark = pytest.mark.endure

NOW = datetime(2026, 10, 9, 1, 0, tzinfo=UTC)
TODAY = date(2026, 10, 9)
DISTRICT = "370202"


def officer(name: str, role: Role, place: str = PROVINCE_CODE) -> Actor:
    return Actor(name, name, ActorKind.OFFICER, (Assignment(role, place, TODAY),), NOW)


AUTHOR, APPROVER = officer("wang", Role.RULE_AUTHOR), officer("zhao", Role.RULE_APPROVER)
AUDITOR = officer("sun", Role.AUDITOR)


@pytest.fixture
def wiring(database: Database, tmp_path: Path) -> Wiring:
    built = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}, database.target), lambda: NOW)
    built.__dict__["database"] = database
    return built


@pytest.fixture
def version(wiring: Wiring) -> str:
    """The hash of a version of the province's rule that waits."""
    draft = draft_rule(wiring, "birthday-cake", date(2027, 1, 1), None, None)
    file = RuleFile("rule.yaml", draft.text, draft.tables)
    return submit_version(wiring, AUTHOR, file, takes_over=True).candidate.stated.hash


def codes_of(act: Callable[[], object]) -> list[str]:
    with pytest.raises(FaultError) as refused:
        act()
    return [fault.code for fault in refused.value.faults]


def texts(wiring: Wiring, actor: Actor, hash_: str) -> list[str]:
    return [one.text for one in load_discussion(wiring, actor, hash_).comments]


def test_author_and_approver_discuss_and_an_auditor_reads(wiring: Wiring, version: str) -> None:
    first = comment_on_version(wiring, APPROVER, version, "  第二条的依据是哪一款？\r\n请补充。 ")
    second = comment_on_version(wiring, AUTHOR, version, "第三款，已写入 basis。")
    assert (first.by, first.at, first.number < second.number) == ("zhao", NOW, True)
    for reader in (AUTHOR, APPROVER, AUDITOR):
        found = load_discussion(wiring, reader, version)
        assert [one.text for one in found.comments] == [
            "第二条的依据是哪一款？\n请补充。",
            "第三款，已写入 basis。",
        ]
        assert found.is_open is (reader is not AUDITOR)
        [waiting] = list_waiting_versions(wiring, reader)
        assert (waiting.version.hash, waiting.comments[-1].by) == (version, "wang")


@pytest.mark.parametrize(
    "stranger",
    [
        officer("li", Role.RULE_AUTHOR, DISTRICT),
        officer("li", Role.RULE_APPROVER, DISTRICT),
        officer("li", Role.AUDITOR, DISTRICT),
        officer("li", Role.FINANCE_PREPARER),
        officer("li", Role.ADMINISTRATOR),
    ],
    ids=lambda one: f"{one.assignments[0].role}@{one.assignments[0].organisation}",
)
def test_others_neither_write_nor_read(wiring: Wiring, version: str, stranger: Actor) -> None:
    comment_on_version(wiring, AUTHOR, version, "只给审批人看")
    assert codes_of(lambda: comment_on_version(wiring, stranger, version, "x"))[0].startswith("authorisation")
    found = load_discussion(wiring, stranger, version)
    assert (list(found.comments), found.is_readable, found.is_open) == ([], False, False)
    assert list_waiting_versions(wiring, stranger) == []


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (" \n ", ["rule_comment.empty"]),
        ("长" * (MAX_COMMENT_LENGTH + 1), ["rule_comment.too_long"]),
        ("请联系 13800001234", ["rule_comment.personal"]),
        ("倒\u202e序", ["rule_comment.control"]),
        ("\x00" + "13800001234 " * 100, ["rule_comment.too_long", "rule_comment.control", "rule_comment.personal"]),
    ],
    ids=["empty", "long", "phone", "direction", "all at once"],
)  # fmt: skip
def test_a_bad_comment_is_refused_with_every_fault(
    wiring: Wiring, version: str, text: str, codes: list[str]
) -> None:
    assert codes_of(lambda: comment_on_version(wiring, AUTHOR, version, text)) == codes
    assert texts(wiring, AUTHOR, version) == []


def test_a_comment_needs_a_version_that_was_submitted(wiring: Wiring) -> None:
    shipped = wiring.library.versions("birthday-cake")[0].hash
    for unknown in (shipped, "f" * 64, "", "' OR 1=1"):
        assert codes_of(lambda h=unknown: comment_on_version(wiring, AUTHOR, h, "x")) == [  # type: ignore[misc]
            "rule_comment.unknown"
        ]
        assert not load_discussion(wiring, AUTHOR, unknown).is_readable


def test_a_rejected_version_is_still_discussed_and_an_approved_one_is_not(
    wiring: Wiring, version: str
) -> None:
    RuleService(wiring).reject(version, "zhao", "缺依据")
    comment_on_version(wiring, AUTHOR, version, "依据已补，重新提交。")
    draft = draft_rule(wiring, "birthday-cake", date(2027, 1, 1), None, None)
    submit_version(wiring, AUTHOR, RuleFile("rule.yaml", draft.text, draft.tables), takes_over=True)
    RuleService(wiring).approve(version, "zhao", seen=True)
    assert codes_of(lambda: comment_on_version(wiring, AUTHOR, version, "x")) == ["rule_comment.decided"]
    assert texts(wiring, AUDITOR, version) == ["依据已补，重新提交。"]
    assert not load_discussion(wiring, AUTHOR, version).is_open


def test_who_approves_has_seen_every_comment(wiring: Wiring, version: str) -> None:
    seen = comment_on_version(wiring, APPROVER, version, "金额对吗？").number
    comment_on_version(wiring, AUTHOR, version, "不对，请先不要批准。")

    def approve(number: int) -> object:
        def check(connection: object) -> None:
            benefits.require_comments_seen(connection, version, number)  # type: ignore[arg-type]

        return RuleService(wiring).approve(version, "zhao", seen=True, check=check)

    assert codes_of(lambda: approve(seen)) == ["rule_comment.unread"]
    with wiring.database.read() as connection:
        assert benefits.list_submitted_versions(connection)[0].state == "submitted"
    approve(load_discussion(wiring, APPROVER, version).last_number)


def test_comments_at_once_are_all_stored_and_no_more_than_fit(wiring: Wiring, version: str) -> None:
    with wiring.database.write() as connection:
        for number in range(MOST_COMMENTS - 4):
            benefits.append_rule_comment(
                connection, benefits.Officer("wang", NOW, TODAY), version, f"{number}"
            )

    def comment(number: int) -> str:
        try:
            return comment_on_version(wiring, AUTHOR, version, f"并发 {number}").text
        except FaultError as refused:
            return refused.faults[0].code

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(comment, range(8)))
    assert done.count("rule_comment.full") == 4
    assert len(texts(wiring, AUTHOR, version)) == MOST_COMMENTS


def test_no_statement_changes_or_deletes_a_comment(wiring: Wiring, version: str) -> None:
    comment_on_version(wiring, AUTHOR, version, "原话")
    for statement in (
        "UPDATE rule_comments SET text = 'x'",
        "UPDATE rule_comments SET \"by\" = 'x'",
        "DELETE FROM rule_comments",
    ):
        with (
            pytest.raises((DatabaseError, StoreError), match="only ever added"),
            wiring.database.write() as connection,
        ):
            connection.exec_driver_sql(statement)
    assert texts(wiring, AUTHOR, version) == ["原话"]


def test_a_comment_and_its_audit_entry_are_one_transaction(wiring: Wiring, version: str) -> None:
    entry = AuditEntry("rules.comment.comment", "form", "k")
    with acting_as(Acting(AUTHOR, TODAY, entry)):
        comment_on_version(wiring, AUTHOR, version, "记录在案")
    with acting_as(Acting(AUTHOR, TODAY, AuditEntry("x" * 65, "form", "k"))), pytest.raises(FaultError):
        comment_on_version(wiring, AUTHOR, version, "没有记录")
    with wiring.database.read() as connection:
        rows = connection.execute(select(audit_entries.c.act, audit_entries.c.role)).all()
    assert ("rules.comment.comment", "rule_author") in [tuple(row) for row in rows]
    assert texts(wiring, AUTHOR, version) == ["记录在案"]
