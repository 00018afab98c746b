"""Read an invoice, reconcile it with the ledger, and render the result as lines and JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import get_args

from benefits import (
    CODE_LENGTH,
    FINDING_KINDS,
    FINDING_TEXTS,
    ComparedRow,
    Invoice,
    InvoiceFinding,
    InvoiceFindingKind,
    InvoiceLine,
    InvoiceScope,
    Reconciliation,
    ResolvedReference,
    Tolerance,
    compare_invoice,
    load_ledger_side,
    load_merchants,
    normalise_code,
    resolve_references,
)
from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable
from core.money import format_yuan
from core.sheets.files import read_bounded_file
from core.text_marks import N_
from yihui.bootstrap import Wiring
from yihui.files.invoices.mapping import InvoiceColumns, InvoiceMappingFile, read_invoice_mapping
from yihui.files.invoices.reading import read_invoice
from yihui.files.tables import SheetReader
from yihui.runtime.language import Language

FINDING_KIND_TITLES: Mapping[InvoiceFindingKind, str] = {
    "unknown_reference": N_("unknown reference"),
    "duplicate_line": N_("duplicate line"),
    "amount_over": N_("amount too high"),
    "amount_under": N_("amount too low"),
    "rounding": N_("rounded to yuan"),
    "wrong_unit": N_("yuan and fen mixed up"),
    "no_amount": N_("no readable amount"),
    "not_positive": N_("zero or negative amount"),
    "fraction": N_("fraction of a fen"),
    "not_invoiced": N_("not invoiced"),
    "not_redeemed": N_("not redeemed"),
    "expired": N_("expired"),
    "void": N_("void"),
    "refunded": N_("refunded"),
    "other_merchant": N_("another merchant"),
    "other_period": N_("outside the period"),
    "other_day": N_("another day"),
    "total_row": N_("total that doesn't tie"),
    "merged_cell": N_("merged amount"),
    "merged_amount": N_("merged amount that doesn't tie"),
    "float_noise": N_("sum of binary fractions"),
    "several_uses": N_("several uses in one line"),
}
ROW_STATE_TITLES = {"agrees": N_("agrees"), "tolerated": N_("tolerated"), "differs": N_("differs")}

TOLERANCE_FAULTS = FaultTable(
    "usage",
    {
        "tolerance": (
            N_("“{value}” names no tolerance with a reason"),
            N_("write KIND=REASON or KIND:LIMIT=REASON, such as rounding:99=by contract; kinds are {known}"),
        )
    },
)
INVOICE_CHECK_FAULTS = FaultTable(
    "invoice_check", {"unknown_merchant": (N_("there is no merchant {value}"), N_("choose one of {known}"))}
)


@dataclass(frozen=True, slots=True)
class ReconciliationOrder:
    """What to reconcile: the file, its mapping, its merchant and its period."""

    invoice: Path
    mapping: Path | None
    merchant: str | None
    since: date | None
    until: date | None
    tolerances: Mapping[InvoiceFindingKind, Tolerance]
    sheets: SheetReader = field(default_factory=SheetReader)


@dataclass(frozen=True, slots=True)
class ReconciliationResult:
    """The reconciliation, and the assumptions made while reading the invoice."""

    file: str
    digest: str
    columns: InvoiceColumns
    notes: tuple[Fault, ...]
    scope: InvoiceScope
    found: Reconciliation


def reconcile_invoice(wiring: Wiring, order: ReconciliationOrder) -> ReconciliationResult:
    """Reconcile an invoice with the ledger. *Raises*: FaultError if invoice or mapping can't be used."""
    mapping = (
        read_invoice_mapping(read_bounded_file(order.mapping), order.mapping.name)
        if order.mapping
        else InvoiceMappingFile()
    )
    with wiring.database.read() as connection:
        known = {merchant.name: merchant.id for merchant in load_merchants(connection)}
    if order.merchant is not None and order.merchant not in known.values():
        raise FaultError(
            INVOICE_CHECK_FAULTS.build(
                "unknown_merchant",
                field="--merchant",
                value=order.merchant,
                known=wiring.language.format_list(sorted(known.values())) or "—",
            )
        )
    mapping = mapping.model_copy(update={"merchants": {**known, **mapping.merchants}})
    day, content = civil_date(wiring.now()), read_bounded_file(order.invoice)
    read = read_invoice(content, order.invoice.name, mapping, order.sheets, day)
    scope = InvoiceScope(order.merchant, order.since, order.until, order.tolerances)
    key = wiring.voucher_key if any(_is_code(line.reference) for line in read.lines) else None
    with wiring.database.read() as connection:
        references = {line.row: (line.reference, line.merchant or order.merchant) for line in read.lines}
        found = resolve_references(connection, references.values(), key)
        lines = [_resolve_line(line, found[references[line.row]]) for line in read.lines]
        side = load_ledger_side(connection, scope, found.values(), civil_date(wiring.now()))
    compared = compare_invoice(Invoice(tuple(lines), read.totals), side, scope)
    assert compared.is_balanced, "the rows don't account for every fen"
    return ReconciliationResult(order.invoice.name, read.digest, read.columns, read.notes, scope, compared)


def _is_code(reference: str) -> bool:
    """Return whether a reference may be a voucher's code; only then the voucher key is needed."""
    return len(normalise_code(reference)) == CODE_LENGTH


def _resolve_line(line: InvoiceLine, found: ResolvedReference) -> InvoiceLine:
    return replace(line, redemption_id=found.redemption_id, grant_id=found.grant_id)


def parse_tolerances(texts: Sequence[str]) -> dict[InvoiceFindingKind, Tolerance]:
    """Parse tolerances of the form ``kind[:limit]=reason``. *Raises*: FaultError."""
    found: dict[InvoiceFindingKind, Tolerance] = {}
    faults = []
    for text in texts:
        name, _, reason = text.partition("=")
        kind, has_limit, limit = name.strip().partition(":")
        wrong = (
            kind not in get_args(InvoiceFindingKind)
            or not reason.strip()
            or (has_limit and not limit.isdecimal())
        )
        if wrong:
            faults.append(
                TOLERANCE_FAULTS.build(
                    "tolerance", field="--tolerate", value=text[:80], known=", ".join(FINDING_KINDS)
                )
            )
        else:
            found[kind] = Tolerance(reason.strip(), int(limit) if has_limit else None)  # type: ignore[index]
    if faults:
        raise FaultError(faults)
    return found


# --- rendering


def finding_text(finding: InvoiceFinding, language: Language) -> str:
    """Return a finding as text, with the reason for which it is tolerated."""
    text = language.render(FINDING_TEXTS[finding.kind], **finding.params)
    if finding.tolerated is None:
        return text
    return language.render(N_("{what}; let pass: {reason}"), what=text, reason=finding.tolerated)


def row_findings_text(row: ComparedRow, language: Language) -> str:
    """Return all findings of a row as text."""
    return language.join_clauses(finding_text(finding, language) for finding in row.findings)


def reconciliation_json(result: ReconciliationResult, language: Language) -> dict[str, object]:
    """Return the reconciliation as JSON data."""
    found = result.found
    return {
        "invoice": {"file": result.file, "digest": result.digest},
        "unit": result.columns.unit,
        "merchant": result.scope.merchant,
        "from": result.scope.since.isoformat() if result.scope.since else None,
        "until": result.scope.until.isoformat() if result.scope.until else None,
        "issued_fen": sum(_read_issued(found).values()),
        "redeemed_fen": found.redeemed_fen,
        "invoiced_fen": found.invoiced_fen,
        "difference_fen": found.difference_fen,
        "ties": found.is_balanced,
        "clean": found.is_clean,
        "kinds": {
            kind: {"rows": count, "difference_fen": fen}
            for kind, (count, fen) in found.count_by_kind().items()
        },
        "tolerances": {
            kind: {"limit": tolerance.limit, "reason": tolerance.reason}
            for kind, tolerance in result.scope.tolerances.items()
        },
        "rows": [_row_json(row, language) for row in (*found.rows, *found.totals)],
    }


def _read_issued(found: Reconciliation) -> dict[str, int]:
    return {row.grant_id: row.issued_fen for row in found.rows if row.grant_id}


def _row_json(row: ComparedRow, language: Language) -> dict[str, object]:
    return {
        "row": row.row,
        "reference": row.reference,
        "grant": row.grant_id,
        "rule": row.rule_id,
        "redemptions": list(row.redemption_ids),
        "issued_fen": row.issued_fen,
        "redeemed_fen": row.redeemed_fen,
        "invoiced_fen": row.invoiced_fen,
        "difference_fen": row.difference_fen,
        "state": row.state,
        "findings": [
            {"kind": f.kind, "text": finding_text(f, language), "tolerated": f.tolerated}
            for f in row.findings
        ],
    }


def reconciliation_summary(result: ReconciliationResult, language: Language) -> list[str]:
    """Return the figures as lines: totals side by side, row states, then each kind of difference."""
    found = result.found
    states = {
        state: sum(r.state == state for r in (*found.rows, *found.totals)) for state in ROW_STATE_TITLES
    }
    sides = N_("issued {issued}, redeemed {redeemed}, invoiced {invoiced} yuan; difference {difference} yuan")
    lines = [
        language.render(
            sides,
            issued=format_yuan(sum(_read_issued(found).values())),
            redeemed=format_yuan(found.redeemed_fen),
            invoiced=format_yuan(found.invoiced_fen),
            difference=format_yuan(found.difference_fen),
        ),
        language.render(
            N_("rows that agree: {agrees}, let pass: {tolerated}, that differ: {differs}"), **states
        ),
    ]
    for kind, (count, fen) in found.count_by_kind().items():
        lines.append(
            language.render(
                N_("{kind}: {count} rows, {yuan} yuan"),
                kind=language.translate(FINDING_KIND_TITLES[kind]),
                count=count,
                yuan=format_yuan(fen),
            )
        )
    return lines
