"""Which tables and columns an export holds, in which order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table

from benefits.tables.appeals import (
    appeal_answers,
    appeals,
    clawbacks,
    debt_acts,
    rule_contents,
    takeback_types,
)
from benefits.tables.bundles import BUNDLE_TABLES, NON_CANONICAL_COLUMNS
from benefits.tables.decisions import counters, decisions, explanation_forms, postings
from benefits.tables.draws import (
    claim_slots,
    claims,
    draw_results,
    draws,
    returned_places,
    waiting_lines,
    waiting_moves,
    withdrawals,
)
from benefits.tables.payout import payout_answers, payout_batches, payout_orders, payout_returns
from benefits.tables.rulebook import held_events, rule_acts, rule_cuts, rule_stops, rule_versions
from benefits.tables.sealed import SEALED_TABLES
from benefits.tables.transactions import account_balances, grant_balances, seals
from benefits.tables.vouchers import (
    card_uses,
    due_slots,
    member_cards,
    merchant_key_terms,
    merchant_keys,
    merchants,
    point_spendings,
    redemption_batches,
    redemptions,
    refunds,
    vouchers,
)
from store import erased_rows, unsealed
from store.tables import row_batches

# Which equal ledgers hold alike but for the moment: in the export with seals only.
_WHEN = frozenset({"prepared_at", "decided_at", "exported_at", "imported_at"})
# In no export, by table: with the key they give codes.
SECRET_COLUMNS: Mapping[str, frozenset[str]] = {"vouchers": frozenset({"salt"})}


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """A table whose rows have lines of their own, in the order of its keys."""

    table: Table
    keys: tuple[str, ...]

    @property
    def canonical_columns(self) -> list[Column[Any]]:
        """Return the columns that equal ledgers hold alike."""
        return [c for c in self.table.columns if c.name not in NON_CANONICAL_COLUMNS | _WHEN]

    @property
    def columns(self) -> list[Column[Any]]:
        """Return all columns but secrets."""
        secret = SECRET_COLUMNS.get(self.table.name, frozenset())
        return [c for c in self.table.columns if c.name not in secret]

    @property
    def loose_columns(self) -> frozenset[str]:
        """Return the names of the columns that the seal of a row leaves out."""
        sealed = SEALED_TABLES.get(self.table.name)
        kept = {column.name for column in sealed.columns} if sealed else self.table.columns.keys()
        return frozenset(column.name for column in self.columns) - frozenset(kept)


# Rows that belong to a decision are written with it; these tables follow in every export.
CANONICAL_TABLES = (
    ExportedTable(counters, ("key",)),
    ExportedTable(draws, ("id",)),
    ExportedTable(draw_results, ("draw_id",)),
    ExportedTable(withdrawals, ("id",)),
    ExportedTable(waiting_lines, ("places",)),
    ExportedTable(waiting_moves, ("waiting_id",)),
    ExportedTable(claims, ("decision_id",)),
    ExportedTable(returned_places, ("id",)),
    ExportedTable(rule_contents, ("hash",)),
    ExportedTable(explanation_forms, ("id",)),
    ExportedTable(appeals, ("id",)),
    ExportedTable(appeal_answers, ("appeal_id",)),
    ExportedTable(clawbacks, ("id",)),
    ExportedTable(debt_acts, ("debt_id", "number")),
    ExportedTable(redemptions, ("id",)),
    ExportedTable(refunds, ("id",)),
    ExportedTable(point_spendings, ("id",)),
    ExportedTable(payout_batches, ("id",)),
    ExportedTable(payout_orders, ("reference",)),
    ExportedTable(payout_returns, ("id",)),
    ExportedTable(payout_answers, ("reference", "number")),
)
# And these only in an export with seals: the seals before everything else, the others at the end.
SEAL_TABLES = (
    ExportedTable(seals, ("book", "lane", "number")),
    ExportedTable(unsealed, ("number",)),
)
RUN_TABLES = (
    ExportedTable(rule_acts, ("sequence",)),
    ExportedTable(rule_versions, ("hash",)),
    ExportedTable(rule_cuts, ("act",)),
    ExportedTable(rule_stops, ("rule_id",)),
    ExportedTable(held_events, ("sequence",)),
    ExportedTable(row_batches, ("number",)),
    ExportedTable(erased_rows, ("id",)),
    ExportedTable(takeback_types, ("event_type",)),
    ExportedTable(due_slots, ("day", "grant_id")),
    ExportedTable(claim_slots, ("decision_id",)),
    ExportedTable(merchants, ("id",)),
    ExportedTable(merchant_keys, ("id",)),
    ExportedTable(merchant_key_terms, ("id",)),
    ExportedTable(vouchers, ("digest",)),
    ExportedTable(member_cards, ("handle",)),
    ExportedTable(card_uses, ("handle", "step")),
    ExportedTable(redemption_batches, ("id",)),
    ExportedTable(grant_balances, ("grant_id", "unit")),
    ExportedTable(account_balances, ("account", "unit")),
)
EXPORTED: Mapping[str, Table] = {
    **{name: decisions.metadata.tables[name] for name in (*BUNDLE_TABLES, postings.name)},
    **{one.table.name: one.table for one in (*CANONICAL_TABLES, *SEAL_TABLES, *RUN_TABLES)},
}
"""Every table that an export may hold rows of, by name."""
