"""A lottery's files at the desk: entries in, faults in the one shape of errors, the secret kept."""

import errno
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from core.faults import Fault, InputFaults
from geo.formats.files import read_table, refuse_large
from geo.formats.table import Row, Table
from members import scrubbed, texts_in
from members.columns import missing_column
from rules.lottery.fault import LotteryFault, LotteryFaults
from rules.lottery.file import MOST_FAULTS, DrandRound, Entry, Group, LotteryFile, Terms
from rules.lottery.public_number import published_at
from yihui.files.whole_files import check_place
from yihui.runtime.arguments import WrongValue, day

N_ = str  # marks a text for the message catalogue

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "pseudonym": ("会员代号", "会员", "代号", "pseudonym", "member"),
    "weight": ("权重", "weight"),
    "groups": ("组别", "分组", "groups"),
}
_BETWEEN = re.compile(r"[、，,;；|]+")
_INDEX = re.compile(r"terms\.entries\[(\d+)\]\.?(.*)")
_WHOLE = re.compile(r"-?[0-9]{1,12}", re.ASCII)
_SECRET_MODE = 0o600


def read_entries(path: Path) -> tuple[list[Entry], list[int]]:
    """The entries of a CSV, XLSX or JSON file in the order of their pseudonyms, with their rows.

    *Raises*: InputFaults with every row that can't take part, and for whatever isn't a pseudonym.
    """
    refuse_large(path.stat().st_size, path.name)
    table = read_table(path.read_bytes(), path.name)
    columns = _columns(table)
    faults, read = list(table.faults), []
    seen: dict[str, int] = {}
    for row in table.rows:
        found = _entry(row, columns)
        if isinstance(found, Fault):
            faults.append(found.at(file=table.file, row=row.number))
        elif found.pseudonym in seen:
            faults.append(
                _twice(table.file, row, columns["pseudonym"], found.pseudonym, seen[found.pseudonym])
            )
        else:
            seen[found.pseudonym] = row.number
            read.append((found, row.number))
    if faults:
        raise InputFaults(sorted(faults, key=lambda fault: fault.row or 0))
    read.sort(key=lambda pair: pair[0].pseudonym)
    return [entry for entry, _ in read], [number for _, number in read]


def _columns(table: Table) -> dict[str, str]:
    found = {
        name: next((header for header in table.headers if header.lower() in known), None)
        for name, known in _HEADERS.items()
    }
    if found["pseudonym"] is None:
        raise InputFaults([missing_column(table, _HEADERS["pseudonym"][0])])
    return {name: header for name, header in found.items() if header is not None}


def _entry(row: Row, columns: Mapping[str, str]) -> Entry | Fault:
    cells = {name: row.text((header,)) for name, header in columns.items()}
    name, weight = cells["pseudonym"], cells.get("weight") or "1"
    if scrubbed(name) != name:
        return _personal(columns["pseudonym"])
    if not _WHOLE.fullmatch(weight):
        remedy = N_("write a whole number from 1, or leave the cell empty for 1")
        return Fault(
            N_("{field} can't be {value}"), remedy, field=columns["weight"], value=scrubbed(weight)[:80]
        )
    return Entry(pseudonym=name, weight=int(weight), groups=tuple(_parts(cells.get("groups", ""))))


def _parts(text: str) -> Iterator[str]:
    yield from (part.strip() for part in _BETWEEN.split(text) if part.strip())


def _personal(field: str) -> Fault:
    return Fault(
        N_("{field} holds an ID number or a phone; a lottery's file is public"),
        N_("give every entrant a pseudonym, such as the one that “yihui members import” makes"),
        field=field,
        value="***",
    )


def _twice(file: str, row: Row, field: str, name: str, first: int) -> Fault:
    return Fault(
        N_("{value} takes part already, in row {first}"),
        N_("keep one row; more tickets are a greater weight"),
        file=file,
        row=row.number,
        field=field,
        value=name[:80],
        params={"first": str(first)},
    )


def read_groups(given: Iterable[str]) -> tuple[Group, ...]:
    """``NAME=PLACES`` as typed. *Raises*: WrongValue."""
    groups = []
    for text in given:
        name, _, places = text.rpartition("=")
        if not name or not places.isascii() or not places.isdigit():
            message = N_("{field} can't be {value}")
            raise WrongValue([Fault(message, N_("write it like 外卖员=20"), field="--group", value=text)])
        groups.append(Group(name=name, places=int(places)))
    return tuple(groups)


def refuse_personal(texts: object) -> None:
    """Nothing that is published may hold an ID number or a phone. *Raises*: InputFaults."""
    faults = [_personal(path) for path, text in texts_in(texts) if scrubbed(text) != text]
    if faults:
        raise InputFaults(faults)


def told(faults: Sequence[LotteryFault], file: str, rows: Sequence[int] = ()) -> list[Fault]:
    """Faults of a lottery as faults of an input, the first of very many; ``rows`` are the entries'."""
    return [_told(fault, file, rows) for fault in faults[:MOST_FAULTS]]


def _told(fault: LotteryFault, file: str, rows: Sequence[int]) -> Fault:
    entry = _INDEX.fullmatch(fault.field) if rows else None
    return Fault(
        fault.message,
        fault.remedy,
        file=file,
        row=rows[int(entry[1])] if entry else None,
        field=(entry[2] if entry else fault.field) or None,
        value=fault.value,
        params=fault.params,
    )


def settled(work: Callable[[], LotteryFile], file: str, rows: Sequence[int] = ()) -> LotteryFile:
    """What the work gives. *Raises*: InputFaults where the lottery refuses it."""
    try:
        return work()
    except LotteryFaults as error:
        raise InputFaults(told(error.faults, file, rows)) from error


def refuse_early(terms: Terms, now: str) -> None:
    """A number that isn't published yet was made up. *Raises*: InputFaults."""
    plan = terms.number
    due = f"{published_at(plan):%Y-%m-%dT%H:%M:%SZ}" if isinstance(plan, DrandRound) else f"{day(plan.on)}"
    if now < due:
        remedy = N_("wait until it is, and read it at its source")
        raise InputFaults(
            [Fault(N_("the number is published on {value}, not before"), remedy, field="--number", value=due)]
        )


def write_secret(path: Path, secret: str) -> None:
    """Readable by its owner only, and never over another: a lost secret is a lost lottery.

    *Raises*: InputFaults where something stands there.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET_MODE)
    except FileExistsError as error:
        raise InputFaults([kept(path)]) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())


def check_places(*places: Path) -> None:
    """Whether each can be written, over nothing that is there, and none over another.

    *Raises*: InputFaults, OSError.
    """
    for place in places:
        check_place(place)
    faults = [kept(place) for place in places if place.exists()]
    if len({place.resolve() for place in places}) < len(places):
        remedy = N_("name two files; the commitment is published, the secret isn't")
        faults.append(Fault(N_("{value} is named twice"), remedy, value=str(places[0])))
    if faults:
        raise InputFaults(faults)


def kept(path: Path) -> Fault:
    """The fault of writing over what was published or kept."""
    return Fault(
        N_("{value} is there already; a commitment, a secret or a draw is never overwritten"),
        N_("name another file"),
        value=str(path),
    )


def read_text(path: Path) -> str:
    """A published file, refused by its size before it is read. *Raises*: InputFaults, OSError."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    refuse_large(path.stat().st_size, path.name)
    return path.read_bytes().decode("utf-8")


def other_commitment(file: LotteryFile, expected: str, name: str) -> list[Fault]:
    """A fault where another commitment was published before the draw."""
    if file.commitment == expected:
        return []
    message = N_("the commitment isn't {expected}, which was published before the draw: {value}")
    remedy = N_("ask for the file that goes with it; this is another lottery")
    params = {"expected": expected[:80]}
    return [Fault(message, remedy, file=name, field="commitment", value=file.commitment[:80], params=params)]


def as_json(file: LotteryFile | None, errors: list[dict[str, object]]) -> str:
    """What a program wants to know of a lottery that was looked at."""
    terms, draw = (file.terms, file.draw) if file else (None, None)
    content = {
        "sound": not errors,
        "lottery": terms.lottery if terms else None,
        "commitment": file.commitment if file else None,
        "is_drawn": draw is not None,
        "winners": [winner.model_dump() for winner in draw.winners] if draw else [],
        "errors": errors,
    }
    return json.dumps(content, ensure_ascii=False)
