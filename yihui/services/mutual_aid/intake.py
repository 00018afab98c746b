"""Check what officers write into policies and claims of mutual aid: every fault at once, and nothing personal."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.money import format_yuan, parse_amount
from members.mutual_aid.claim import Bill
from members.mutual_aid.faults import AID_FAULTS, build_field_fault
from members.mutual_aid.policy import PolicyTerms
from members.mutual_aid.reimbursement import ReimbursementTable, check_table, parse_bands
from members.privacy import has_personal_number
from yihui.bootstrap import Wiring
from yihui.runtime.arguments import parse_day

LONGEST_TEXT, LONGEST_DOCUMENT = 200, 200
DEDUCTIBLE_SPANS = ("claim", "year")
MOST_POLICY_DAYS, MOST_WAITING_DAYS = 366, 366
MOST_YUAN = 10_000_000
LEAST_RECEIPT, MOST_RECEIPT = 6, 40
RECEIPT_SHOWN = 4  # characters at the end of the number, so that a reviewer recognises the paper
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_APART = re.compile(r"[\s\-_.·]+")


@dataclass(frozen=True, slots=True)
class WrittenPolicy:
    """A policy as an officer wrote it: amounts in yuan, days as text, bands one a line."""

    organisation: str
    year: str
    begins: str = ""  # the first of January if it is empty
    ends: str = ""
    contribution: str = "0"
    waiting_days: str = "0"
    deductible: str = "0"
    bands: str = ""
    claim_cap: str = ""  # empty: no cap
    year_cap: str = ""
    document: str = ""
    clause: str = ""
    deductible_per: str = "claim"


@dataclass(frozen=True, slots=True)
class WrittenBill:
    """The bill of a stay as an officer wrote it: days as text, amounts in yuan, and the receipt's number."""

    admitted_on: str
    discharged_on: str
    total: str
    insurance: str
    other: str
    self_paid: str
    receipt: str = ""


def check_policy(written: WrittenPolicy) -> PolicyTerms:
    """Return the terms of a policy. *Raises*: FaultError with every fault."""
    faults: list[Fault] = []
    year = _read_number(written.year, "year", range(2000, 2101), "year", faults)
    begins, ends = _read_span(written, year, faults)
    waiting = _read_number(
        written.waiting_days, "waiting_days", range(MOST_WAITING_DAYS + 1), "waiting", faults
    )
    amounts = {
        name: _read_amount(name, getattr(written, name), faults) for name in ("contribution", "deductible")
    }
    caps = {
        name: _read_amount(name, getattr(written, name), faults) if getattr(written, name).strip() else None
        for name in ("claim_cap", "year_cap")
    }
    if written.deductible_per not in DEDUCTIBLE_SPANS:
        faults.append(
            AID_FAULTS.build("deductible_per", field="deductible_per", value=written.deductible_per[:20])
        )
    faults += check_text("document", written.document, LONGEST_DOCUMENT)
    faults += check_text("clause", written.clause, LONGEST_DOCUMENT)
    try:
        bands, is_yearly = parse_bands(written.bands), written.deductible_per == "year"
        table = ReimbursementTable(amounts["deductible"], bands, **_fen(caps), is_yearly=is_yearly)
        faults += check_table(table)
    except FaultError as error:
        faults += error.faults
    raise_faults(faults)
    return PolicyTerms(
        written.organisation.strip(),
        year,
        begins,
        ends,
        amounts["contribution"],
        waiting,
        table,
        written.document.strip(),
        written.clause.strip(),
    )


def _fen(caps: dict[str, int | None]) -> dict[str, int | None]:
    return {f"{name}_fen": fen for name, fen in caps.items()}


def _read_number(text: str, name: str, possible: range, code: str, faults: list[Fault]) -> int:
    plain = unicodedata.normalize("NFKC", text).strip()
    number = int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 10 else -1
    if number in possible:
        return number
    faults.append(AID_FAULTS.build(code, field=name, value=text[:20], most=possible[-1]))
    return possible[0]


def _read_span(written: WrittenPolicy, year: int, faults: list[Fault]) -> tuple[date, date]:
    begins = _read_day("begins", written.begins or f"{year}-01-01", faults)
    ends = _read_day("ends", written.ends or f"{year}-12-31", faults)
    days = (ends - begins).days + 1
    if days < 1:
        faults.append(AID_FAULTS.build("days", field="ends", value=ends))
    elif days > MOST_POLICY_DAYS or year not in (begins.year, ends.year):
        faults.append(
            AID_FAULTS.build("long_policy", field="ends", value=days, most=MOST_POLICY_DAYS, year=year)
        )
    return begins, ends


def _read_day(name: str, text: str, faults: list[Fault]) -> date:
    try:
        return parse_day(unicodedata.normalize("NFKC", text).strip())
    except FaultError as error:
        faults += [fault.at(field=name) for fault in error.faults]
        return date(2000, 1, 1)


def _read_amount(name: str, text: str, faults: list[Fault]) -> int:
    """Return fen; an amount may be zero."""
    amount = parse_amount(text)
    if amount.fault not in (None, "zero") or amount.fen is None:
        faults.append(build_field_fault("amount", name, text.strip()[:20] or "–"))
        return 0
    if amount.fen > MOST_YUAN * 100:
        value, most = format_yuan(amount.fen), format_yuan(MOST_YUAN * 100)
        faults.append(build_field_fault("too_much", name, value, most=most))
    return amount.fen


def check_bill(wiring: Wiring, terms: PolicyTerms, written: WrittenBill, held: Bill | None = None) -> Bill:
    """Return the bill of a claim; without a receipt's number it keeps that of ``held``.

    *Raises*: FaultError with every fault; none quotes the receipt's number.
    """
    faults: list[Fault] = []
    admitted = _read_day("admitted_on", written.admitted_on, faults)
    discharged = _read_day("discharged_on", written.discharged_on, faults)
    if not faults:
        faults += _stay_faults(terms, admitted, discharged, civil_date(wiring.now()))
    fen = {
        name: _read_amount(name, getattr(written, name), faults)
        for name in ("total", "insurance", "other", "self_paid")
    }
    parts = fen["insurance"] + fen["other"] + fen["self_paid"]
    if parts != fen["total"]:
        value, total = format_yuan(parts), format_yuan(fen["total"])
        faults.append(AID_FAULTS.build("sum", field="total", value=value, total=total))
    if held is not None and not written.receipt.strip():
        receipt, end = held.receipt, held.receipt_end
    else:
        receipt, end = _read_receipt(written.receipt, faults)
    raise_faults(faults)
    return Bill(
        admitted, discharged, fen["total"], fen["insurance"], fen["other"], fen["self_paid"], receipt, end
    )


def _stay_faults(terms: PolicyTerms, admitted: date, discharged: date, today: date) -> Sequence[Fault]:
    faults = []
    if discharged < admitted:
        faults.append(AID_FAULTS.build("stay_days", field="discharged_on", value=discharged))
    if discharged > today:
        faults.append(AID_FAULTS.build("stay_ahead", field="discharged_on", value=discharged))
    if not terms.covers(admitted):
        begins, ends = terms.begins, terms.ends
        faults.append(
            AID_FAULTS.build("stay_year", field="admitted_on", value=admitted, begins=begins, ends=ends)
        )
    return faults


def _read_receipt(text: str, faults: list[Fault]) -> tuple[str, str]:
    number = _APART.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not LEAST_RECEIPT <= len(number) <= MOST_RECEIPT or not number.isalnum():
        faults.append(AID_FAULTS.build("no_receipt", field="receipt", least=LEAST_RECEIPT))
    digest = hashlib.sha256(b"mutual-aid-receipt\0" + number.encode("utf-8", "replace")).hexdigest()
    return f"sha256:{digest}", number[-RECEIPT_SHOWN:]


def check_text(name: str, text: str, most: int, *, missing: str = "no_text") -> list[Fault]:
    """Return the faults of a text that stays in a history, where nothing personal may stand."""
    plain = text.strip()
    if not plain:
        return [build_field_fault(missing, name)]
    faults = []
    if len(plain) > most:
        faults.append(build_field_fault("too_long", name, len(plain), most=most))
    if _CONTROL.search(plain):
        faults.append(build_field_fault("control", name))
    elif has_personal_number(plain):
        faults.append(build_field_fault("personal", name, "***"))
    return faults


def check_reason(reason: str) -> list[Fault]:
    """Return the faults of a reason that an act needs."""
    return check_text("reason", reason, LONGEST_TEXT, missing="no_reason")


def raise_faults(faults: Sequence[Fault]) -> None:
    """*Raises*: FaultError if there are any."""
    if faults:
        raise FaultError(list(faults))
