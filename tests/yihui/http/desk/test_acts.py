"""What the act of a form leaves behind: its key, and entries of the audit log with role, deputy and organisation."""

import asyncio
import json
from collections.abc import Callable, Mapping
from unittest.mock import ANY

import pytest
from fastapi import Response
from sqlalchemy import func, select

from core.faults import FaultError
from tests.yihui.http.two_districts import HERE, OWN, TODAY, UNION, TwoDistricts, officer
from tools.servers.desk import Officers
from yihui.access.acting import state_act
from yihui.access.form_keys import create_form_key
from yihui.access.roles import Right, Role
from yihui.access.tables import audit_entries
from yihui.frame.feedback import SENT_FORM_FAULTS, FormFeedback
from yihui.frame.pages import OfficerVisit
from yihui.http.app import build_site
from yihui.http.desk.hand_pages import HandPages
from yihui.http.form_acts import ActOutcome
from yihui.http.guard.serving import LOCAL_ONLY
from yihui.runtime.language import load_language
from yihui.services.access.acting import open_act

PAGE = f"/desk/members/{OWN}"
DONE = ActOutcome(PAGE)


class Form:
    """A form of a case worker, whose act the test chooses."""

    def __init__(self, union: TwoDistricts) -> None:
        self.wiring = union.wiring
        self.pages = HandPages(build_site(union.wiring, LOCAL_ONLY))
        actor = officer(Role.CASE_WORKER, "inside")
        self.visit = OfficerVisit(actor, load_language("en"), "", TODAY, PAGE, "")
        self.key = create_form_key(union.wiring, actor)

    def send(self, act: Callable[[], None], name: str = "test") -> int:
        """Send the form; return the status, or raise what the act raised."""

        def run(_visit: OfficerVisit, _sent: object) -> ActOutcome:
            act()
            return DONE

        def again(_visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return Response(status_code=feedback.status)

        sent = {"form_key": [self.key]}
        submission = self.pages.carry_out(self.visit, sent, Right.CHANGE_MEMBERS, name, run, again)
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
        raise FaultError(SENT_FORM_FAULTS.build("choice", field="kind", value="x"))


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


def last_entry(union: TwoDistricts) -> Mapping[str, object]:
    query = select(audit_entries).order_by(audit_entries.c.sequence.desc()).limit(1)
    with union.wiring.database.read() as connection:
        entry = dict(connection.execute(query).mappings().one())
    return {**entry, **json.loads(str(entry["changes"]))}


@pytest.mark.parametrize(
    ("kind", "id_", "reason", "after", "stored"),
    [
        ("member", OWN, "电话13800001234", {"to": UNION}, (OWN, "", {"to": UNION})),
        ("member", OWN, "久" * 501, {}, (OWN, "", {})),
        (
            "member",
            OWN,
            "迁出",
            {"name": "李13800001234", "to": UNION},
            (OWN, "迁出", {"left_out": 1, "to": UNION}),
        ),
        ("letter", "13800001234", "重放", {}, (ANY, "重放", {})),
    ],
    ids=["a phone number", "a long reason", "a value", "an id"],
)
def test_an_act_is_recorded_whatever_it_states(
    form: Form,
    union: TwoDistricts,
    kind: str,
    id_: str,
    reason: str,
    after: Mapping[str, object],
    stored: tuple[object, ...],
) -> None:
    def act() -> None:
        state_act(kind, id_, reason, after=after)
        form.commit()

    assert form.send(act) == 303
    entry = last_entry(union)
    assert (entry["object_id"], entry["reason"], entry["after"]) == stored
    assert "13800001234" not in str(entry["object_id"]) and entry["request_id"] == form.key.partition(".")[0]


def count_entries(union: TwoDistricts) -> int:
    with union.wiring.database.read() as connection:
        return connection.execute(select(func.count()).select_from(audit_entries)).scalar_one()


def test_an_entry_says_what_was_stated_before_the_act_and_within_its_transaction(
    form: Form, union: TwoDistricts
) -> None:
    before = count_entries(union)

    def act() -> None:
        state_act("member", OWN, "迁出", before={"in": HERE}, after={"kind": "transfer"})
        with open_act(form.wiring):
            state_act("member", OWN, organisation=UNION, after={"event": "e1"})

    assert form.send(act) == 303
    entry = last_entry(union)
    assert count_entries(union) == before + 1, "the page adds none"
    assert (entry["object_id"], entry["reason"], entry["organisation"]) == (OWN, "迁出", UNION)
    assert (entry["before"], entry["after"]) == ({"in": HERE}, {"kind": "transfer", "event": "e1"})


def test_what_was_done_stands_in_the_log_though_the_program_ended_with_it(
    form: Form, union: TwoDistricts
) -> None:
    def act() -> None:
        state_act("member", OWN, "迁出", after={"kind": "transfer"})
        form.commit()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        form.send(act)
    entry = last_entry(union)
    assert (entry["object_kind"], entry["object_id"], entry["reason"]) == ("member", OWN, "迁出")
    assert entry["after"] == {"kind": "transfer"}


def test_an_act_that_had_nothing_to_store_is_recorded_after_it(form: Form, union: TwoDistricts) -> None:
    assert form.send(lambda: state_act("member", OWN, "迁出"), "nothing") == 303
    assert last_entry(union)["object_id"] == OWN


def recorded(union: TwoDistricts, act: str) -> list[tuple[str | None, ...]]:
    """Role, deputy and organisation of each entry of an act."""
    c = audit_entries.c
    query = select(c.role, c.deputy_of, c.organisation).where(c.act == act).order_by(c.sequence)
    with union.wiring.database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_an_act_on_a_station_is_recorded_for_its_district(site: Officers, union: TwoDistricts) -> None:
    page, keeper = "/desk/register/unplaced/place", "register_keeper/inside"
    version = site.open(page, keeper).text.partition('name="version" value="')[2].partition('"')[0]
    elsewhere = site.send(page, page, keeper, point="120.38, 36.06", datum="wgs84", version=version)
    assert elsewhere.status_code == 422, "another district, and not confirmed"
    placed = site.send(page, page, keeper, point="117.02, 36.67", datum="wgs84", version=version)
    assert placed.status_code == 303
    [*_, last] = recorded(union, "stations.change.place")
    assert last == ("register_keeper", None, HERE)
