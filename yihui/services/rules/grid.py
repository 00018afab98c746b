"""Read a table of amounts as it is pasted from a spreadsheet: a cell for each fact, and the amount last."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.money import parse_amount
from core.text_marks import N_
from rules.facts import Fact
from yihui.services.rules.form_terms import Comparison, TermFault, build_term, read_values, strip_thousands

MOST_ROWS = 200
ANY_VALUE = "不限"
# An empty cell, a dash or a slash is no value: cells that were merged in Excel come out empty, and a dash may mean "none".
_ANY = frozenset({ANY_VALUE, "任意", "任何", "全部", "均可", "*"})
_NUMBER = r"([0-9][0-9,]*(?:\.[0-9]+)?(?:万|万元|元)?)"
# Both ends are included, as 以上, 以下 and 以内 include the number and 不满, 超过 don't (民法典, article 1259).
_RANGES: tuple[tuple[re.Pattern[str], tuple[Comparison, ...]], ...] = tuple(
    (re.compile(pattern), comparisons)
    for pattern, comparisons in (
        (rf"{_NUMBER}(?:-|~|至|到|—){_NUMBER}", (Comparison.AT_LEAST, Comparison.AT_MOST)),
        (rf"(?:>=|≥|不少于|不低于|满){_NUMBER}", (Comparison.AT_LEAST,)),
        (rf"{_NUMBER}(?:\(含\))?(?:及)?以上(?:\(含\))?", (Comparison.AT_LEAST,)),
        (rf"(?:<=|≤|不超过|不高于|不多于){_NUMBER}", (Comparison.AT_MOST,)),
        (rf"{_NUMBER}(?:\(含\))?(?:及)?(?:以下|以内)(?:\(含\))?", (Comparison.AT_MOST,)),
        (rf"(?:>|超过|大于|多于|高于){_NUMBER}", (Comparison.ABOVE,)),
        (rf"(?:<|不满|不足|小于|少于|低于|未满){_NUMBER}", (Comparison.BELOW,)),
    )
)
_EXCEPT = (
    re.compile(r"(?:不是|不为|不属于|!=|≠)(.+)"),
    re.compile(r"除了?(.+?)(?:以外|之外|外)"),
    re.compile(r"(.+?)(?:以外|之外)"),
)
_UNSURE = re.compile(r"\W*|[非不未除没其≥≤<>=!].*|.*(?:以上|以下|以内|以外|之外|等|及其他|不限)")
"""Texts that say more than a value; they are read as one only where the fact is known to have it."""
CELLS = N_("values with 、 between them, 不限 for any, or for numbers 3-5, 3以上, 不满3")
AMOUNT = N_("an amount in yuan, such as 500")


@dataclass(frozen=True, slots=True)
class GridFault:
    """What is wrong with a row; ``code`` is one of the form's faults."""

    code: str
    line: int
    value: str
    expected: str
    count: int = 0


@dataclass(frozen=True, slots=True)
class GridRow:
    """One row: the expression that selects it, its amount in fen, and its line and cells as they were typed."""

    when: str
    amount_fen: int
    line: int
    cells: str


@dataclass(slots=True)
class AmountGrid:
    """The rows that were understood, and the faults of the others."""

    rows: list[GridRow] = field(default_factory=list)
    faults: list[GridFault] = field(default_factory=list)


def parse_amount_grid(text: str, facts: Sequence[Fact]) -> AmountGrid:
    """Read a table: tabs, bars or commas between the cells; a first row without an amount is its heading."""
    grid = AmountGrid()
    lines = [line for line in text.replace("\r", "").split("\n") if line.strip()]
    for number, line in enumerate(lines[:MOST_ROWS], start=1):
        cells = _split(line, len(facts) + 1)
        if len(cells) != len(facts) + 1:
            expected = str(len(facts) + 1)
            grid.faults.append(GridFault("grid_columns", number, line.strip()[:60], expected, len(cells)))
            continue
        amount = parse_amount(cells[-1])
        if number == 1 and amount.fault == "text" and not re.search(r"[0-9]", cells[-1]):
            continue
        if amount.fen is None or amount.fen <= 0:
            grid.faults.append(GridFault("grid", number, cells[-1][:60], AMOUNT))
            continue
        _add_row(grid, number, cells, facts, amount.fen)
    return grid


def _split(line: str, expected: int) -> list[str]:
    """Split a line at tabs, else at bars, else at commas: an amount may hold commas between its thousands."""
    if "\t" in line:
        return [cell.strip() for cell in line.strip("\n").split("\t")]
    if "|" in line or "｜" in line:
        return [cell.strip() for cell in re.split(r"[|｜]", line.strip().strip("|｜"))]
    return [cell.strip() for cell in re.split(r"[,，]", line, maxsplit=expected - 1)]


def _add_row(grid: AmountGrid, number: int, cells: Sequence[str], facts: Sequence[Fact], fen: int) -> None:
    terms, is_whole = [], True
    for cell, fact in zip(cells[:-1], facts, strict=True):
        try:
            terms += read_cell(cell, fact)
        except TermFault:
            grid.faults.append(GridFault("grid", number, cell[:60], CELLS))
            is_whole = False
    if is_whole:
        shown = " · ".join(cells[:-1])
        grid.rows.append(GridRow(" and ".join(terms) or "true", fen, number, shown))


def read_cell(cell: str, fact: Fact) -> list[str]:
    """Return the conditions of a cell; none where any value will do. *Raises*: TermFault."""
    joined = "".join(unicodedata.normalize("NFKC", cell).split())
    if joined in _ANY:
        return []
    if not joined:
        raise TermFault("value", cell)
    if fact.kind in ("integer", "fen"):
        return _read_numbers(joined, fact)
    if fact.kind in ("text", "texts"):
        return [_read_texts(cell, joined, fact)]
    return [build_term(fact, Comparison.IS, joined)]


def _read_numbers(joined: str, fact: Fact) -> list[str]:
    plain = joined if fact.kind == "fen" else re.sub(r"(周岁|岁|年|天|日|个月|月|次|人|份|分)", "", joined)
    if found := _range_terms(plain, fact):
        return found
    for place in range(1, len(plain)):  # 3以上不满5: a bound below, then one above
        low, high = _range_terms(plain[:place], fact), _range_terms(plain[place:].lstrip(",、且"), fact)
        if len(low) == len(high) == 1 and ">" in low[0] and "<" in high[0]:
            return [*low, *high]
    return [build_term(fact, Comparison.IS, plain)]


def _range_terms(plain: str, fact: Fact) -> list[str]:
    """Return the conditions of a range; none for a text that is no range. *Raises*: TermFault."""
    for pattern, comparisons in _RANGES:
        if matched := pattern.fullmatch(plain):
            numbers = [strip_thousands(number) for number in matched.groups()]
            terms = [build_term(fact, *pair) for pair in zip(comparisons, numbers, strict=True)]
            bounds = [int(term.rpartition(" ")[2]) for term in terms]
            if bounds != sorted(bounds):
                raise TermFault("value", plain)
            return terms
    return []


def _read_texts(cell: str, joined: str, fact: Fact) -> str:
    """Return the condition of values of a text; blanks inside a known value, as in 技  师, are dropped."""
    is_known = all(one in fact.allowed for one in read_values(fact, joined))
    for pattern in _EXCEPT:
        if not is_known and (matched := pattern.fullmatch(joined)):
            return build_term(fact, Comparison.IS_NOT, _known_values(matched[1], matched[1], fact))
    return build_term(fact, Comparison.IS, _known_values(cell, joined, fact))


def _known_values(cell: str, joined: str, fact: Fact) -> str:
    values = []
    for part in read_values(fact, cell):
        value = "".join(part.split())
        is_list = len(part.split()) > 1 and all(one in fact.allowed for one in part.split())
        if value not in fact.allowed and (is_list or _UNSURE.fullmatch(value)):
            raise TermFault("value", joined)
        values.append(value if value in fact.allowed else part)
    return "、".join(values)
