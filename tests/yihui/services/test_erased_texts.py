"""What officers wrote about a member goes with her erasure, wherever it stood; what they wrote about others stays."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json
from sqlalchemy import Column, Row, String, Table, Update, cast, select, update
from sqlalchemy.exc import DBAPIError

from events import check_row_batches
from members.hardship.repository import erase_file_texts
from members.hotline.repository import find_case
from members.joining.repository import insert_request
from members.joining.request import JoinRequest
from members.mutual_aid.repository import erase_aid_texts
from members.mutual_aid.tables import mutual_aid_enrolment_changes
from store import ERASED_PREFIX, Database, StoreError, metadata
from store.guards import TYPED_TEXTS
from tests.yihui.nouns import do
from tests.yihui.services.hardship_office import LIXIA, WORKER
from tests.yihui.services.hotline_desk import AGENT
from tests.yihui.services.mutual_aid_office import OTHER, SECOND, AidOffice
from yihui.access.actor import CONSOLE
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.audit_erasure import JOIN_OBJECT, check_erased_entries
from yihui.access.tables import AUDIT_BATCHES, audit_entries
from yihui.bootstrap import Wiring
from yihui.cases.hotline import cases
from yihui.cases.mutual_aid import claims
from yihui.services.members.erasure import erase_member_data

ILLNESS = "尿毒症透析"  # each planted text begins with it


@pytest.fixture
def office(target: str, tmp_path: Path) -> AidOffice:
    return AidOffice(target, tmp_path)


def planted(number: int) -> str:
    return f"{ILLNESS}{number}"


def plant_case_file(office: AidOffice) -> int:
    """Write down a household, change it, and close it again, each with a text of its own."""
    number = office.open(plan=planted(1)).file.number
    office.review(number, SECOND, reason=planted(2))
    office.change(number, plan=planted(4), reason=planted(3))
    office.measure(number, text=planted(6))
    office.plan(number, purpose=planted(7))
    office.end(number, reason=planted(8))
    office.close(number, reason=planted(9))
    office.reopen(number, reason=planted(10))
    return number


def plant_claim(office: AidOffice) -> None:
    """Correct an enrolment and send a claim back, correct and refuse it, each with a text of its own."""
    policy = office.policy()
    office.correct_enrolment(policy, reason=planted(11), covered_from=date(2026, 1, 2))
    office.correct_enrolment(policy, OTHER, reason="名单核对无误", covered_from=date(2026, 1, 3))
    number = office.submit(policy).number
    office.do(claims.SEND_BACK, SECOND, number, reason=planted(12))
    office.correct(number, reason=planted(13))
    office.do(claims.REFUSE, SECOND, number, reason=planted(14))


def plant_call(office: AidOffice) -> int:
    """Take a call from the member, and one from somebody else; return the number of hers."""
    wiring = office.wiring
    said: dict[str, Any] = {"organisation": LIXIA, "category": "rights"}
    mine = {
        "summary": planted(16),
        "name": "张三",
        "phone": "13800001234",
        "text": planted(15),
        "member": WORKER,
    }
    number = do(wiring, AGENT, cases.OPEN, **said, **mine)
    do(wiring, AGENT, cases.OPEN, **said, summary="别人的事情", name="李四", phone="13900001234")
    do(wiring, AGENT, cases.DISPATCH, number, unit=LIXIA, reason=planted(18))
    do(wiring, AGENT, cases.ACCEPT, number, unit=LIXIA)
    until = office.now.date() + timedelta(days=2)
    do(wiring, AGENT, cases.SUSPEND, number, reason=planted(20), until=until)
    do(wiring, AGENT, cases.RESUME, number)
    do(wiring, AGENT, cases.CLOSE, number, answer=planted(23), unit=LIXIA)
    do(wiring, AGENT, cases.CALL_BACK, number, outcome="satisfied", reason=planted(24))
    return int(number)


def plant_join(office: AidOffice) -> str:
    """Refuse a request of the member's to join, as an officer's form records it; return the id of another's."""
    requests = [
        JoinRequest(mark * 32, LIXIA, "page", office.now, office.now + timedelta(days=1), "refused", member)
        for mark, member in (("a", WORKER), ("b", None))
    ]
    with office.wiring.database.write() as connection:
        for request, reason in zip(requests, (planted(25), "资料不清楚"), strict=True):
            insert_request(connection, request, None)
            entry = AuditEntry("members.change.refuse", JOIN_OBJECT, request.id, reason, LIXIA)
            append_audit_entry(connection, CONSOLE, entry, office.now)
    return requests[1].id


def read_answer(wiring: Wiring, number: int) -> tuple[str, ...]:
    with wiring.database.read() as connection:
        case = find_case(connection, number)
    assert case is not None
    return case.answers[0].sentences


def find_texts(database: Database) -> str:
    """Return all that a database holds: a file's bytes, or the texts of all rows."""
    if database.is_sqlite:
        folder = Path(database.target).parent
        return b"".join(one.read_bytes() for one in folder.glob("yihui.db*")).decode("utf-8", "ignore")
    with database.read() as connection:
        columns = [column for table in metadata.sorted_tables for column in table.columns]
        return "\n".join(
            text
            for column in columns
            for text in connection.execute(select(cast(column, String)).where(column.is_not(None))).scalars()
        )


def test_what_officers_wrote_about_a_member_goes_with_her_erasure(office: AidOffice) -> None:
    file, case = plant_case_file(office), plant_call(office)
    plant_claim(office)
    plant_join(office)
    database = office.wiring.database
    there = find_texts(database)
    assert [
        number
        for number in range(1, 26)
        if planted(number) not in there and number not in (5, 15, 17, 19, 21, 22)
    ] == []
    erase_member_data(office.wiring, WORKER, "li.min", "本人要求")
    left = find_texts(database)
    assert ILLNESS not in left, left[max(0, left.find(ILLNESS) - 200) :][:400]
    assert "名单核对无误" in left and "别人的事情" in left and "资料不清楚" in left, (
        "what is about others stays"
    )
    with database.read() as connection:
        assert [*check_erased_entries(connection)] == []
        assert check_row_batches(connection, office.now, (AUDIT_BATCHES,)).faults == []
    shown = office.read(file).file
    assert shown.plan == "" and shown.level == "一般困难" and shown.measures[0].kind == "job"
    assert read_answer(office.wiring, case) == ("",)
    assert erase_member_data(office.wiring, WORKER, "li.min", "本人要求").rows == 0, "nothing is left"
    with database.write() as connection:
        assert erase_aid_texts(connection, OTHER), "who is covered by the same policy and was not erased"
    with database.read() as connection:
        faults = {fault.text.partition(":")[0] for fault in check_erased_entries(connection)}
    assert faults == {"mutual_aid_policy_events", "mutual_aid_enrolment_changes"}


def render(value: object) -> str:
    """Return JSON as histories are stored."""
    return to_json(value).decode()


def forgeries(data: dict[str, Any], texts: frozenset[str]) -> Iterator[str]:
    """Yield what bears the mark of an erasure of an event's data and says something else than they did."""
    mark = {"erased": "f" * 32}
    empty = {
        name: [""] * len(data[name]) if isinstance(data[name], list) else "" for name in texts & set(data)
    }
    for name in sorted(set(data) - texts):
        changed = data[name] + 1 if isinstance(data[name], int) else f"{data[name]}0"
        yield render(mark | data | empty | {name: changed})
        yield render({key: value for key, value in (mark | data | empty).items() if key != name})
        yield render(mark | data | empty)[:-1] + f',"{name}":{render(changed)}}}'
    for name in sorted(key for key in empty if data[key]):
        yield render(mark | data | empty | {name: "forged"})
        yield render(mark | data | empty | {name: ["forged"] * len(data[name])})
        yield render(mark | data | empty | {name: data[name]})
        yield render(mark | data | empty | {name: ["", *empty[name]]})
    yield render(mark | data | empty | {"added": 1})
    yield render(mark | data | empty | {"erased": ILLNESS})


def assert_refused(database: Database, column: Column[str], row: Row[Any], content: str) -> None:
    """Assert that a guard refuses to write something into a column of a row."""
    with pytest.raises((DBAPIError, StoreError)) as refused, database.write() as connection:
        connection.execute(rewriting(column, row, content))
    assert "only ever added" in str(refused.value.__cause__ or refused.value), content


def rewriting(column: Column[str], row: Row[Any], content: str) -> Update:
    table = column.table
    assert isinstance(table, Table)
    own = [one == row._mapping[one.name] for one in table.primary_key]
    return update(table).where(*own).values({column.name: content})


@pytest.mark.both_databases  # each has SQL of its own in the guards
def test_an_erasure_changes_nothing_but_the_texts_of_a_history(office: AidOffice) -> None:
    plant_case_file(office)
    plant_call(office)
    plant_claim(office)
    database, tried = office.wiring.database, 0
    whole = [(audit_entries, "reason"), (audit_entries, "changes"), (mutual_aid_enrolment_changes, "reason")]
    for name, texts in TYPED_TEXTS.items():
        table = metadata.tables[name]
        with database.read() as connection:
            rows = connection.execute(select(table)).all()
        assert rows, name
        latest = {row.act: row for row in rows}  # one of each act
        for row in latest.values():
            for content in ("{}", *forgeries(json.loads(row.data), texts)):
                assert_refused(database, table.c.data, row, content)
                tried += 1
    for table, name in whole:
        with database.read() as connection:
            first = connection.execute(select(table)).first()
        assert first is not None
        for content in (f'{ERASED_PREFIX}{"f" * 32}","more":"x"}}', f"{ERASED_PREFIX}{'f' * 31}", "{}"):
            assert_refused(database, table.c[name], first, content)
    assert tried > 100
    erase_member_data(office.wiring, WORKER, "li.min", "本人要求")
    for name in TYPED_TEXTS:
        table = metadata.tables[name]
        with database.read() as connection:
            erased = select(table).where(table.c.data.startswith(ERASED_PREFIX, autoescape=True))
            row = connection.execute(erased).first()
        assert row is not None, name
        assert_refused(database, table.c.data, row, row.data)


def test_texts_that_were_erased_without_an_erasure_of_the_member_are_found(office: AidOffice) -> None:
    office.open(plan=planted(1))
    plant_claim(office)
    other = plant_join(office)
    with office.wiring.database.write() as connection:
        refused = update(audit_entries).where(audit_entries.c.object_id == other)
        connection.execute(refused.values(reason=f'{ERASED_PREFIX}{"f" * 32}"}}'))
        assert erase_file_texts(connection, WORKER) and erase_aid_texts(connection, WORKER)
    with office.wiring.database.read() as connection:
        faults = [fault.text for fault in check_erased_entries(connection)]
    assert all("no erasure of its member" in one for one in faults)
    assert {one.partition(":")[0] for one in faults} == {
        "audit_entries",
        "hardship_file_events",
        "mutual_aid_claim_events",
        "mutual_aid_enrolment_changes",
        "mutual_aid_policy_events",
    }
