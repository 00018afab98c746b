"""Corrections of members' facts: stated anew and never overwritten, previewed without a trace, proven, erased."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.faults import FaultError
from events.tables import journal
from members import facts_on, read_member_changes
from members.attachments import list_member_attachments
from members.corrections import RecordedCorrection, list_corrections
from tests.members.organisations.acting import NOW, event_of, handle
from tests.transactions import read_in, rows_in
from tests.yihui.files.test_pictures import picture
from tests.yihui.http.two_districts import (
    FOREIGN,
    OWN,
    TODAY,
    UNION,
    TwoDistricts,
    found_two_districts,
    officer,
)
from tests.yihui.nouns import do
from tests.yihui.nouns import preview as preview_noun
from tests.yihui.refusals import codes
from tests.yihui.services.joining_people import id_number
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.cases.corrections.acts import CORRECT
from yihui.cases.corrections.pages import NOUN, FactFilter
from yihui.frame.fields import TypedFile
from yihui.frame.listing import Slice
from yihui.frame.looking import find_rows, show_thing
from yihui.frame.plain import sections_json
from yihui.frame.typed import parse_values
from yihui.frame.types import draw_picture
from yihui.services.attachments.attachments import open_attachment_store
from yihui.services.members.erasure import erase_member_data
from yihui.services.messages.member_messages import load_message_page

OFFICER = officer(Role.CASE_WORKER, "inside")
LONG_AGO = date(2026, 3, 1)
PROOF = picture()


@pytest.fixture
def union(target: str, tmp_path: Path) -> TwoDistricts:
    return found_two_districts(target, tmp_path)


def send(union: TwoDistricts, kind: str, day: str, /, **data: object) -> None:
    with union.wiring.database.write() as connection:
        library = union.wiring.runner.library(connection)
        assert not handle(connection, event_of(kind, OWN, day, **data), library=library).dead_letters


def import_twice(union: TwoDistricts) -> None:
    """Import two yearly rolls with the same mistake."""
    enrolled = {"organisation": "370102001-00001", "joined_on": "2026-03-01", "birthday": "1990-03-02"}
    for on in ("2026-04-01", "2026-08-01"):
        send(union, "member.imported", on, **enrolled)


def fact(union: TwoDistricts, name: str, day: date = TODAY) -> object:
    return facts_on(read_in(union.wiring.database, read_member_changes, [OWN])[OWN], day)[f"member.{name}"]


def fill(value: str, since: date | None = None, content: bytes = PROOF) -> dict[str, Any]:
    proof = draw_picture(TypedFile("a.png", content))
    return {"value": value, "since": since, "title": "户口簿", "picture": proof, "reason": "与户口簿核对"}


def preview(
    union: TwoDistricts, name: str, value: str, since: date | None = None, member: str = OWN
) -> dict[str, Any]:
    return preview_noun(union.wiring, OFFICER, CORRECT, f"{member}.{name}", **fill(value, since))


def correct(
    union: TwoDistricts, name: str, value: str, since: date | None = None, version: int | None = None
) -> None:
    do(union.wiring, OFFICER, CORRECT, f"{OWN}.{name}", seen=version, **fill(value, since))


def recorded(union: TwoDistricts) -> list[RecordedCorrection]:
    return read_in(union.wiring.database, list_corrections, OWN)


def test_a_lifelong_fact_is_replaced_wherever_it_was_recorded(union: TwoDistricts) -> None:
    import_twice(union)
    spans = preview(union, "birthday", "1990-02-03")["spans"]
    assert [(one["since"], one["before"], one["after"]) for one in spans] == [
        ("2026-03-01", "not known", "1990-02-03"),
        ("2026-04-01", "1990-03-02", "1990-02-03"),
    ]
    correct(union, "birthday", "1990-02-03")
    for day in (LONG_AGO, date(2026, 5, 1), TODAY):
        assert fact(union, "birthday", day) == date(1990, 2, 3)
    assert fact(union, "organisation") == "370102001-00001" and fact(union, "status") == "active"


def test_a_correction_of_several_past_records_is_one_new_message_and_the_first(union: TwoDistricts) -> None:
    import_twice(union)
    union.wiring.now = lambda: NOW + timedelta(minutes=1)
    correct(union, "birthday", "1990-02-03")
    found = load_message_page(union.wiring, OWN, NOW).messages
    assert [one.is_new for one in found] == [True, *[False] * (len(found) - 1)]
    assert (found[0].name, found[0].params) == ("member.profile_changed", {"facts": ["birthday"]})


def test_another_fact_is_right_from_its_day_until_the_next_record(union: TwoDistricts) -> None:
    send(union, "member.profile_changed", "2026-04-01", trade="办公室")
    send(union, "member.profile_changed", "2026-09-01", trade="外卖员")
    (span,) = preview(union, "trade", "快递员", date(2026, 6, 1))["spans"]
    assert (span["since"], span["until"]) == ("2026-06-01", "2026-08-31")
    correct(union, "trade", "快递员", date(2026, 6, 1))
    days = {day: fact(union, "trade", day) for day in (date(2026, 5, 31), date(2026, 6, 1), TODAY)}
    assert list(days.values()) == ["办公室", "快递员", "外卖员"]


def test_the_preview_names_the_decisions_that_would_be_others_and_stores_nothing(union: TwoDistricts) -> None:
    send(union, "member.profile_changed", "2026-04-01", trade="办公室", district="370102")
    send(union, "weather.heat_warned", "2026-07-10", district="370102", level="橙色", temperature_c=38, on="2026-07-10")  # fmt: skip
    before = rows_in(union.wiring.database, select(journal.c.event))
    for _ in range(2):
        (one,) = preview(union, "trade", "快递员", date(2026, 4, 1))["differences"]
        assert (one["was_fen"], one["would_be_fen"]) == ("", 5000)
    assert rows_in(union.wiring.database, select(journal.c.event)) == before
    assert fact(union, "trade") == "办公室"


def test_a_correction_is_recorded_with_reason_and_proof_and_goes_with_the_person(union: TwoDistricts) -> None:
    correct(union, "joined_on", "2025-12-31")
    (record,) = recorded(union)
    assert (record.fact, record.officer, record.reason) == ("joined_on", "li.min", "与户口簿核对")
    page = show_thing(union.wiring, OFFICER, NOUN, f"{OWN}.joined_on", union.wiring.language).page
    (paper,) = sections_json(page.sections)["proofs"]  # type: ignore[misc]
    assert paper == {"number": record.attachment, "title": "户口簿", "pages": 1, "by": "li.min"}
    (proof,) = read_in(union.wiring.database, list_member_attachments, OWN)
    store = open_attachment_store(union.wiring)
    assert store.read(proof.digest)
    erase_member_data(union.wiring, OWN, "li.min", "本人要求")
    assert recorded(union) == []
    with pytest.raises(FaultError):
        store.read(proof.digest)


def test_what_was_recorded_since_the_page_was_opened_refuses_the_act(union: TwoDistricts) -> None:
    seen = show_thing(union.wiring, OFFICER, NOUN, f"{OWN}.trade", union.wiring.language).thing.history
    send(union, "member.profile_changed", "2026-09-01", trade="外卖员")
    assert codes(correct, union, "trade", "快递员", version=len(seen)) == ["thing.changed"]
    assert fact(union, "trade") == "外卖员" and recorded(union) == []
    assert not [one for one in open_attachment_store(union.wiring).folder.rglob("*") if one.is_file()]


def test_what_can_not_be_right_is_refused(union: TwoDistricts) -> None:
    """A value that isn't the fact's is refused by the event's own check, whose faults have no code."""
    for name, value, since, member, code in (
        ("birthday", "2026-10-04", TODAY, OWN, "correction.still_to_come"),
        ("joined_on", "2026-02-30", TODAY, OWN, ""),
        ("birthday", "2026-03-01", TODAY, OWN, "correction.born_late"),
        ("trade", "快递员", date(2026, 10, 4), OWN, "correction.still_to_come"),
        ("trade", "快递员", date(2026, 2, 28), OWN, "correction.before"),
        ("skill_level", "大师", TODAY, OWN, ""),
        ("district", "37", TODAY, OWN, ""),
        ("mutual_aid_year", "二〇二六", TODAY, OWN, ""),
        ("joined_on", "2026-03-01", TODAY, OWN, "correction.same"),
        ("trade", "快递员", TODAY, FOREIGN, "thing.unknown"),
        ("trade", "快递员", TODAY, "m-unknown", "thing.unknown"),
        ("organisation", "370102001-00002", TODAY, OWN, "correction.fact"),
    ):
        assert codes(preview, union, name, value, since, member)[0] == code, (name, value)
    wrong = {"value": "快递员", "reason": "登记有误"}
    assert codes(parse_values, CORRECT.form, wrong) == ["correction.no_proof"]
    with pytest.raises(FaultError) as error:
        preview(union, "trade", "快递员", member=id_number(1))
    assert error.value.code == "thing.unknown" and id_number(1) not in str(error.value.faults)
    assert fact(union, "joined_on") == date(2026, 3, 1) and fact(union, "trade") is None


def test_who_read_a_members_facts_stands_in_the_log_of_her_organisation(union: TwoDistricts) -> None:
    find_rows(union.wiring, OFFICER, NOUN, FactFilter(member=OWN), Slice())
    c = audit_entries.c
    query = select(c.act, c.organisation).where(c.object_id == OWN).order_by(c.sequence.desc())
    with union.wiring.database.read() as connection:
        assert connection.execute(query).first() == ("members.read", UNION)


def test_an_officer_without_a_post_is_shown_without_the_id(union: TwoDistricts) -> None:
    correct(union, "trade", "快递员")
    names = show_thing(union.wiring, OFFICER, NOUN, f"{OWN}.trade", union.wiring.language).names
    assert names.officer("li.min", union.wiring.language) == "工作人员 …min"
    assert names.officer("console:root", union.wiring.language) == "控制台"
    assert names.with_ids.officer("li.min", union.wiring.language) == "li.min"
