"""Verify, export and seal the ledger; balances of its accounts, and budgets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

import benefits
from benefits import NO_WATCH, BudgetBelowPromises
from core.faults import FaultError, FaultTable
from core.money import parse_amount
from core.text_marks import N_
from store import lock_exclusive
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    from benefits import AccountBalance, Budget, ChainHead, Verification, VerificationWatch
    from rules import RuleLibrary
    from yihui.access.pending_acts import PendingAct

BUDGET_FAULTS = FaultTable(
    "budget_amount",
    {
        "no_amount": (N_("{value} is no amount in yuan"), N_("write 50000 or 50000.50")),
        "negative": (
            N_("a budget can't be negative: {value} yuan"),
            N_("write what it is in all from now on; at least what is in use of it"),
        ),
    },
)


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


def set_budget_amount(wiring: Wiring, budget: str, yuan: str, by: str, reason: str) -> PendingAct | None:
    """Set the amount of a budget; return the proposal if it is a raise, which a second person confirms.

    *Raises*: FaultError for an amount below what is in use, or without a reason.
    """
    from events.acts import record_act
    from yihui.access.acting import state_act
    from yihui.access.pending_acts import BUDGETS_LOCK, PendingKind, propose_pending_act
    from yihui.services.access.acting import acting_officer, open_act
    from yihui.services.access.second_person import require_first_person

    amount_fen = _parse_amount_fen(yuan)
    try:
        with open_act(wiring) as connection:
            acting = acting_officer(wiring, by, reason).require_reason()
            lock_exclusive(connection, BUDGETS_LOCK)
            before = {known.id: known.ceiling_fen for known in benefits.list_budgets(connection)}.get(budget)
            if before is not None and amount_fen > before:
                terms = {"amount_fen": amount_fen, "before_fen": before}
                require_first_person(wiring, connection, acting.who)
                proposed = (acting.who, reason, acting.at)
                pending = propose_pending_act(connection, PendingKind.BUDGET_RAISE, budget, terms, proposed)
                state_act("pending_act", str(pending.number), reason, after={"object": budget, **terms})
                return pending
            state_act(
                "budget", budget, reason, before={"amount_fen": before}, after={"amount_fen": amount_fen}
            )
            benefits.set_budget(connection, budget, amount_fen, acting)
            if before != amount_fen:
                record_act(
                    connection,
                    "budget",
                    acting.at,
                    budget=budget,
                    amount_fen=amount_fen,
                    before_fen=before,
                    by=by,
                    reason=reason,
                )
    except BudgetBelowPromises as refused:
        raise refused.at(value=yuan) from refused
    return None


def _parse_amount_fen(yuan: str) -> int:
    """Parse an amount in yuan to fen; zero is allowed. *Raises*: FaultError."""
    amount = parse_amount(yuan)
    if amount.fen is None or amount.fen < 0:
        code = "no_amount" if amount.fen is None else "negative"
        raise FaultError(BUDGET_FAULTS.build(code, field="YUAN", value=yuan))
    return amount.fen


def list_ledger_budgets(wiring: Wiring) -> list[Budget]:
    """List all budgets with what is in use of them."""
    with wiring.database.read() as connection:
        return benefits.list_budgets(connection)


def list_budget_ids_of_rules(wiring: Wiring) -> list[str]:
    """List the budgets that the rules in force name."""
    return sorted({budget for rule in wiring.library.rules for budget in rule.budgets if budget})


@dataclass(frozen=True, slots=True)
class RuleTitles:
    """The titles of the rules in force by id, and those of the rules that each budget pays, by the budget's id."""

    rules: Mapping[str, str]
    budgets: Mapping[str, str]


def load_rule_titles(wiring: Wiring) -> RuleTitles:
    """Load the names by which people know rules and budgets."""
    rules, budgets = dict[str, str](), dict[str, dict[str, None]]()
    with wiring.database.read() as connection:
        for rule in wiring.rulebook.in_force(connection).rules:
            title = rule.definition.title
            if rule.is_merged:  # a rule keeps its owner's title, not that of a city's adaptation
                continue
            rules[rule.id] = title
            if rule.definition.budget:
                budgets.setdefault(rule.definition.budget, {})[title] = None
    return RuleTitles(rules, {budget: "、".join(titles) for budget, titles in budgets.items()})


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
