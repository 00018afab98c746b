"""Verify, export and seal the ledger; balances of its accounts, and budgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

import benefits
from benefits import NO_WATCH
from core.faults import FaultError
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from benefits import AccountBalance, ChainHead, Verification, VerificationWatch
    from rules import RuleLibrary


@dataclass(frozen=True, slots=True)
class SealedLedger:
    """How many batches and rows were sealed now, and the last seal of each chain."""

    batches: int
    rows: int
    heads: list[ChainHead]


def verify_ledger_or_export(
    wiring: Wiring,
    export: Path | None,
    heads: Sequence[ChainHead] = (),
    *,
    recompute_all: bool = False,
    watch: VerificationWatch = NO_WATCH,
) -> Verification:
    """Recompute the ledger from the database's rows, or from an export, and compare it with published heads.

    In the database every decision is also held against its event, and a sample of the decisions, or all, is
    computed again; inbox, outbox, journal and members' changes are compared with
    the sealed batches of their rows, and officers, roles and accounts with the entries about them. *Raises*: FaultError; OSError.
    """
    if export is not None:
        return benefits.verify_export(export, heads)
    with wiring.database.read() as connection:
        return verify_database(wiring, connection, heads, recompute_all=recompute_all, watch=watch)


def verify_database(
    wiring: Wiring,
    connection: Connection,
    heads: Sequence[ChainHead] = (),
    *,
    recompute_all: bool = False,
    watch: VerificationWatch = NO_WATCH,
) -> Verification:
    """Verify all that a database holds, as :func:`verify_ledger_or_export` says."""
    from events import check_decision_origins, check_row_batches
    from yihui.access.audit_erasure import check_erased_entries
    from yihui.access.officer_reconciliation import check_officer_rows
    from yihui.services.access.secret_marks import find_secret_marker
    from yihui.services.ledger.folds import SEALED_BATCHES, check_folds

    found = benefits.verify_ledger(connection, heads, watch=watch)
    library = _library_at_hand(wiring, connection)
    origins = check_decision_origins(connection, library, wiring.now(), recompute_all=recompute_all)
    watch.on_check()
    batches = check_row_batches(connection, wiring.now(), SEALED_BATCHES)
    watch.on_check()
    marker = find_secret_marker(wiring)
    entries = [
        *check_erased_entries(connection),
        *check_officer_rows(connection, marker),
        *check_folds(wiring, connection, marker),
    ]
    return replace(
        found,
        disagreements=(*found.disagreements, *batches.faults, *entries, *origins.faults),
        recomputed=origins.recomputed,
        not_recomputable=origins.not_recomputable,
        erased=batches.erased,
    )


def _library_at_hand(wiring: Wiring, connection: Connection) -> RuleLibrary | None:
    """Return the rules in force; None if their files have faults, which must not hide those of the ledger."""
    try:
        return wiring.rulebook.in_force(connection)
    except (FaultError, OSError):
        return None


def write_ledger_heads(wiring: Wiring, beside: Path) -> None:
    """Write the last seal of each chain beside a file: heads that prove later what the file holds."""
    from yihui.files.ledger_heads import heads_path, write_heads_file
    from yihui.services.ledger.heads import sign_heads

    with wiring.database.read() as connection:
        heads = benefits.list_chain_heads(connection)
    write_heads_file(heads_path(beside), sign_heads(wiring, heads))


@contextmanager
def open_ledger_export(wiring: Wiring, *, seals: bool) -> Iterator[Iterator[str]]:
    """Yield the lines of the canonical export, with the seals if required."""
    with wiring.database.read() as connection:
        yield benefits.canonical_export_lines(connection, seals=seals)


def load_rule_titles(wiring: Wiring) -> dict[str, str]:
    """Return the titles of the rules in force by id; a rule keeps its owner's, not that of a city's adaptation."""
    with wiring.database.read() as connection:
        rules = wiring.rulebook.in_force(connection).rules
    return {rule.id: rule.definition.title for rule in rules if not rule.is_merged}


def seal_ledger(wiring: Wiring) -> SealedLedger:
    """Seal what was committed, and return the last seal of each chain."""
    from yihui.services.ledger.sealing import seal_pending

    batches, rows = seal_pending(wiring)
    with wiring.database.read() as connection:
        return SealedLedger(batches, rows, benefits.list_chain_heads(connection))


@dataclass(frozen=True, slots=True)
class LedgerProtection:
    """The number of guards that are there, and whether the application's group has its privileges.

    ``granted`` None: the database has no roles.
    """

    guards: int
    granted: bool | None


def protect_ledger(wiring: Wiring) -> LedgerProtection:
    """Create the guards of sealed rows anew and grant the application's group what it needs.

    *Raises*: StoreError if the database's user does not own its tables.
    """
    from store.database_roles import grant_application_role
    from store.guards import create_guards, list_guards

    with wiring.database.write() as connection:
        create_guards(connection)
        granted = grant_application_role(connection)
        return LedgerProtection(len(list_guards(connection)), None if wiring.database.is_sqlite else granted)


def list_ledger_balances(wiring: Wiring) -> list[AccountBalance]:
    """List what every account holds."""
    with wiring.database.read() as connection:
        return benefits.list_account_balances(connection)
