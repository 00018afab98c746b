"""A row that decides, pays, appoints or authorises and that somebody wrote past the acts is named by ``ledger verify``."""

from pathlib import Path

import pytest
from sqlalchemy import text

from store.guards import drop_guards
from tests.yihui.services.lives import LIVES
from yihui.bootstrap import Wiring
from yihui.services.ledger.ledger import seal_ledger, verify_database

_COPY = "INSERT INTO {0} ({1}) SELECT {2} FROM {0} LIMIT 1"
_ENROLLED = "policy_number, member_id, enrolled_on, covered_from, enrolled_at, enrolled_by, batch"
_MEMBER_OF = "member_id, since, until, organisation, status, begun_by"
CHANGES = [
    ("office", "senders", 'UPDATE senders SET sources = \'["/"]\' WHERE name = \'hr\''),
    ("office", "senders", "UPDATE senders SET organisation = '370000' WHERE name = 'gone'"),
    ("office", "senders", "UPDATE senders SET revoked_at = NULL, revoked_by = NULL WHERE name = 'gone'"),
    ("office", "sender_keys", "UPDATE sender_keys SET digest = '0' WHERE sender = 'hr'"),
    ("office", "sender_keys", "UPDATE sender_keys SET expires_at = '2099-01-01T00:00:00.000000+00:00'"),
    ("office", "sender_keys", "DELETE FROM sender_keys WHERE sender = 'gone'"),
    (
        "office",
        "sender_keys",
        _COPY.format(
            "sender_keys",
            "id, sender, digest, issued_by, issued_at, expires_at",
            "'planted', sender, digest, issued_by, issued_at, expires_at",
        ),
    ),
    (
        "office",
        "mutual_aid_enrolments",
        _COPY.format("mutual_aid_enrolments", _ENROLLED, _ENROLLED.replace("member_id", "'m-planted'")),
    ),
    ("office", "mutual_aid_enrolments", "UPDATE mutual_aid_enrolments SET covered_from = '2020-01-01'"),
    ("office", "mutual_aid_enrolment_changes", "DELETE FROM mutual_aid_enrolment_changes"),
    ("office", "mutual_aid_claims", "UPDATE mutual_aid_claims SET receipt = NULL"),
    (
        "office",
        "mutual_aid_policy_events",
        "UPDATE mutual_aid_policy_events SET data = replace(data, '800000', '900000') WHERE version = 1",
    ),
    ("office", "application_steps", "UPDATE application_steps SET accepted = 1 - coalesce(accepted, 0)"),
    ("office", "application_steps", "DELETE FROM application_steps"),
    ("applying", "application_steps", "UPDATE application_steps SET reviewer = 'somebody' WHERE reviewer > ''"),
    (
        "office",
        "memberships",
        _COPY.format("memberships", _MEMBER_OF, _MEMBER_OF.replace("member_id", "'m-planted'")),
    ),
    ("office", "memberships", "UPDATE memberships SET organisation = '370200' WHERE member_id = 'm-1'"),
    ("office", "memberships", "DELETE FROM memberships WHERE member_id = 'm-1'"),
    ("office", "hardship_files", "UPDATE hardship_files SET level = '一般困难'"),
    ("office", "hardship_file_events", "UPDATE hardship_file_events SET by = 'somebody' WHERE version = 2"),
    ("office", "hardship_file_members", "DELETE FROM hardship_file_members WHERE member_id = 'm-1'"),
    ("office", "hardship_receipts", "DELETE FROM hardship_receipts"),
    ("office", "hotline_case_events", "UPDATE hotline_case_events SET act = 'accept' WHERE version = 2"),
    ("office", "hotline_case_units", "UPDATE hotline_case_units SET organisation = '370200'"),
    ("office", "organisation_spans", "UPDATE organisation_spans SET path = '370000/' WHERE code = '370102'"),
    ("office", "organisation_changes", "UPDATE organisation_changes SET \"on\" = '2011-01-01' WHERE code = '370102'"),
    ("officers", "officer_accounts", "UPDATE officer_accounts SET password_hash = 'x' WHERE officer_id = 'wang'"),
    ("officers", "officer_accounts", "UPDATE officer_accounts SET totp_secret = x'00' WHERE officer_id = 'wang'"),
    (
        "officers",
        "officer_accounts",
        "INSERT INTO recovery_codes (account_id, digest, created_at) "
        "SELECT id, 'planted', created_at FROM officer_accounts WHERE officer_id = 'wang'",
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Wiring]:
    """Sealed lives, whose guards were dropped."""
    made = {}
    for name in {life for life, _, _ in CHANGES}:
        made[name] = LIVES[name](Path(tmp_path_factory.mktemp(name)))
        seal_ledger(made[name])
        with made[name].database.write() as connection:
            drop_guards(connection)
    return made


class _TakenBack(Exception):
    """Ends a transaction that must not be committed."""


def find_tables(wiring: Wiring, statement: str | None) -> set[str]:
    """Return the tables that a verification names after a change, which is taken back."""
    named: set[str] = set()
    try:
        with wiring.database.write() as connection:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            if statement is not None:
                assert connection.execute(text(statement.replace(":", "\\:"))).rowcount, "nothing was changed"
            found = verify_database(wiring, connection).disagreements
            named = {str(fault.params.get("table")) for fault in found}
            raise _TakenBack
    except _TakenBack:
        return named


@pytest.mark.parametrize("life", sorted({life for life, _, _ in CHANGES}))
def test_what_was_done_by_acts_agrees(lives: dict[str, Wiring], life: str) -> None:
    assert find_tables(lives[life], None) == set()


@pytest.mark.parametrize(("life", "table", "statement"), CHANGES)
def test_a_row_that_was_written_past_the_acts_is_named(
    lives: dict[str, Wiring], life: str, table: str, statement: str
) -> None:
    assert table in find_tables(lives[life], statement)
