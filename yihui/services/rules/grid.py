"""Read a table of amounts as it is pasted from a spreadsheet: a cell for each fact, and the amount last."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.money import parse_amount
from core.text_marks import N_
from rules.facts import Fact
from yihui.services.rules.form_terms import Comparison, TermFault, build_term

MOST_ROWS = 200
_ANY = frozenset({"", "-", "—", "——", "/", "*", "不限", "任意", "全部"})
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
_CELLS = N_("values with 、 between them, 不限 for any, or for numbers 3-5, 3以上, 不满3")
_AMOUNT = N_("an amount in yuan, such as 500")


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
    """One row: the expression that selects it, and its amount in fen."""

    when: str
    amount_fen: int


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
            grid.faults.append(GridFault("grid", number, cells[-1][:60], _AMOUNT))
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
            terms += _build_terms(cell, fact)
        except TermFault:
            grid.faults.append(GridFault("grid", number, cell[:60], _CELLS))
            is_whole = False
    if is_whole:
        grid.rows.append(GridRow(" and ".join(terms) or "true", fen))


def _build_terms(cell: str, fact: Fact) -> list[str]:
    """Return the conditions of a cell; none where any value will do. *Raises*: TermFault."""
    plain = "".join(unicodedata.normalize("NFKC", cell).split())
    if plain in _ANY:
        return []
    if fact.kind in ("integer", "fen"):
        plain = re.sub(r"(周岁|岁|年|天|日|个月|月|次|人|份)", "", plain)
        for pattern, comparisons in _RANGES:
            if matched := pattern.fullmatch(plain):
                pairs = zip(comparisons, matched.groups(), strict=True)
                return [build_term(fact, comparison, _whole(fact, number)) for comparison, number in pairs]
    return [build_term(fact, Comparison.IS, plain)]


def _whole(fact: Fact, number: str) -> str:
    return number if fact.kind == "fen" else number.replace(",", "")
