"""Corrections of members' facts: stated anew and never overwritten, previewed without a trace, proven, erased."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from core.faults import FaultError
from events.tables import journal
from members import facts_on, read_member_changes
from members.correction_tables import member_corrections
from tests.members.organisations.acting import NOW, event_of, handle
from tests.yihui.files.test_pictures import picture
from tests.yihui.http.two_districts import FOREIGN, HERE, OWN, TODAY, TwoDistricts, found_two_districts
from yihui.files.pictures import picture_file
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.attachments.attachments import SentFile, open_attachment_store
from yihui.services.members.corrections import (
    Correction,
    CorrectionEffect,
    CorrectionProof,
    correct_member,
    list_correction_records,
    load_fact_values,
    preview_correction,
    require_correctable,
)
from yihui.services.members.members import erase_member_data
from yihui.services.messages.member_messages import load_message_page

SCOPE = OfficerScope(frozenset({HERE}), TODAY)
LONG_AGO = date(2026, 3, 1)


@pytest.fixture
def union(target: str, tmp_path: Path) -> TwoDistricts:
    return found_two_districts(target, tmp_path)


def send(union: TwoDistricts, kind: str, day: str, /, **data: object) -> None:
    with union.wiring.database.write() as connection:
        library = union.wiring.runner.library(connection)
        assert not handle(connection, event_of(kind, OWN, day, **data), library=library).dead_letters


def fact(union: TwoDistricts, name: str, day: date = TODAY) -> object:
    with union.wiring.database.read() as connection:
        return facts_on(read_member_changes(connection, [OWN])[OWN], day)[f"member.{name}"]


def wanted(name: str, value: str, since: date = TODAY, member: str = OWN) -> Correction:
    return Correction(member, name, value, since)


def preview(union: TwoDistricts, correction: Correction, scope: OfficerScope = SCOPE) -> CorrectionEffect:
    return preview_correction(union.wiring, scope, correction, "li.min")


def correct(union: TwoDistricts, correction: Correction, version: int | None = None) -> CorrectionEffect:
    seen = preview(union, correction).version if version is None else version
    proof = CorrectionProof("li.min", "与户口簿核对", SentFile("户口簿", picture(), picture_file(picture())))
    return correct_member(union.wiring, SCOPE, correction, proof, seen)


def refused(union: TwoDistricts, correction: Correction, scope: OfficerScope = SCOPE) -> str:
    with pytest.raises(FaultError) as error:
        preview(union, correction, scope)
    return error.value.faults[0].code


def test_a_lifelong_fact_is_replaced_wherever_it_was_recorded(union: TwoDistricts) -> None:
    enrolled = {"organisation": "370102001-00001", "joined_on": "2026-03-01"}
    for on in ("2026-04-01", "2026-08-01"):  # two yearly rolls with the same mistake
        send(union, "member.imported", on, **enrolled, birthday="1990-03-02")
    done = correct(union, wanted("birthday", "1990-02-03"))
    assert [(one.since, one.before, one.after) for one in done.spans] == [
        (date(2026, 3, 1), None, date(1990, 2, 3)),
        (date(2026, 4, 1), date(1990, 3, 2), date(1990, 2, 3)),
    ]
    for day in (LONG_AGO, date(2026, 5, 1), TODAY):
        assert fact(union, "birthday", day) == date(1990, 2, 3)
    assert fact(union, "organisation") == "370102001-00001" and fact(union, "status") == "active"


def test_a_correction_of_several_past_records_is_one_new_message_and_the_first(union: TwoDistricts) -> None:
    enrolled = {"organisation": "370102001-00001", "joined_on": "2026-03-01"}
    for on in ("2026-04-01", "2026-08-01"):
        send(union, "member.imported", on, **enrolled, birthday="1990-03-02")
    union.wiring.now = lambda: NOW + timedelta(minutes=1)
    correct(union, wanted("birthday", "1990-02-03"))
    found = load_message_page(union.wiring, OWN, NOW).messages
    assert [one.is_new for one in found] == [True, *[False] * (len(found) - 1)]
    assert (found[0].name, found[0].params) == ("member.profile_changed", {"facts": ["birthday"]})


def test_another_fact_is_right_from_its_day_until_the_next_record(union: TwoDistricts) -> None:
    send(union, "member.profile_changed", "2026-04-01", trade="办公室")
    send(union, "member.profile_changed", "2026-09-01", trade="外卖员")
    (span,) = correct(union, wanted("trade", "快递员", date(2026, 6, 1))).spans
    assert (span.since, span.until) == (date(2026, 6, 1), date(2026, 9, 1))
    days = {day: fact(union, "trade", day) for day in (date(2026, 5, 31), date(2026, 6, 1), TODAY)}
    assert list(days.values()) == ["办公室", "快递员", "外卖员"]


def test_the_preview_names_the_decisions_that_would_be_others_and_stores_nothing(union: TwoDistricts) -> None:
    send(union, "member.profile_changed", "2026-04-01", trade="办公室", district="370102")
    send(union, "weather.heat_warned", "2026-07-10", district="370102", level="橙色", temperature_c=38, on="2026-07-10")  # fmt: skip
    correction = wanted("trade", "快递员", date(2026, 4, 1))
    with union.wiring.database.read() as connection:
        before = connection.execute(select(journal.c.event)).all()
    for _ in range(2):
        (one,) = preview(union, correction).differences
        assert (one.rule, one.was_fen, one.would_be_fen) == ("summer-cooling", None, 5000)
    with union.wiring.database.read() as connection:
        assert connection.execute(select(journal.c.event)).all() == before
    assert fact(union, "trade") == "办公室"
    assert [one.would_be_fen for one in correct(union, correction).differences] == [5000]


def test_a_correction_is_recorded_with_reason_and_proof_and_goes_with_the_person(union: TwoDistricts) -> None:
    correct(union, wanted("joined_on", "2025-12-31"))
    (record,) = list_correction_records(union.wiring, OWN)
    assert (record.act.fact, record.act.officer, record.act.reason) == ("joined_on", "li.min", "与户口簿核对")
    assert record.proof is not None and record.proof.title == "户口簿"
    store = open_attachment_store(union.wiring)
    assert store.read(record.proof.digest)
    erase_member_data(union.wiring, OWN, "li.min", "本人要求")
    assert list_correction_records(union.wiring, OWN) == []
    with pytest.raises(FaultError):
        store.read(record.proof.digest)
    with union.wiring.database.read() as connection:
        assert connection.execute(select(member_corrections)).all() == []


def test_what_was_recorded_since_the_preview_refuses_the_act(union: TwoDistricts) -> None:
    seen = preview(union, wanted("trade", "快递员")).version
    send(union, "member.profile_changed", "2026-09-01", trade="外卖员")
    with pytest.raises(FaultError) as error:
        correct(union, wanted("trade", "快递员"), seen)
    assert error.value.faults[0].code == "correction.moved_on"
    assert fact(union, "trade") == "外卖员" and list_correction_records(union.wiring, OWN) == []
    assert not [one for one in open_attachment_store(union.wiring).folder.rglob("*") if one.is_file()]


def test_what_can_not_be_right_is_refused(union: TwoDistricts) -> None:
    """A value that isn't the fact's is refused by the event's own check, whose faults have no code."""
    for correction, code in (
        (wanted("birthday", "2026-10-04"), "correction.still_to_come"),
        (wanted("joined_on", "2026-02-30"), ""),
        (wanted("birthday", "2026-03-01"), "correction.born_late"),
        (wanted("trade", "快递员", date(2026, 10, 4)), "correction.still_to_come"),
        (wanted("trade", "快递员", date(2026, 2, 28)), "correction.before"),
        (wanted("skill_level", "大师"), ""),
        (wanted("district", "37"), ""),
        (wanted("mutual_aid_year", "二〇二六"), ""),
        (wanted("joined_on", "2026-03-01"), "correction.same"),
        (wanted("trade", "快递员", member=FOREIGN), "reach.member"),
        (wanted("trade", "快递员", member="m-unknown"), "reach.member"),
    ):
        assert refused(union, correction) == code, correction
    assert fact(union, "joined_on") == date(2026, 3, 1) and fact(union, "trade") is None


def test_the_organisation_is_no_fact_to_correct(union: TwoDistricts) -> None:
    with pytest.raises(FaultError):
        require_correctable("organisation")
    assert set(load_fact_values(union.wiring, SCOPE, OWN)) >= {"birthday", "joined_on", "skill_level"}
    with pytest.raises(FaultError):
        load_fact_values(union.wiring, SCOPE, FOREIGN)
