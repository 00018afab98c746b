"""What the act of a form leaves behind: its key, and entries of the audit log with role, deputy and organisation."""

import asyncio
import json
from collections.abc import Callable
from unittest.mock import ANY

import pytest
from fastapi import Response
from sqlalchemy import select

from core.faults import FaultError
from tests.yihui.http.desk.officers import CASE_WORKER, Officers
from tests.yihui.http.two_districts import HERE, OWN, TODAY, UNION, TwoDistricts, officer
from yihui.access.roles import Right, Role
from yihui.access.tables import audit_entries
from yihui.http.app import build_site
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.desk.pages import ActOutcome, FormFeedback, OfficerPages
from yihui.http.desk.visit import OfficerVisit
from yihui.http.guard.serving import LOCAL_ONLY
from yihui.runtime.language import load_language
from yihui.services.access.acting import open_act
from yihui.services.desk.form_submissions import create_form_key

PAGE = f"/desk/members/{OWN}"
SUSPEND = {"kind": "suspend", "on": "2026-10-03", "reason": "欠费"}

DONE = ActOutcome(PAGE, "member", OWN)


class Form:
    """A form of a case worker, whose act the test chooses."""

    def __init__(self, union: TwoDistricts) -> None:
        self.wiring = union.wiring
        self.pages = OfficerPages(build_site(union.wiring, LOCAL_ONLY))
        actor = officer(Role.CASE_WORKER, "inside")
        self.visit = OfficerVisit(actor, load_language("en"), "", TODAY, PAGE, "")
        self.key = create_form_key(union.wiring, actor)

    def send(self, act: Callable[[], None], outcome: ActOutcome = DONE) -> int:
        """Send the form; return the status, or raise what the act raised."""

        def run(_visit: OfficerVisit, _sent: object) -> ActOutcome:
            act()
            return outcome

        def again(_visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return Response(status_code=feedback.status)

        sent = {"form_key": [self.key]}
        submission = self.pages.carry_out(self.visit, sent, Right.CHANGE_MEMBERS, "test", run, again)
        return asyncio.run(submission).status_code

    def commit(self) -> None:
        with open_act(self.wiring):
            pass

    def commit_and_refuse(self) -> None:
        self.commit()
        self.refuse()

    def commit_and_break(self) -> None:
        self.commit()
        raise ZeroDivisionError

    def roll_back_and_refuse(self) -> None:
        with open_act(self.wiring):
            self.refuse()

    def refuse(self) -> None:
        raise FaultError(FORM_FAULTS.build("choice", field="kind", value="x"))


@pytest.fixture
def form(union: TwoDistricts) -> Form:
    return Form(union)


def codes_of(refused: Callable[[], object]) -> list[str]:
    with pytest.raises(FaultError) as error:
        refused()
    return [fault.code for fault in error.value.faults]


def test_a_form_whose_act_did_a_part_says_so_and_acts_no_second_time(form: Form) -> None:
    refused = codes_of(lambda: form.send(form.commit_and_refuse))
    assert refused == ["officer_form.partly_done", "officer_form.choice"], "why it stopped is told as well"
    assert codes_of(lambda: form.send(form.commit)) == ["officer_form.unfinished"]


def test_a_form_whose_act_broke_after_a_part_acts_no_second_time(form: Form) -> None:
    with pytest.raises(ZeroDivisionError):
        form.send(form.commit_and_break)
    assert codes_of(lambda: form.send(form.commit)) == ["officer_form.unfinished"]


def test_a_form_whose_act_was_rolled_back_can_be_sent_again(form: Form) -> None:
    assert form.send(form.refuse) == form.send(form.roll_back_and_refuse) == 422
    with pytest.raises(ZeroDivisionError):
        form.send(lambda: 1 // 0)  # type: ignore[arg-type, return-value]
    assert form.send(form.commit) == 303
    assert form.send(form.commit) == 303, "the page that the first one led to"


@pytest.mark.parametrize(
    ("outcome", "stored"),
    [
        (ActOutcome(PAGE, "member", OWN, "电话13800001234", after={"to": UNION}), (OWN, "", {"to": UNION})),
        (ActOutcome(PAGE, "member", OWN, "久" * 501), (OWN, "", {})),
        (
            ActOutcome(PAGE, "member", OWN, "迁出", after={"name": "李13800001234", "to": UNION}),
            (OWN, "迁出", {"left_out": 1, "to": UNION}),
        ),
        (ActOutcome(PAGE, "letter", "13800001234", "重放"), (ANY, "重放", {})),
    ],
    ids=["a phone number", "a long reason", "a value", "an id"],
)
def test_an_act_is_recorded_whatever_it_led_to(
    form: Form, union: TwoDistricts, outcome: ActOutcome, stored: tuple[object, ...]
) -> None:
    assert form.send(form.commit, outcome) == 303
    c = audit_entries.c
    query = select(c.object_id, c.reason, c.changes).order_by(c.sequence.desc()).limit(1)
    with union.wiring.database.read() as connection:
        object_id, reason, changes = connection.execute(query).one()
    assert (object_id, reason, json.loads(changes)["after"]) == stored and "13800001234" not in object_id


def recorded(union: TwoDistricts, act: str) -> list[tuple[str | None, ...]]:
    """Role, deputy and organisation of each entry of an act."""
    c = audit_entries.c
    query = select(c.role, c.deputy_of, c.organisation).where(c.act == act).order_by(c.sequence)
    with union.wiring.database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_both_entries_of_a_form_say_in_which_role_and_for_which_organisation(
    site: Officers, union: TwoDistricts
) -> None:
    assert site.send(PAGE, f"{PAGE}/acts", CASE_WORKER, **SUSPEND).status_code == 303
    assert recorded(union, "members.change.record") == [("case_worker", None, UNION)] * 2


def test_an_act_of_a_deputy_names_whose_role_it_was(site: Officers, union: TwoDistricts) -> None:
    resume = {**SUSPEND, "kind": "resume"}
    sent = site.send(PAGE, f"{PAGE}/acts", "case_worker/deputy", **resume)
    assert sent.status_code == 303
    principal = officer(Role.CASE_WORKER, "deputy").assignments[0].deputy_of
    assert principal is not None
    assert recorded(union, "members.change.record")[-2:] == [("case_worker", principal, UNION)] * 2


def test_an_act_on_a_station_is_recorded_for_its_district(site: Officers, union: TwoDistricts) -> None:
    page, keeper = "/desk/stations/unplaced", "register_keeper/inside"
    placed = site.send(page, f"{page}/place", keeper, lon="117.02, 36.67", datum="wgs84")
    assert placed.status_code == 303
    [*_, last] = recorded(union, "stations.change.place")
    assert last == ("register_keeper", None, HERE)


def test_a_budget_is_recorded_for_the_whole_union(site: Officers, union: TwoDistricts) -> None:
    preparer, fields = "finance_preparer/ancestor", {"budget": "water", "reason": "年度预算", "yuan": "1000"}
    assert site.send("/desk/money", "/desk/money/budgets", preparer, **fields).status_code == 303
    entries = recorded(union, "money.set_budgets.budget")
    assert entries and set(entries) == {("finance_preparer", None, "370000")}
