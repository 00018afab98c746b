"""yihui officers: add, appoint, stand in, withdraw, end; who may not, and what each leaves in the audit log."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from members.tables import organisation_spans
from store import Database
from tests.transactions import change_in, read_in, rows_in
from tests.yihui.commands import Command, Done
from tests.yihui.refusals import codes
from yihui.access.actor import Actor, ActorKind
from yihui.access.officers import load_assignments
from yihui.access.roles import Role
from yihui.access.tables import audit_entries
from yihui.bootstrap import Wiring, build_wiring, load_settings
from yihui.services.access.officer_accounts import link_identity, renew_setup
from yihui.services.access.officer_appointments import (
    RequestedAppointment,
    add_officer,
    appoint_officer,
    end_officer_for_good,
    withdraw_role,
)

NOW = datetime(2026, 10, 9, 1, 0, tzinfo=UTC)
TODAY = date(2026, 10, 9)
ROOT = Actor("console:root", "console:root", ActorKind.CONSOLE)


@pytest.fixture
def wiring(database: Database, tmp_path: Path) -> Wiring:
    built = build_wiring(load_settings({"YIHUI_DATA_FOLDER": str(tmp_path)}, database.target), lambda: NOW)
    built.__dict__["database"] = database
    for name in ("li", "wang", "zhao"):
        add_officer(built, ROOT, name, "市总财务")
    return built


def officer(wiring: Wiring, name: str, **changes: Any) -> Actor:
    held = read_in(wiring.database, load_assignments, name)
    return replace(Actor(name, name, ActorKind.OFFICER, held, wiring.now()), **changes)


def asked(
    name: str, role: str = "planner", organisation: str = "370000", **more: Any
) -> RequestedAppointment:
    return RequestedAppointment(name, role, organisation, **more)


def found_cities(wiring: Wiring, *codes: str) -> None:
    rows = [
        {"code": code, "since": date(2000, 1, 1), "name": code, "kind": "city", "parent": "370000",
         "path": f"370000/{code}/", "is_exceptional": False}
        for code in codes
    ]  # fmt: skip
    change_in(wiring.database, organisation_spans.insert(), rows)


def test_the_first_officer_is_administrator_of_the_whole_union_and_no_other(wiring: Wiring) -> None:
    assert [one.role for one in officer(wiring, "li").assignments] == [Role.ADMINISTRATOR]
    assert officer(wiring, "wang").assignments == ()


def test_nobody_appoints_himself_nor_his_own_second_account(wiring: Wiring) -> None:
    add_officer(wiring, ROOT, "li2", "市总", subject="li")
    me = officer(wiring, "li")
    for name in ("li", "LI", "li2"):
        assert codes(lambda n=name: appoint_officer(wiring, me, asked(n))) == ["officers.oneself"]  # type: ignore[misc]
    appoint_officer(wiring, me, asked("wang"))


def test_an_administrator_appoints_only_in_the_own_subtree(wiring: Wiring) -> None:
    found_cities(wiring, "370200", "370100")
    appoint_officer(wiring, ROOT, asked("wang", "administrator", "370200"))
    of_the_city = officer(wiring, "wang")
    appoint_officer(wiring, of_the_city, asked("zhao", "planner", "370200"))
    for outside in ("370000", "370100"):
        refused = codes(lambda o=outside: appoint_officer(wiring, of_the_city, asked("zhao", "planner", o)))  # type: ignore[misc]
        assert refused == ["authorisation.elsewhere"]
    stale = replace(of_the_city, authenticated_at=NOW - timedelta(minutes=6))
    again = asked("zhao", "auditor", "370200")
    assert codes(lambda: appoint_officer(wiring, stale, again)) == ["authorisation.step_up"]
    planner = officer(wiring, "zhao")
    assert codes(lambda: appoint_officer(wiring, planner, asked("wang", "planner", "370200"))) == [
        "authorisation.no_role"
    ]


def test_an_administrator_links_no_account_to_an_officer_of_higher_or_other_places(wiring: Wiring) -> None:
    found_cities(wiring, "370200")
    appoint_officer(wiring, ROOT, asked("wang", "administrator", "370200"))
    of_the_city, issuer = officer(wiring, "wang"), "https://sso.example.org/realms/union"
    # Or wang would log in as li, administrator of the whole, and as zhao, who may become anything tomorrow.
    for other in ("li", "zhao"):
        refused = codes(lambda o=other: link_identity(wiring, of_the_city, o, issuer, "own-sub"))  # type: ignore[misc]
        assert refused == ["authorisation.elsewhere"]
        assert codes(lambda o=other: renew_setup(wiring, of_the_city, o)) == ["authorisation.elsewhere"]  # type: ignore[misc]
    add_officer(wiring, of_the_city, "sun", "市总")
    renew_setup(wiring, of_the_city, "sun")
    appoint_officer(wiring, of_the_city, asked("zhao", "planner", "370200"))
    link_identity(wiring, of_the_city, "zhao", issuer, "z-sub")


def test_a_browser_left_open_appoints_no_deputy(wiring: Wiring) -> None:
    appoint_officer(wiring, ROOT, asked("wang", "finance_releaser"))
    wish = asked("zhao", "finance_releaser", deputy_of="wang", until=TODAY + timedelta(days=7))
    stale = officer(wiring, "wang", authenticated_at=NOW - timedelta(minutes=6))
    assert codes(lambda: appoint_officer(wiring, stale, wish)) == ["authorisation.step_up"]
    appoint_officer(wiring, officer(wiring, "wang"), wish)


def test_all_faults_come_at_once(wiring: Wiring) -> None:
    wrong = asked(
        "nobody", "king", "370999", since=TODAY - timedelta(days=1), until=date(2020, 1, 1), deputy_of="gone"
    )
    assert codes(lambda: appoint_officer(wiring, ROOT, wrong)) == [
        f"officers.{code}"
        for code in ("bad_role", "unknown", "unknown", "unknown_organisation", "past", "ends_first")
    ]
    assert codes(lambda: add_officer(wiring, ROOT, "李敏", " ", "13812345678")) == [
        "officers.bad_name", "officers.bad_post", "officers.bad_subject",
    ]  # fmt: skip


def test_names_that_are_none_are_refused(wiring: Wiring) -> None:
    for name in ("", "x", "ｌｉ", "console:root", "demo", "li min", "13812345678", "a" * 33):
        assert codes(partial(add_officer, wiring, ROOT, name, "市总"))[:1] == ["officers.bad_name"]


def test_a_name_is_given_once_whatever_its_capitals(wiring: Wiring) -> None:
    assert codes(lambda: add_officer(wiring, ROOT, "LI", "市总")) == ["officers.there"]
    end_officer_for_good(wiring, ROOT, "zhao", "retired")
    assert codes(lambda: add_officer(wiring, ROOT, "Zhao", "市总")) == ["officers.there"]
    assert codes(lambda: appoint_officer(wiring, ROOT, asked("zhao"))) == ["officers.left"]


def test_a_deputy_has_the_role_for_days_and_no_longer_than_the_officer(wiring: Wiring) -> None:
    last = TODAY + timedelta(days=10)
    appoint_officer(wiring, ROOT, asked("wang", until=last))
    wang = officer(wiring, "wang")

    def stand_in(**more: Any) -> object:
        return appoint_officer(wiring, wang, asked("zhao", deputy_of="wang", **more))

    assert codes(stand_in) == ["officers.open_deputy"]
    assert codes(lambda: stand_in(until=last + timedelta(days=1))) == ["officers.no_role_to_stand_in"]
    stand_in(until=last)
    (held,) = officer(wiring, "zhao").assignments
    assert (held.role, held.until, held.deputy_of) == (Role.PLANNER, last, "wang")
    # A deputy has no deputy, and nobody stands in for himself.
    zhao = officer(wiring, "zhao")
    further = asked("li", deputy_of="zhao", until=TODAY)
    assert codes(lambda: appoint_officer(wiring, zhao, further)) == [
        "authorisation.no_role", "officers.no_role_to_stand_in",
    ]  # fmt: skip
    own = asked("wang", deputy_of="wang", until=TODAY)
    assert codes(lambda: appoint_officer(wiring, wang, own))[:2] == [
        "officers.oneself",
        "officers.own_deputy",
    ]
    withdraw_role(wiring, ROOT, "wang", "planner", "370000", "moved")
    assert not [one for one in officer(wiring, "zhao").assignments if one.holds(TODAY)]


@pytest.mark.both_databases
def test_a_withdrawn_role_ends_at_once_and_each_act_is_in_the_audit_log(wiring: Wiring) -> None:
    appoint_officer(wiring, ROOT, asked("wang"))
    assert codes(lambda: appoint_officer(wiring, ROOT, asked("wang"))) == ["officers.again"]
    withdraw_role(wiring, ROOT, "wang", "PLANNER", "370000", "moved")
    assert not [one for one in officer(wiring, "wang").assignments if one.holds(TODAY)]
    assert codes(lambda: withdraw_role(wiring, ROOT, "wang", "planner", "370000", "")) == [
        "officers.not_appointed"
    ]
    link_identity(wiring, ROOT, "wang", "https://sso.example.org/realms/union", "f3a1")
    assert codes(
        lambda: link_identity(wiring, ROOT, "zhao", "https://sso.example.org/realms/union", "f3a1")
    ) == ["officers.linked"]
    assert codes(lambda: link_identity(wiring, ROOT, "zhao", "javascript:alert(1)", " ")) == [
        "officers.bad_issuer", "officers.no_subject",
    ]  # fmt: skip
    end_officer_for_good(wiring, ROOT, "wang", "left")
    rows = rows_in(wiring.database, select(audit_entries).order_by(audit_entries.c.sequence))
    acts = [(row.act, row.object_id) for row in rows if row.object_id == "wang"]
    assert acts == [
        ("officers.add", "wang"), ("officers.appoint", "wang"), ("officers.withdraw", "wang"),
        ("officers.link", "wang"), ("officers.end", "wang"),
    ]  # fmt: skip
    assert {row.actor for row in rows} == {"console:root"}


def test_the_commands_add_appoint_and_list(yihui: Command) -> None:
    def done(*arguments: str) -> Done:
        found = yihui("officers", *arguments, lang="en")
        assert found.code == 0, found.words
        return found

    assert "no officer yet" in done("list").out
    done("add", "li.min", "--post", "市总办公室")
    done("add", "wang", "--post", "市总财务")
    done("appoint", "wang", "finance-preparer", "370000", "--until", "2026-12-31", "--as", "li.min")
    shown = json.loads(done("show", "wang", "--json").out)
    assert [(one["role"], one["until"]) for one in shown["roles"]] == [("finance_preparer", "2026-12-31")]
    assert shown["appointments"][0]["assigned_by"] == "li.min"
    assert "(not logged in)" in done("add", "zhao", "--post", "x").out + done("show", "li.min").out
    assert "finance preparer" in done("list").out
    first = json.loads(done("reset", "wang", "--json").out)
    again = json.loads(done("reset", "wang", "--json").out)
    assert first["login"] == "wang" and len(first["setup_code"]) > 8
    assert first["setup_code"] != again["setup_code"], "the earlier one opens nothing any more"
    assert first["setup_code"] not in done("show", "wang").out
    done("end", "wang")
    assert "left 2026" in done("show", "wang").out
    assert yihui("officers", "show", "nobody").code == 1
    roles = json.loads(done("roles", "--json").out)
    assert {one["role"] for one in roles} == set(Role)
    assert "officers.appoint" in done("roles").out
