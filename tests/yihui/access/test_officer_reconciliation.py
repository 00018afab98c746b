"""Officers, roles and accounts that somebody wrote into the database are found by the sealed entries about them."""

from pathlib import Path

import pytest
from sqlalchemy import text

from store import Database
from store.guards import drop_guards
from tests.yihui.access.test_second_person import ISSUER, ROOT, Union
from tools.servers.officers import NOW
from yihui.access.officer_reconciliation import check_officer_rows
from yihui.access.roles import Role
from yihui.services.access.officer_accounts import link_identity, renew_setup
from yihui.services.access.officer_appointments import end_officer_for_good, withdraw_role


@pytest.fixture
def union(database: Database, tmp_path: Path) -> Union:
    """A union in which each act on officers was done."""
    made = Union(database, tmp_path)
    sun = made.administrator("sun")
    renew_setup(made.wiring, sun, "wang")
    made.confirm("wang")
    renew_setup(made.wiring, made.administrator("wang"), "wang")  # her own: sun stays the opener
    link_identity(made.wiring, sun, "li", ISSUER, "sub-of-li")
    made.appoint("li", Role.PLANNER)
    withdraw_role(made.wiring, ROOT, "li", "planner", "370000", "调岗")
    end_officer_for_good(made.wiring, ROOT, "zhao", "退休")
    return made


def disagreements(union: Union, *statements: str) -> list[str]:
    with union.wiring.database.write() as connection:
        drop_guards(connection)
        for one in statements:
            connection.execute(text(one), {"at": NOW})
        return [f"{fault.params['table']} {fault.short_code}" for fault in check_officer_rows(connection)]


def test_what_was_done_by_acts_agrees(union: Union) -> None:
    assert disagreements(union) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (
            "INSERT INTO role_assignments (officer_id, role, organisation, since, assigned_by, assigned_at) "
            "SELECT 'li', role, organisation, since, assigned_by, assigned_at FROM role_assignments "
            "WHERE officer_id = 'wang'",
            ["role_assignments no_entry"],
        ),
        ("UPDATE role_assignments SET organisation = '370100' WHERE officer_id = 'wang'", ["role_assignments no_entry"]),
        (
            "UPDATE role_assignments SET withdrawn_by = NULL, withdrawn_at = NULL WHERE officer_id = 'li'",
            ["role_assignments no_entry"],
        ),
        ("DELETE FROM role_assignments WHERE officer_id = 'wang'", ["role_assignments no_row"]),
        ("UPDATE officers SET subject = 'another' WHERE id = 'wang'", ["officers no_entry"]),
        (
            "UPDATE officers SET ended_by = NULL, ended_at = NULL WHERE id = 'zhao'",
            ["officers no_entry", "officer_accounts ended"],
        ),
        (
            "INSERT INTO officers (id, subject, post, created_by, created_at) "
            "SELECT 'ghost', 'ghost', post, created_by, created_at FROM officers WHERE id = 'wang'",
            ["officers no_entry"],
        ),
        ("UPDATE officer_accounts SET opened_by = 'qian' WHERE officer_id = 'wang'", ["officer_accounts no_entry"]),
        ("UPDATE officer_accounts SET confirmed_by = 'sun' WHERE officer_id = 'wang'", ["officer_accounts no_entry"]),
        (  # her confirmation of two days before she was opened anew
            "UPDATE officer_accounts SET confirmed_at = (SELECT min(at) FROM audit_entries "
            "WHERE act = 'officers.confirm' AND object_id = 'wang') WHERE officer_id = 'wang'",
            ["officer_accounts no_entry"],
        ),
        (
            "UPDATE officer_accounts SET external_subject = 'sub-of-zhao' WHERE external_subject = 'sub-of-li'",
            ["officer_accounts no_entry"],
        ),
        ("UPDATE officer_accounts SET issuer = 'https://id.example' WHERE officer_id = 'wang'", ["officer_accounts no_entry"]),
        ("DELETE FROM officer_accounts WHERE external_subject = 'sub-of-li'", ["officer_accounts no_row"]),
    ],
)  # fmt: skip
def test_a_row_that_was_written_past_the_acts_is_named(
    union: Union, statement: str, found: list[str]
) -> None:
    assert disagreements(union, statement) == found
