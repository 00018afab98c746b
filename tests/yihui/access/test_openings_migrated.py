"""Accounts and proposals of before revision 0044: who opened them, and what was proposed."""

from datetime import UTC, datetime

from sqlalchemy import text

from store import open_database
from store.migration import migrate_database, upgrade_schema
from yihui.access.account_openings import AccountOpening, list_openings
from yihui.access.pending_acts import load_confirmable_act

ADDED, RESET, PROPOSED = (datetime(2026, 10, day, 1, 2, 3, 456, tzinfo=UTC) for day in (1, 2, 3))


def stored(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def test_older_accounts_and_proposals_get_their_openers_and_digests(empty_target: str) -> None:
    database = open_database(empty_target)
    with database.write() as connection:
        upgrade_schema(connection, "0043")
        for number, name in enumerate(("li", "wang"), 1):
            row = {"n": number, "name": name, "subject": name, "at": stored(ADDED)}
            connection.execute(
                text(
                    "INSERT INTO officers (id, subject, post, created_by, created_at) VALUES (:name, :subject, '市总', 'sun', :at)"
                ),
                row,
            )
            connection.execute(
                text(
                    "INSERT INTO officer_accounts (id, officer_id, issuer, external_subject, created_at) "
                    "VALUES (:n, :name, '', :subject, :at)"
                ),
                row,
            )
        for sequence, act, actor in ((1, "accounts.renew_setup", "qian"), (2, "accounts.set_up", "wang")):
            connection.execute(
                text(
                    "INSERT INTO audit_entries (sequence, at, actor, actor_kind, act, object_kind, object_id, reason, changes, batch) "
                    "VALUES (:n, :at, :actor, 'officer', :act, 'account', '2', '', '{}', 1)"
                ),
                {"n": sequence, "at": stored(RESET), "actor": actor, "act": act},
            )
        connection.execute(
            text(
                "INSERT INTO pending_acts (kind, object_id, terms, reason, proposed_by, proposed_at, state) VALUES "
                "('budget_raise', 'cakes', '{\"amount_fen\": 2}', '追加', 'li', :at, 'waiting')"
            ),
            {"at": stored(PROPOSED)},
        )
    assert migrate_database(database)
    with database.read() as connection:
        assert list_openings(connection, "li") == [AccountOpening("li", "sun", ADDED)]
        assert list_openings(connection, "wang") == [AccountOpening("wang", "qian", RESET)]
        act = load_confirmable_act(connection, 1, None, PROPOSED)
        assert (act.terms, act.proposed_at, len(act.digest)) == ({"amount_fen": 2}, PROPOSED, 64)
    database.close()
