"""Compute what a claim is reimbursed, band by band. Pure: integers of fen and basis points alone, no database.

A reimbursement table has a deductible, bands of the self-paid amount, and two caps. The part of the amount within
each band is multiplied by the band's percentage and rounded down to the fen, band by band, so that the printed
lines add up to the printed sum. The caps follow in their order: the cap of a claim, then what is left of the
cap of the year.

A deductible counts for each claim, or once a year: then what the member's earlier claims used of it isn't
deducted again, and the bands of a claim begin where they would after that part.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from core.faults import Fault
from core.money import format_yuan, parse_amount
from members.mutual_aid.faults import AID_FAULTS, AidRefused, build_field_fault

FULL_BP = 10_000  # basis points of 100 %
MOST_BANDS = 12
MOST_TABLE_FEN = 10_000_000_00
_BAND = re.compile(
    r"(?P<lower>[^-~—–至:%=]+)(?:-|~|—|–|至)(?P<upper>[^-~—–至:%=]*)[:=](?P<percent>\d{1,3}(?:\.\d{1,2})?)%?"
)
_ROW = re.compile(r"[;；\r\n]+")


@dataclass(frozen=True, slots=True)
class Band:
    """A band of the self-paid amount: above ``lower_fen``, up to ``upper_fen`` (None: without end)."""

    lower_fen: int
    upper_fen: int | None
    rate_bp: int

    def part_of(self, amount_fen: int) -> int:
        """Return how much of an amount lies in the band. *Units*: fen."""
        top = amount_fen if self.upper_fen is None else min(amount_fen, self.upper_fen)
        return max(0, top - self.lower_fen)


@dataclass(frozen=True, slots=True)
class ReimbursementTable:
    """The terms of a policy. A cap is None where there is none; ``is_yearly`` counts the deductible once a year."""

    deductible_fen: int
    bands: tuple[Band, ...]
    claim_cap_fen: int | None
    year_cap_fen: int | None
    is_yearly: bool = False


@dataclass(frozen=True, slots=True)
class BandLine:
    """One line of the proof: the amount in a band, times its percentage, is so many fen."""

    lower_fen: int
    upper_fen: int | None
    part_fen: int
    rate_bp: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class Reimbursement:
    """What a claim is reimbursed, and how it was computed.

    ``sum_fen`` is the sum of the lines; ``after_claim_cap_fen`` what the cap of a claim leaves of it;
    ``year_left_fen`` what the cap of the year had left before this claim (None: no cap); ``payable_fen`` the result.
    ``deducted_before_fen`` is what earlier claims used of a yearly deductible, ``deducted_fen`` what this one uses.
    """

    self_paid_fen: int
    lines: tuple[BandLine, ...]
    sum_fen: int
    after_claim_cap_fen: int
    used_fen: int
    year_left_fen: int | None
    payable_fen: int
    deducted_before_fen: int = 0
    deducted_fen: int = 0

    @property
    def is_claim_capped(self) -> bool:
        return self.after_claim_cap_fen < self.sum_fen

    @property
    def year_left_after_fen(self) -> int | None:
        """What the cap of the year has left after this claim."""
        return None if self.year_left_fen is None else self.year_left_fen - self.payable_fen


def compute_reimbursement(
    table: ReimbursementTable, self_paid_fen: int, used_fen: int, deducted_fen: int = 0
) -> Reimbursement:
    """Compute what a claim is reimbursed, if the member was already paid ``used_fen`` under the policy.

    ``deducted_fen`` is what the member's earlier claims used of the deductible; only a yearly one counts it.

    >>> table = ReimbursementTable(100_000, (Band(100_000, 1_000_000, 5_000),), None, None)
    >>> compute_reimbursement(table, 250_001, 0).payable_fen
    75000
    >>> yearly = ReimbursementTable(100_000, table.bands, None, None, is_yearly=True)
    >>> compute_reimbursement(yearly, 250_001, 75_000, 60_000).payable_fen
    105000
    """
    assert self_paid_fen >= 0 and used_fen >= 0 and deducted_fen >= 0, (self_paid_fen, used_fen, deducted_fen)
    before = min(deducted_fen, table.deductible_fen) if table.is_yearly else 0
    lines = tuple(_lines(table, before, self_paid_fen))
    sum_fen = sum(line.paid_fen for line in lines)
    after_claim = sum_fen if table.claim_cap_fen is None else min(sum_fen, table.claim_cap_fen)
    left = None if table.year_cap_fen is None else max(0, table.year_cap_fen - used_fen)
    payable = after_claim if left is None else min(after_claim, left)
    assert 0 <= payable <= sum_fen <= self_paid_fen, (payable, sum_fen, self_paid_fen)
    deducted = min(self_paid_fen, table.deductible_fen - before)
    return Reimbursement(
        self_paid_fen, lines, sum_fen, after_claim, used_fen, left, payable, before, deducted
    )


def _lines(table: ReimbursementTable, before_fen: int, amount_fen: int) -> Iterable[BandLine]:
    """Yield the lines of an amount that begins after ``before_fen`` of the deductible."""
    reached_fen = before_fen + amount_fen
    if table.deductible_fen:
        below = min(reached_fen, table.deductible_fen) - before_fen
        yield BandLine(0, table.deductible_fen, below, 0, 0)
    for band in table.bands:
        part = band.part_of(reached_fen)
        yield BandLine(band.lower_fen, band.upper_fen, part, band.rate_bp, part * band.rate_bp // FULL_BP)


def parse_bands(text: str) -> tuple[Band, ...]:
    """Parse ``1000-10000=50%; 10000-=60%``: bounds in yuan, one band a line or after a semicolon.

    *Raises*: AidRefused with every band that can't be read.
    """
    faults: list[Fault] = []
    bands: list[Band] = []
    rows = [row for part in _ROW.split(text) if (row := _plain(part))]
    for place, row in enumerate(rows[:MOST_BANDS], 1):
        band = _parse_band(row)
        if band is None:
            faults.append(AID_FAULTS.build("bad_band", field="bands", value=row[:60], place=place))
        else:
            bands.append(band)
    if len(rows) > MOST_BANDS:
        faults.append(build_field_fault("too_many", "bands", len(rows), most=MOST_BANDS))
    if faults:
        raise AidRefused(faults)
    return tuple(bands)


def _plain(row: str) -> str:
    return "".join(unicodedata.normalize("NFKC", row).split()).rstrip("。")


def _parse_band(row: str) -> Band | None:
    matched = _BAND.fullmatch(row)
    if matched is None:
        return None
    lower = parse_amount(matched["lower"])
    upper = parse_amount(matched["upper"]) if matched["upper"] else None
    if lower.fault not in (None, "zero") or lower.fen is None:
        return None
    if upper is not None and upper.fault is not None:
        return None
    return Band(lower.fen, None if upper is None else upper.fen, int(Decimal(matched["percent"]) * 100))


def format_percent(rate_bp: int) -> str:
    """Format basis points as a percentage: 5000 → 50, 6250 → 62.5."""
    return f"{Decimal(rate_bp) / 100:f}".rstrip("0").rstrip(".") if rate_bp % 100 else str(rate_bp // 100)


def format_bands(bands: Iterable[Band]) -> str:
    """Format bands as :func:`parse_bands` reads them."""
    return "; ".join(
        f"{format_yuan(one.lower_fen)}-{'' if one.upper_fen is None else format_yuan(one.upper_fen)}"
        f"={format_percent(one.rate_bp)}%"
        for one in bands
    )


def check_table(table: ReimbursementTable) -> list[Fault]:
    """Return every fault of a table: bands follow each other without a gap or an overlap, from the deductible on."""
    faults = list(_band_faults(table))
    if not any(band.rate_bp for band in table.bands):
        faults.append(AID_FAULTS.build("no_band", field="bands"))
    caps = (table.claim_cap_fen, table.year_cap_fen)
    if None not in caps and table.claim_cap_fen > table.year_cap_fen:  # type: ignore[operator]
        value = format_yuan(table.claim_cap_fen or 0)
        faults.append(AID_FAULTS.build("caps", field="claim_cap", value=value))
    for name, fen in (
        ("deductible", table.deductible_fen),
        ("claim_cap", table.claim_cap_fen),
        ("year_cap", table.year_cap_fen),
    ):
        if fen is not None and fen > MOST_TABLE_FEN:
            faults.append(_too_much(name, fen))
    return faults


def _too_much(name: str, fen: int) -> Fault:
    most = format_yuan(MOST_TABLE_FEN)
    return build_field_fault("too_much", name, format_yuan(fen), most=most)


def _band_faults(table: ReimbursementTable) -> Iterable[Fault]:
    reached: int | None = table.deductible_fen
    for place, band in enumerate(table.bands, 1):
        lower = format_yuan(band.lower_fen)
        if band.upper_fen is not None and band.upper_fen <= band.lower_fen:
            yield AID_FAULTS.build("empty_band", field="bands", value=format_bands([band]), place=place)
        if band.rate_bp > FULL_BP:
            yield AID_FAULTS.build("rate", field="bands", value=format_percent(band.rate_bp), place=place)
        if max(band.lower_fen, band.upper_fen or 0) > MOST_TABLE_FEN:
            yield _too_much("bands", max(band.lower_fen, band.upper_fen or 0))
        if reached is None or band.lower_fen < reached:
            yield AID_FAULTS.build("overlap", field="bands", value=lower, place=place)
        elif band.lower_fen > reached:
            yield AID_FAULTS.build(
                "gap", field="bands", value=lower, reached=format_yuan(reached), place=place
            )
        reached = None if reached is None else band.upper_fen
