"""A form's key is claimed once, and a form whose outcome was never recorded is reported, on every database."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.audit import AuditEntry
from yihui.access.roles import Right, Role
from yihui.access.tables import audit_entries, form_submissions
from yihui.bootstrap import Settings, Wiring
from yihui.services.access.audit import AuditQuery, list_audit_entries
from yihui.services.desk.form_submissions import (
    STORED_FOR,
    UNFINISHED_AFTER,
    EarlierSubmission,
    FormAct,
    claim_submission,
    finish_submission,
    report_unfinished_forms,
    withdraw_submission,
)

NOW = datetime(2026, 11, 18, 1, tzinfo=UTC)
OFFICER = Actor("li.min", "li.min", ActorKind.OFFICER)
FORM = FormAct("a-key", "money.reverse.void", "/desk/money/reversals")
CHANGE = f"{Right.CHANGE_MEMBERS.value}.record"


def test_a_second_claim_of_a_forms_key_finds_the_first_one(target: str, tmp_path: Path) -> None:
    wiring = Wiring(Settings(target, tmp_path / "data"), lambda: NOW)
    assert claim_submission(wiring, OFFICER, FORM) is None
    assert claim_submission(wiring, OFFICER, FORM) == EarlierSubmission(None)
    withdraw_submission(wiring, "a-key")
    assert claim_submission(wiring, OFFICER, FORM) is None
    wiring.close()


def test_a_form_whose_outcome_was_never_recorded_is_reported_once(target: str, tmp_path: Path) -> None:
    clock = [NOW]
    wiring = Wiring(Settings(target, tmp_path / "data"), lambda: clock[0])
    for key, page in (("done", "/desk/joins/1/approve"), ("cut-off", "/desk/members/13800001234/leave")):
        claim_submission(wiring, OFFICER, FormAct(key, "members.change.record", page))
    finish_submission(wiring, OFFICER, "done", "/desk", AuditEntry("members.change.record", "member", "m-1"))
    assert report_unfinished_forms(wiring) == 0, "an act of now may still be running"
    clock[0] += UNFINISHED_AFTER + timedelta(seconds=1)
    assert [report_unfinished_forms(wiring) for _ in range(2)] == [1, 0]
    with wiring.database.read() as connection:
        query = select(audit_entries).where(audit_entries.c.object_kind == "form")
        entry = connection.execute(query).one()
    assert (entry.act, entry.actor, entry.actor_kind) == ("members.change.unfinished", "li.min", "officer")
    page = json.loads(entry.changes)["after"]["page"]
    assert entry.object_id == "cut-off" and page.startswith("/desk/members/") and "13800001234" not in page
    assert claim_submission(wiring, OFFICER, FormAct("cut-off", "", "")) == EarlierSubmission(None)
    wiring.close()


def test_the_auditor_of_the_officers_district_finds_an_unfinished_form_and_no_other(
    target: str, tmp_path: Path
) -> None:
    clock = [NOW]
    wiring = Wiring(Settings(target, tmp_path / "data"), lambda: clock[0])
    day = NOW.date() - timedelta(days=100)
    roles = [
        Assignment(Role.CASE_WORKER, "370102", day),
        Assignment(Role.CASE_WORKER, "370103", day),
        Assignment(Role.CASE_WORKER, "370104", day, NOW.date() - timedelta(days=2)),
        Assignment(Role.AUDITOR, "370105", day),
    ]
    claim_submission(wiring, replace(OFFICER, assignments=tuple(roles)), replace(FORM, act=CHANGE))
    clock[0] += UNFINISHED_AFTER + timedelta(seconds=1)
    assert report_unfinished_forms(wiring) == 1
    seen = {}
    for place in ("370102", "370103", "370104", "370105", "370100", "370200", "370000"):
        auditor = Actor("sun", "sun", ActorKind.OFFICER, (Assignment(Role.AUDITOR, place, day),))
        page = list_audit_entries(wiring, auditor, AuditQuery(act=Right.CHANGE_MEMBERS.value))
        seen[place] = [(one.act, one.organisation) for one in page.entries]
    first, second = ((f"{Right.CHANGE_MEMBERS.value}.unfinished", place) for place in ("370102", "370103"))
    assert (seen["370102"], seen["370103"]) == ([first], [second])
    assert seen["370104"] == seen["370105"] == seen["370200"] == [], "it is none of theirs"
    assert seen["370100"] == seen["370000"] == [second, first]
    wiring.close()


def test_a_key_is_deleted_after_days_but_not_before_its_form_was_reported(
    target: str, tmp_path: Path
) -> None:
    clock = [NOW]
    wiring = Wiring(Settings(target, tmp_path / "data"), lambda: clock[0])

    def claim(key: str) -> set[str]:
        claim_submission(wiring, OFFICER, FormAct(key, FORM.act, FORM.path))
        with wiring.database.read() as connection:
            return set(connection.execute(select(form_submissions.c.key)).scalars())

    claim("old")
    clock[0] += STORED_FOR + timedelta(minutes=1)
    assert claim("new") == {"old", "new"}
    assert report_unfinished_forms(wiring) == 1
    assert claim("newer") == {"new", "newer"}
    with wiring.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(audit_entries)).scalar_one() == 1
    wiring.close()
