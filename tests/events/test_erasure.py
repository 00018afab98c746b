"""A person is erased everywhere in one transaction; what was decided and sealed stays proved."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Connection, String, Text, cast, func, insert, select

from benefits import (
    ActRefused,
    Officer,
    canonical_export_lines,
    list_acts,
    lodge_appeal,
    seal_batches,
    verify_ledger,
)
from benefits.tables.decisions import decisions
from benefits.verification.verify import verify_export_lines
from events import erase_everywhere, parse_event
from events.dead_letters import build_dead_letter, record_dead_letters
from members import read_member_changes
from rules import RuleLibrary
from store import Database, ingress, metadata
from tests.transactions import read_in, write_in
from tools.servers.deciding import verified
from tools.servers.sending import NOW, Sender, handle_in

OFFICER = Officer("gh-017", NOW, NOW.date(), "本人要求")
SIGNS = ("鸟哨修理工", "我家里的话", "第九小学", "还没处理的")  # what only this person has


@pytest.fixture
def known(database: Database, library: RuleLibrary) -> Database:
    """Two people with facts, decisions, an application, an appeal, a letter, and an event that waits."""
    send = Sender()
    lines = [
        send.imported("m-1", trade="鸟哨修理工", birthday="1996-05-20"),
        send.imported("m-12", birthday="1996-05-20"),
        send.birthday("m-1"),
        send.birthday("m-12"),
        send("application.submitted", "m-1", "2026-08-03T10:00:00+08:00", programme="第九小学", year=2026),
    ]
    handle_in(database, library, lines, 10)
    strange = parse_event(send("member.strange", "m-1", note="第九小学"), NOW)
    with database.write() as connection:
        own = select(decisions.c.id).where(decisions.c.member_id == "m-1").limit(1)
        lodge_appeal(connection, connection.execute(own).scalar_one(), "我家里的话", NOW.date(), NOW)
        record_dead_letters(
            connection, [build_dead_letter(strange, getattr(strange, "faults", ()) or [_fault()], "a:1", NOW)]
        )
        waits = send.imported("m-1", trade="还没处理的")
        connection.execute(insert(ingress).values(event=waits, accepted_at=NOW))
        connection.execute(insert(ingress).values(event=send.imported("m-12"), accepted_at=NOW))
        while seal_batches(connection, NOW).batches:
            pass
    return database


def _fault() -> object:
    from core.faults import Fault

    return Fault("strange", "mend it", params={"code": "strange"})


def signs_in(connection: Connection) -> set[str]:
    """What a search through every text of every table finds."""
    found = set()
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, String | Text):
                for sign in SIGNS:
                    # JSON may have written it in ASCII.
                    spelt = (sign, json.dumps(sign)[1:-1])
                    hits = [cast(column, Text).contains(text, autoescape=True) for text in spelt]
                    query = select(func.count()).select_from(table).where(hits[0] | hits[1])
                    if connection.execute(query).scalar_one():
                        found.add(sign)
    return found


def test_a_person_is_erased_everywhere_and_nothing_breaks(known: Database) -> None:
    with known.read() as connection:
        assert signs_in(connection) == set(SIGNS)
        before = verify_ledger(connection)
    with known.write() as connection:
        done = erase_everywhere(connection, OFFICER, "m-1")
        assert signs_in(connection) == set()
    assert done.rows > 5 and done.act is not None
    found = verified(known)
    assert found.disagreements == ()
    assert (found.decisions, found.grants, found.postings) == (
        before.decisions,
        before.grants,
        before.postings,
    )
    with known.read() as connection:
        for with_seals in (False, True):
            lines = canonical_export_lines(connection, seals=with_seals)
            assert verify_export_lines([line.encode() for line in lines]).disagreements == ()
        (act,) = [act for act in list_acts(connection) if act.kind == "erased"]
        assert (act.who, act.reason, act.detail) == ("gh-017", "本人要求", {"member": "m-1"})


def test_others_keep_all_that_is_theirs(known: Database) -> None:
    def theirs(connection: Connection) -> list[object]:
        found: list[object] = [read_member_changes(connection, ["m-12"])]
        found += connection.execute(
            select(decisions.c.explanation).where(decisions.c.member_id == "m-12")
        ).all()
        return [
            *found,
            *connection.execute(select(ingress.c.event).where(ingress.c.event.contains("m-12"))).all(),
        ]

    with known.write() as connection:
        before = theirs(connection)
        erase_everywhere(connection, OFFICER, "m-1")
        assert theirs(connection) == before


def test_done_again_it_changes_nothing(known: Database) -> None:
    with known.write() as connection:
        erase_everywhere(connection, OFFICER, "m-1")
        before = [list_acts(connection), list(canonical_export_lines(connection))]
        assert erase_everywhere(connection, OFFICER, "m-1").rows == 0
        assert [list_acts(connection), list(canonical_export_lines(connection))] == before


def test_an_event_that_was_handled_is_not_handled_again_for_an_erased_person(
    database: Database, library: RuleLibrary
) -> None:
    line = Sender().imported("m-1", trade="鸟哨修理工")
    handle_in(database, library, [line], 1)
    write_in(database, erase_everywhere, OFFICER, "m-1")
    assert handle_in(database, library, [line], 1).duplicates == 1
    assert not read_in(database, read_member_changes, ["m-1"])["m-1"]


def test_without_a_reason_nobody_is_erased(known: Database) -> None:
    with known.write() as connection, pytest.raises(ActRefused):
        erase_everywhere(connection, Officer("gh-017", NOW, NOW.date()), "m-1")
    assert read_in(known, signs_in) == set(SIGNS)


def test_no_byte_of_the_file_tells_of_an_erased_person(known: Database) -> None:
    if not known.is_sqlite:
        return  # PostgreSQL clears its pages by itself
    write_in(known, erase_everywhere, OFFICER, "m-1")
    known.vacuum()
    content = b"".join(
        part.read_bytes() for part in Path(known.target.removeprefix("file:")).parent.glob("*.db*")
    )
    assert b"m-12" in content
    for sign in SIGNS:
        assert sign.encode() not in content and json.dumps(sign)[1:-1].encode() not in content, sign
