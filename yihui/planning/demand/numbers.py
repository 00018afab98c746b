"""Parse whole columns of texts into numbers, and report faults by row."""

import re
import unicodedata
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from core.faults import Fault
from core.text_marks import N_
from geo.formats.guard import unescape_formula
from geo.geodesy import Floats
from yihui.planning.demand.columnar import DemandTable, TextArray

MAX_ROWS_PER_FAULT = 100  # rows reported with the same fault; further rows are only counted
MAX_EXACT_NUMBER = 1e15  # whole numbers up to this size add up exactly in a float
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def parse_numbers(texts: TextArray) -> Floats:
    """Parse texts; NaN where a text is no number. The texts ``nan`` and ``inf`` are accepted. *Shape*: (n,)."""
    try:
        return np.asarray(pc.cast(texts, pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowInvalid:
        pass
    import pandas as pd

    series = pd.Series(texts.to_pylist(), dtype=object)
    found = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    for row in np.flatnonzero(np.isnan(found)).tolist():
        found[row] = _parse_typed_number(series[row])
    return found


def _parse_typed_number(text: str) -> float:
    """Parse a number in the forms that people type: １２３, 1,234, '1234."""
    plain = unicodedata.normalize("NFKC", unescape_formula(text)).strip()
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if "_" in plain:
        return np.nan
    try:
        return float(plain)
    except ValueError:
        return np.nan


def read_amounts(sheet: DemandTable, header: str) -> tuple[Floats, tuple[Fault, ...]]:
    """Return the demand of each row and its faults; a faulty row has demand 0. *Shape*: (n,)."""
    texts = sheet.column(header)
    amounts = parse_numbers(texts)
    with np.errstate(invalid="ignore"):
        wrong = ~(np.isfinite(amounts) & (amounts >= 0) & (amounts <= MAX_EXACT_NUMBER))
    rows = np.flatnonzero(wrong)
    faults = iter_row_faults(
        sheet, rows, lambda row: _amount_fault(texts[row].as_py(), float(amounts[row]), header)
    )
    return np.where(wrong, 0.0, amounts), tuple(faults)


def iter_row_faults(
    sheet: DemandTable, rows: NDArray[np.intp], fault_of: Callable[[int], Fault]
) -> Iterator[Fault]:
    """Yield a fault for each row, with its file and row.

    Beyond `MAX_ROWS_PER_FAULT` rows with the same fault, yield one fault that counts the further rows.
    """
    count: dict[str, int] = {}
    fields: dict[str, str | None] = {}
    for row in rows.tolist():
        fault = fault_of(row)
        fields[fault.message] = fault.field
        seen = count[fault.message] = count.get(fault.message, 0) + 1
        if seen <= MAX_ROWS_PER_FAULT:
            yield fault.at(file=sheet.file, row=int(sheet.numbers[row]))
    for message, seen in count.items():
        if seen > MAX_ROWS_PER_FAULT:
            yield _more(sheet.file, fields[message], seen - MAX_ROWS_PER_FAULT)


def _amount_fault(text: str, amount: float, header: str) -> Fault:
    plain = text.strip()
    if not plain:
        return Fault(
            N_("the demand is empty"),
            N_("write 0 where there is none, and the number where it was forgotten"),
            field=header,
            value="",
        )
    if np.isnan(amount):
        message, remedy = N_("the demand {value} is no number"), N_("write digits only, such as 1234.5")
    elif np.isinf(amount):
        message, remedy = N_("the demand {value} is not finite"), N_("write the number that is meant")
    elif amount < 0:
        message, remedy = (
            N_("the demand {value} is negative"),
            N_("demand is 0 or more; often -99 or -9999 stands for “not known”: write 0 or take the row out"),
        )
    else:
        message, remedy = N_("the demand {value} is too large to be reckoned with"), N_("use a larger unit")
    return Fault(message, remedy, field=header, value=plain[:80])


def _more(file: str, field: str | None, count: int) -> Fault:
    return Fault(
        N_("{value} rows more are faulty in the same way as those above"),
        N_("mend the file where it was made, rather than row by row"),
        file=file,
        field=field,
        value=f"{count:,}",
    )
