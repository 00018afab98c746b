"""An invoice is read, compared with the ledger, and told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import get_args

from benefits import (
    FINDING_TEXTS,
    KINDS,
    Compared,
    Finding,
    FindingKind,
    Invoice,
    InvoiceLine,
    Meant,
    Reconciliation,
    Scope,
    Tolerance,
    ledger_side,
    load_merchants,
    meant,
    reconcile,
)
from benefits.vouchers.codes import SIGNS, plain
from core.civil_time import civil_date
from core.faults import Fault, InputFaults
from geo.formats.files import refuse_large
from rules import yuan
from yihui.bootstrap import Wiring
from yihui.files.invoices.mapping import Columns, MappingFile, read_mapping
from yihui.files.invoices.reading import read_invoice
from yihui.runtime.arguments import WrongValue
from yihui.runtime.language import Language

N_ = str  # marks a text for the message catalogue

KIND_TITLES: Mapping[FindingKind, str] = {
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
STATES = {"agrees": N_("agrees"), "tolerated": N_("tolerated"), "differs": N_("differs")}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be compared: the file, what its columns mean, whose and of which time it is."""

    invoice: Path
    mapping: Path | None
    merchant: str | None
    since: date | None
    until: date | None
    tolerances: Mapping[FindingKind, Tolerance]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it, and what was taken for granted on the way."""

    file: str
    digest: str
    columns: Columns
    notes: tuple[Fault, ...]
    scope: Scope
    found: Reconciliation


def carry_out(wiring: Wiring, order: Order) -> Result:
    """*Raises*: InputFaults where invoice or mapping can't be used."""
    mapping = read_mapping(_read(order.mapping), order.mapping.name) if order.mapping else MappingFile()
    with wiring.database.read() as connection:
        known = {merchant.name: merchant.id for merchant in load_merchants(connection)}
    if order.merchant is not None and order.merchant not in known.values():
        raise InputFaults([_no_merchant(order.merchant, known, wiring)])
    mapping = mapping.model_copy(update={"merchants": {**known, **mapping.merchants}})
    read = read_invoice(_read(order.invoice), order.invoice.name, mapping)
    scope = Scope(order.merchant, order.since, order.until, order.tolerances)
    key = wiring.voucher_key if any(_is_code(line.reference) for line in read.lines) else None
    with wiring.database.read() as connection:
        references = {line.row: (line.reference, line.merchant or order.merchant) for line in read.lines}
        found = meant(connection, references.values(), key)
        lines = [_meaning(line, found[references[line.row]]) for line in read.lines]
        side = ledger_side(connection, scope, found.values(), civil_date(wiring.now()))
    compared = reconcile(Invoice(tuple(lines), read.totals), side, scope)
    assert compared.ties, "the rows don't account for every fen"
    return Result(order.invoice.name, read.digest, read.columns, read.notes, scope, compared)


def _is_code(reference: str) -> bool:
    """Whether a reference may be a voucher's code: the secret behind them is only asked for then."""
    return len(plain(reference)) == SIGNS


def _meaning(line: InvoiceLine, found: Meant) -> InvoiceLine:
    return replace(line, redemption_id=found.redemption_id, grant_id=found.grant_id)


def _read(path: Path) -> bytes:
    refuse_large(path.stat().st_size, path.name)
    return path.read_bytes()


def tolerances_of(texts: Sequence[str]) -> dict[FindingKind, Tolerance]:
    """``kind[:limit]=reason``, each. *Raises*: WrongValue."""
    found: dict[FindingKind, Tolerance] = {}
    faults = []
    for text in texts:
        name, _, reason = text.partition("=")
        kind, has_limit, limit = name.strip().partition(":")
        wrong = (
            kind not in get_args(FindingKind) or not reason.strip() or (has_limit and not limit.isdecimal())
        )
        if wrong:
            faults.append(_no_tolerance(text))
        else:
            found[kind] = Tolerance(reason.strip(), int(limit) if has_limit else None)  # type: ignore[index]
    if faults:
        raise WrongValue(faults)
    return found


def _no_tolerance(text: str) -> Fault:
    return Fault(
        N_("“{value}” names no tolerance with a reason"),
        N_("write KIND=REASON or KIND:LIMIT=REASON, such as rounding:99=by contract; kinds are {known}"),
        field="--tolerate",
        value=text[:80],
        params={"known": ", ".join(KINDS)},
    )


def _no_merchant(value: str, known: Mapping[str, str], wiring: Wiring) -> Fault:
    return Fault(
        N_("there is no merchant {value}"),
        N_("choose one of {known}"),
        field="--merchant",
        value=value,
        params={"known": wiring.language.listed(sorted(known.values())) or "—"},
    )


# --- what is told


def finding_text(finding: Finding, language: Language) -> str:
    """A finding with the reason for which it is let pass."""
    text = language.say(FINDING_TEXTS[finding.kind], **finding.params)
    if finding.tolerated is None:
        return text
    return language.say(N_("{what}; let pass: {reason}"), what=text, reason=finding.tolerated)


def row_text(row: Compared, language: Language) -> str:
    """What is said of a row: all findings."""
    return language.clauses(finding_text(finding, language) for finding in row.findings)


def as_json(result: Result, language: Language) -> dict[str, object]:
    found = result.found
    return {
        "invoice": {"file": result.file, "digest": result.digest},
        "unit": result.columns.unit,
        "merchant": result.scope.merchant,
        "from": result.scope.since.isoformat() if result.scope.since else None,
        "until": result.scope.until.isoformat() if result.scope.until else None,
        "issued_fen": sum(_issued_once(found).values()),
        "redeemed_fen": found.redeemed_fen,
        "invoiced_fen": found.invoiced_fen,
        "difference_fen": found.difference_fen,
        "ties": found.ties,
        "clean": found.is_clean,
        "kinds": {
            kind: {"rows": count, "difference_fen": fen} for kind, (count, fen) in found.counted().items()
        },
        "tolerances": {
            kind: {"limit": tolerance.limit, "reason": tolerance.reason}
            for kind, tolerance in result.scope.tolerances.items()
        },
        "rows": [_row_json(row, language) for row in (*found.rows, *found.totals)],
    }


def _issued_once(found: Reconciliation) -> dict[str, int]:
    return {row.grant_id: row.issued_fen for row in found.rows if row.grant_id}


def _row_json(row: Compared, language: Language) -> dict[str, object]:
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


def summary(result: Result, language: Language) -> list[str]:
    """The figures in lines: side by side, then each kind of difference, then what was let pass."""
    found = result.found
    states = {state: sum(r.state == state for r in (*found.rows, *found.totals)) for state in STATES}
    sides = N_("issued {issued}, redeemed {redeemed}, invoiced {invoiced} yuan; difference {difference} yuan")
    lines = [
        language.say(
            sides,
            issued=yuan(sum(_issued_once(found).values())),
            redeemed=yuan(found.redeemed_fen),
            invoiced=yuan(found.invoiced_fen),
            difference=yuan(found.difference_fen),
        ),
        language.say(
            N_("rows that agree: {agrees}, let pass: {tolerated}, that differ: {differs}"), **states
        ),
    ]
    for kind, (count, fen) in found.counted().items():
        lines.append(
            language.say(
                N_("{kind}: {count} rows, {yuan} yuan"),
                kind=language.text(KIND_TITLES[kind]),
                count=count,
                yuan=yuan(fen),
            )
        )
    return lines
