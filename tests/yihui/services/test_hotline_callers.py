"""Callers' data: read with a reason, encrypted, and deleted when their time is over, with a proof."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from benefits import Officer
from events import erase_everywhere
from events.personal_rows import read_member_rows
from members.hotline.callers import CallerDeletion, digest_rows, list_deletions
from members.hotline.tables import hotline_callers
from tests.yihui.refusals import refused
from tests.yihui.services.hardship_office import JINAN, PROVINCE
from tests.yihui.services.hotline_desk import AGENT, MEMBER, PHONE, TRANSCRIPT, Hotline, officer
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.cases.hotline.callers import delete_old_caller_data
from yihui.cases.hotline.escalation import run_hotline_escalation, run_hotline_retention
from yihui.services.members.vault_upkeep import forget_old_keys, rotate_vault

ANONYMOUS = {"name": None, "phone": None, "text": None}


def load_deletions(line: Hotline) -> list[CallerDeletion]:
    with line.wiring.database.read() as connection:
        return list_deletions(connection)


@pytest.fixture
def line(target: str, tmp_path: Path) -> Hotline:
    return Hotline(target, tmp_path, hotline_retention_days=30).found()


def closed_case(line: Hotline) -> int:
    number = line.open().case.number
    line.close(number)
    return number


def stored(line: Hotline) -> list[tuple[object, ...]]:
    c = hotline_callers.c
    with line.wiring.database.read() as connection:
        rows = connection.execute(
            select(c.case_number, c.name, c.phone, c.transcript).order_by(c.case_number)
        )
        return [tuple(row) for row in rows]


def test_a_caller_is_read_in_clear_only_with_a_reason_and_a_right_and_it_is_logged(line: Hotline) -> None:
    number = line.open().case.number
    assert refused(lambda: line.unmask(number, "　")) == ["string_too_short"]
    assert refused(lambda: line.unmask(number, "回电", officer("a", JINAN))) == ["elsewhere"]
    reader = officer("au", PROVINCE, Role.AUDITOR)
    assert refused(lambda: line.unmask(number, "回电", reader)) == ["no_role"]
    stale = replace(officer("b", PROVINCE), authenticated_at=line.now - timedelta(minutes=6))
    assert refused(lambda: line.unmask(number, "回电", stale)) == ["step_up"]
    assert line.unmask(number, "回电核实") == {"name": "张三", "phone": PHONE, "text": TRANSCRIPT}
    with line.wiring.database.read() as connection:
        query = select(audit_entries).where(audit_entries.c.act == "hotline.unmask")
        (row,) = connection.execute(query).all()
    assert (row.reason, row.object_id, row.organisation) == ("回电核实", str(number), PROVINCE)
    assert PHONE not in str(row)
    anonymous = line.open(**ANONYMOUS).case.number
    assert refused(lambda: line.unmask(anonymous, "回电")) == ["no_caller"]


def test_what_was_said_is_deleted_when_its_time_is_over_and_no_byte_of_it_stays(
    line: Hotline, target: str
) -> None:
    first = closed_case(line)
    line.later(days=29)
    second, waits = closed_case(line), line.open().case.number
    rows = stored(line)
    assert [row[0] for row in rows] == [first, second, waits]
    assert delete_old_caller_data(line.wiring, AGENT) is None
    done = delete_old_caller_data(line.later(days=2).wiring, AGENT)
    assert done is not None and (done.cases, done.digest) == (1, digest_rows(rows[:1]))
    assert stored(line) == rows[1:]
    (proof,) = load_deletions(line)
    assert proof == done
    assert delete_old_caller_data(line.later(days=60).wiring, AGENT) is not None
    assert [row[0] for row in stored(line)] == [waits], "an open case needs its caller"
    line.wiring.database.close()
    if not line.wiring.database.is_sqlite:
        return
    content = b"".join(file.read_bytes() for file in Path(target).parent.glob("yihui.db*"))
    for cell in rows[0][1:] + rows[1][1:]:
        assert str(cell).encode() not in content
    assert str(rows[2][3]).encode() in content, "the search for bytes finds what is there"
    for said in (TRANSCRIPT, "张三", PHONE):
        assert said.encode() not in content and said.encode("utf-16-le") not in content


def test_the_upkeep_overwrites_what_it_deletes_and_escalates(line: Hotline, target: str) -> None:
    closed_case(line)
    rows = stored(line)
    late = line.later(days=31).open().case.number
    assert run_hotline_escalation(line.later(hours=2).wiring) == 2
    run_hotline_retention(line.wiring)
    assert [row[0] for row in stored(line)] == [late]
    line.wiring.database.close()
    if line.wiring.database.is_sqlite:
        content = b"".join(file.read_bytes() for file in Path(target).parent.glob("yihui.db*"))
        assert not [cell for cell in rows[0][1:] if str(cell).encode() in content]


def test_erasing_a_member_erases_what_was_said_in_cases_about_her(line: Hotline) -> None:
    own, other = line.open(member=MEMBER).case.number, line.open().case.number
    with line.wiring.database.write() as connection:
        assert "hotline_callers" not in read_member_rows(connection, MEMBER)
        assert read_member_rows(connection, MEMBER)["hotline_cases"][0]["number"] == own
        erase_everywhere(connection, Officer("gh-1", line.now, line.now.date(), "本人要求"), MEMBER)
    assert [row[0] for row in stored(line)] == [other]
    assert [one.cases for one in load_deletions(line)] == [1]


def test_a_new_key_of_the_vault_encrypts_callers_too_and_the_old_one_can_go(line: Hotline) -> None:
    number = line.open().case.number
    before = stored(line)
    (old,) = line.wiring.vault.keys if line.wiring.vault else ()
    rotate_vault(line.wiring)
    assert stored(line) != before
    assert forget_old_keys(line.wiring) == [old.id]
    assert line.unmask(number, "回电")["text"] == TRANSCRIPT


def test_callers_of_another_case_or_column_can_not_be_read_as_this_one(line: Hotline) -> None:
    one, other = line.open().case.number, line.open().case.number
    with line.wiring.database.write() as connection:
        row = connection.execute(select(hotline_callers).where(hotline_callers.c.case_number == one)).one()
        connection.execute(
            hotline_callers.update().where(hotline_callers.c.case_number == other).values(name=row.name)
        )
    assert refused(lambda: line.unmask(other, "回电")) == ["damaged"]


def test_without_a_key_a_case_is_opened_without_its_caller(target: str, tmp_path: Path) -> None:
    line = Hotline(target, tmp_path).found()
    (tmp_path / "data" / "vault.key").unlink()
    bare = Hotline.__new__(Hotline)
    bare.now, bare.wiring = line.now, type(line.wiring)(line.wiring.settings, line.wiring.now)
    assert refused(bare.open) == ["no_vault"]
    assert bare.open(**ANONYMOUS).caller is None
