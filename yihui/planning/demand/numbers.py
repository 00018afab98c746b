"""Texts of a column → numbers, in one go; what is none is told row by row."""

import re
import unicodedata
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from core.faults import Fault
from geo.formats.guard import unguarded
from geo.geodesy import Floats
from yihui.planning.demand.columnar import Sheet, Texts

N_ = str  # marks a text for the message catalogue

MOST_TOLD = 100  # rows with the same fault; the others are counted
MOST_EXACT = 1e15  # whole numbers up to here add up exactly in a float
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def numbers_of(texts: Texts) -> Floats:
    """NaN where a text is no number; ``nan`` and ``inf`` are what they say. *Shape*: (n,)."""
    try:
        return np.asarray(pc.cast(texts, pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowInvalid:
        pass
    import pandas as pd

    series = pd.Series(texts.to_pylist(), dtype=object)
    found = pd.to_numeric(series, errors="coerce").to_numpy(dtype=np.float64, copy=True)
    for row in np.flatnonzero(np.isnan(found)).tolist():
        found[row] = _typed(series[row])
    return found


def _typed(text: str) -> float:
    """As people type numbers: １２３, 1,234, '1234."""
    plain = unicodedata.normalize("NFKC", unguarded(text)).strip()
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    if "_" in plain:
        return np.nan
    try:
        return float(plain)
    except ValueError:
        return np.nan


def read_amounts(sheet: Sheet, header: str) -> tuple[Floats, tuple[Fault, ...]]:
    """The demand of each row, and what is wrong with it. *Shape*: (n,); 0 where there is a fault."""
    texts = sheet.column(header)
    amounts = numbers_of(texts)
    with np.errstate(invalid="ignore"):
        wrong = ~(np.isfinite(amounts) & (amounts >= 0) & (amounts <= MOST_EXACT))
    rows = np.flatnonzero(wrong)
    faults = told(sheet, rows, lambda row: _amiss(texts[row].as_py(), float(amounts[row]), header))
    return np.where(wrong, 0.0, amounts), tuple(faults)


def told(sheet: Sheet, rows: NDArray[np.intp], fault_of: Callable[[int], Fault]) -> Iterator[Fault]:
    """A fault for each row, by its place in the sheet; beyond a hundred alike, how many more there are."""
    count: dict[str, int] = {}
    fields: dict[str, str | None] = {}
    for row in rows.tolist():
        fault = fault_of(row)
        fields[fault.message] = fault.field
        seen = count[fault.message] = count.get(fault.message, 0) + 1
        if seen <= MOST_TOLD:
            yield fault.at(file=sheet.file, row=int(sheet.numbers[row]))
    for message, seen in count.items():
        if seen > MOST_TOLD:
            yield _more(sheet.file, fields[message], seen - MOST_TOLD)


def _amiss(text: str, amount: float, header: str) -> Fault:
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
