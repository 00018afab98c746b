"""Lotteries that are held from files alone, without the ledger: read entries, commit, draw, verify."""

import errno
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable, raise_faults, raise_faults_by_row
from core.sheets.files import read_bounded_file
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Row, Table, find_header
from core.text_marks import N_
from geo.formats.files import read_table
from members import missing_column_fault, scrub_personal_numbers, walk_texts
from rules.lottery.drawing import SECRET_BYTES, commit_lottery, draw_lottery, verify_lottery
from rules.lottery.file import (
    MAX_LOTTERY_FAULTS,
    LotteryEntry,
    LotteryFaults,
    LotteryFile,
    LotteryGroup,
    LotteryTerms,
    PublicDigits,
    parse_lottery_file,
    render_lottery_file,
)
from yihui.bootstrap import Wiring
from yihui.files.tables import SheetReader
from yihui.files.whole_files import check_output_path, write_atomically
from yihui.runtime.arguments import CANNOT_BE, parse_day
from yihui.runtime.demo_clock import require_running_clock

_HEADERS: Mapping[str, tuple[str, ...]] = {
    "pseudonym": ("会员代号", "会员", "代号", "pseudonym", "member"),
    "weight": ("权重", "weight"),
    "groups": ("组别", "分组", "groups"),
}
_BETWEEN = re.compile(r"[、，,;；|]+")
_INDEX = re.compile(r"terms\.entries\[(\d+)\]\.?(.*)")
_WHOLE = re.compile(r"-?[0-9]{1,12}", re.ASCII)
_SECRET_MODE = 0o600

LOTTERY_FILE_FAULTS = FaultTable(
    "lottery_file",
    {
        "weight": (CANNOT_BE, N_("write a whole number from 1, or leave the cell empty for 1")),
        "personal_number": (
            N_("{field} holds an ID number or a phone; a lottery's file is public"),
            N_("give every entrant a pseudonym, such as the one that “yihui members import” makes"),
        ),
        "repeated_entrant": (
            N_("{value} takes part already, in row {first}"),
            N_("keep one row; more tickets are a greater weight"),
        ),
        "early_number": (
            N_("the number is published on {value}, not before"),
            N_("wait until it is, and read it at its source"),
        ),
        "repeated_name": (
            N_("{value} is named twice"),
            N_("name two files; the commitment is published, the secret isn't"),
        ),
        "exists": (
            N_("{value} is there already; a commitment, a secret or a draw is never overwritten"),
            N_("name another file"),
        ),
        "other_commitment": (
            N_("the commitment isn't {expected}, which was published before the draw: {value}"),
            N_("ask for the file that goes with it; this is another lottery"),
        ),
    },
)
LOTTERY_OPTION_FAULTS = FaultTable("usage", {"group": (CANNOT_BE, N_("write it like 外卖员=20"))})
UTC_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def read_lottery_entries(path: Path, sheets: SheetReader) -> tuple[list[LotteryEntry], list[int]]:
    """Read the entries of a CSV, XLSX or JSON file, ordered by pseudonym, with their rows.

    *Raises*: FaultError with every invalid row, and every entrant that isn't a pseudonym.
    """
    table = read_table(read_bounded_file(path), path.name)
    columns = _columns(table)
    table = sheets.select(table, lambda _: ListedThings((columns["pseudonym"],), (columns.get("weight"),)))
    faults, read = list(table.faults), []
    seen: dict[str, int] = {}
    for row in table.rows:
        if broken := row.faults_in(columns.values()):
            faults += [fault.at(file=table.file) for fault in broken]
            continue
        found = _entry(row, columns)
        if isinstance(found, Fault):
            faults.append(found.at(file=table.file, row=row.number))
        elif found.pseudonym in seen:
            faults.append(
                LOTTERY_FILE_FAULTS.build(
                    "repeated_entrant",
                    file=table.file,
                    row=row.number,
                    field=columns["pseudonym"],
                    value=found.pseudonym[:80],
                    first=seen[found.pseudonym],
                )
            )
        else:
            seen[found.pseudonym] = row.number
            read.append((found, row.number))
    raise_faults_by_row(faults)
    read.sort(key=lambda pair: pair[0].pseudonym)
    return [entry for entry, _ in read], [number for _, number in read]


def _columns(table: Table) -> dict[str, str]:
    found = {name: find_header(table.headers, known) for name, known in _HEADERS.items()}
    if found["pseudonym"] is None:
        raise FaultError([missing_column_fault(table, _HEADERS["pseudonym"][0])])
    return {name: header for name, header in found.items() if header is not None}


def _entry(row: Row, columns: Mapping[str, str]) -> LotteryEntry | Fault:
    cells = {name: row.text((header,)) for name, header in columns.items()}
    name, weight = cells["pseudonym"], cells.get("weight") or "1"
    if scrub_personal_numbers(name) != name:
        return LOTTERY_FILE_FAULTS.build("personal_number", field=columns["pseudonym"], value="***")
    if not _WHOLE.fullmatch(weight):
        return LOTTERY_FILE_FAULTS.build(
            "weight", field=columns["weight"], value=scrub_personal_numbers(weight)[:80]
        )
    groups = tuple(part.strip() for part in _BETWEEN.split(cells.get("groups", "")) if part.strip())
    return LotteryEntry(pseudonym=name, weight=int(weight), groups=groups)


def parse_lottery_groups(given: Iterable[str]) -> tuple[LotteryGroup, ...]:
    """Parse groups typed as ``NAME=PLACES``. *Raises*: FaultError."""
    groups = []
    for text in given:
        name, _, places = text.rpartition("=")
        if not name or not places.isascii() or not places.isdigit():
            raise FaultError(LOTTERY_OPTION_FAULTS.build("group", field="--group", value=text))
        groups.append(LotteryGroup(name=name, places=int(places)))
    return tuple(groups)


def refuse_personal_numbers(texts: object) -> None:
    """Refuse ID numbers and phone numbers in texts to be published. *Raises*: FaultError."""
    faults = [
        LOTTERY_FILE_FAULTS.build("personal_number", field=path, value="***")
        for path, text in walk_texts(texts)
        if scrub_personal_numbers(text) != text
    ]
    raise_faults(faults)


def place_lottery_faults(faults: Sequence[Fault], file: str, rows: Sequence[int] = ()) -> list[Fault]:
    """Fill in the file of a lottery's faults, up to a limit; ``rows`` are the entries' rows in it."""
    return [_place_in_file(fault, file, rows) for fault in faults[:MAX_LOTTERY_FAULTS]]


def _place_in_file(fault: Fault, file: str, rows: Sequence[int]) -> Fault:
    entry = _INDEX.fullmatch(fault.field or "") if rows else None
    return fault.at(file=file, row=rows[int(entry[1])], field=entry[2]) if entry else fault.at(file=file)


def run_lottery_step(work: Callable[[], LotteryFile], file: str, rows: Sequence[int] = ()) -> LotteryFile:
    """Return the result of the work. *Raises*: FaultError if the lottery refuses it."""
    try:
        return work()
    except LotteryFaults as error:
        raise FaultError(place_lottery_faults(error.faults, file, rows)) from error


def refuse_early_number(terms: LotteryTerms, today: date) -> None:
    """Refuse a public number before its day of publication: it can't be genuine. *Raises*: FaultError."""
    due = parse_day(terms.number.on)
    if today < due:
        raise FaultError(LOTTERY_FILE_FAULTS.build("early_number", field="--number", value=due))


def plan_public_number(moment: datetime, source: str, digits: int) -> PublicDigits:
    """Plan the public number: the digits that a source draws in public on the day of an instant."""
    return PublicDigits(kind="digits", source=source, on=civil_date(moment).isoformat(), count=digits)


def clean_public_number(text: str) -> str:
    """Return a public number without the blanks between its digits."""
    return re.sub(r"\s+", "", text)


def make_lottery_secret() -> str:
    """Return a new secret for a draw, in hexadecimal."""
    return secrets.token_bytes(SECRET_BYTES).hex()


def write_lottery_secret(path: Path, secret: str) -> None:
    """Write the secret, readable by its owner only, never over a file: a lost secret is a lost lottery.

    *Raises*: FaultError if the file exists.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _SECRET_MODE)
    except FileExistsError as error:
        raise FaultError([file_exists_fault(path)]) from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret + "\n")
        file.flush()
        os.fsync(file.fileno())


def check_new_files(*places: Path) -> None:
    """Check that each file can be written, is new, and is named only once.

    *Raises*: FaultError, OSError.
    """
    for place in places:
        check_output_path(place)
    faults = [file_exists_fault(place) for place in places if place.exists()]
    if len({place.resolve() for place in places}) < len(places):
        faults.append(LOTTERY_FILE_FAULTS.build("repeated_name", value=places[0]))
    raise_faults(faults)


def file_exists_fault(path: Path) -> Fault:
    """Build the fault for overwriting a published file or a secret."""
    return LOTTERY_FILE_FAULTS.build("exists", value=path)


def read_lottery_text(path: Path) -> str:
    """Read a published file after checking its size. *Raises*: FaultError, OSError."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    return read_bounded_file(path).decode("utf-8")


def lottery_json(file: LotteryFile | None, errors: list[dict[str, object]]) -> str:
    """Return the state of a lottery and the errors found in it, as JSON."""
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


@dataclass(frozen=True, slots=True)
class LotteryOrder:
    """A lottery to commit: its entries' file, places, and the public number to come."""

    entries: Path
    seats: int
    groups: Sequence[str]
    title: str | None
    moment: datetime  # when the public number comes
    source: str  # whose digits are drawn in public
    digits: int
    sheets: SheetReader = field(default_factory=SheetReader)


def commit_lottery_file(wiring: Wiring, order: LotteryOrder, to: Path, secret_to: Path) -> LotteryFile:
    """Fix the entries of a lottery; write the commitment and the secret. *Raises*: FaultError; OSError."""
    require_running_clock(wiring)
    reserved = parse_lottery_groups(order.groups)
    check_new_files(to, secret_to)
    texts = {"--title": order.title or "", "--source": order.source, "--group": list(order.groups)}
    refuse_personal_numbers(texts)
    entries, rows = read_lottery_entries(order.entries, order.sheets)
    terms = LotteryTerms(
        lottery=to.stem,
        title=order.title or to.stem,
        committed_at=wiring.now().strftime(UTC_FORMAT),
        seats=order.seats,
        groups=reserved,
        number=plan_public_number(order.moment, order.source, order.digits),
        entries=tuple(entries),
    )
    secret = make_lottery_secret()
    file = run_lottery_step(lambda: commit_lottery(terms, secret), order.entries.name, rows)
    write_lottery_secret(secret_to, secret)
    write_atomically(to, render_lottery_file(file), public=True)
    return file


def draw_lottery_file(wiring: Wiring, commitment: Path, secret: Path, number: str, to: Path) -> LotteryFile:
    """Draw from the secret and the public number; write the file to publish. *Raises*: FaultError; OSError."""
    require_running_clock(wiring)
    check_new_files(to)
    name = commitment.name
    committed = run_lottery_step(lambda: parse_lottery_file(read_lottery_text(commitment)), name)
    stored_secret = read_lottery_text(secret).strip().lower()
    file = run_lottery_step(lambda: draw_lottery(committed, stored_secret, clean_public_number(number)), name)
    refuse_early_number(committed.terms, civil_date(wiring.now()))
    write_atomically(to, render_lottery_file(file), public=True)
    return file


def verify_lottery_file(path: Path, commitment: str | None) -> tuple[LotteryFile | None, list[Fault]]:
    """Recompute a published file, and compare it with the commitment. Return the file and its faults."""
    found = verify_lottery(read_lottery_text(path))
    faults = place_lottery_faults(found.faults, path.name)
    expected = (commitment or "").strip().lower()
    if commitment is not None and found.file and found.file.commitment != expected:
        fault = LOTTERY_FILE_FAULTS.build(
            "other_commitment",
            file=path.name,
            field="commitment",
            value=found.file.commitment[:80],
            expected=expected[:80],
        )
        faults.append(fault)
    return found.file, faults
