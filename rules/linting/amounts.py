"""The most that a rule may give: by what is stated, by what a lower level may set, by expression."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rules.document import Path
from rules.facts import Value
from rules.linting.prover import Proof
from rules.linting.search import Wanted
from rules.linting.subject import Subject, failing, holding
from rules.wording import PARAMETER, is_reference


@dataclass(frozen=True, slots=True)
class Stated:
    """An amount that a part may give, where it stands, and in which row."""

    path: Path
    amount_fen: int
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """The amounts of one part of a benefit."""

    index: int
    amounts: tuple[Stated, ...]

    @property
    def most(self) -> Stated:
        """The greatest."""
        return max(self.amounts, key=lambda stated: stated.amount_fen)


def parts_of(subject: Subject) -> tuple[Part, ...]:
    """Every part with the amounts that it may give; what is open above is left out."""
    found = (Part(i, tuple(_amounts(subject, i))) for i in range(len(subject.definition.benefits)))
    return tuple(part for part in found if part.amounts)


def member_for(subject: Subject, part: Part, stated: Stated) -> Mapping[str, Value] | None:
    """Somebody who is given an amount."""
    wanted: list[Wanted] = holding(subject.base)
    if stated.row is not None:
        rows = dict(subject.tables()).get(part.index, [])
        if stated.row < len(rows):
            wanted += [rows[stated.row].holds, *failing(rows[: stated.row])]
    found = subject.prover.member(*wanted)
    return None if isinstance(found, Proof) else found


def settable(subject: Subject, figure: int | str) -> int:
    """What a figure is, or may be set to by a lower level."""
    definition = subject.definition
    if is_reference(figure) and definition.lower_levels:
        name = str(figure).removeprefix(PARAMETER)
        most = definition.parameters[name].most
        if name in definition.lower_levels.may_set and most is not None:
            return most
    return definition.figure(figure)


def _amounts(subject: Subject, index: int) -> Iterator[Stated]:
    benefit = subject.definition.benefits[index]
    path: Path = ("benefit", index)
    if benefit.amount_fen:
        yield Stated((*path, "amount_fen"), settable(subject, benefit.amount_fen))
    if benefit.amount and benefit.amount.ceiling_fen is not None:
        place = (*path, "amount", "ceiling_fen")
        yield Stated(place, settable(subject, benefit.amount.ceiling_fen))
    for number, row in enumerate((benefit.table.rows if benefit.table else None) or ()):
        place = (*path, "table", "rows", number)
        if row.amount_fen is not None:
            yield Stated((*place, "amount_fen"), settable(subject, row.amount_fen), number)
        elif row.amount and row.amount.ceiling_fen is not None:
            limit = (*place, "amount", "ceiling_fen")
            yield Stated(limit, settable(subject, row.amount.ceiling_fen), number)
