"""Read a merchant's file of offline redemptions: CSV, workbook or JSON. All faults are reported together."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from benefits import MAX_BATCH_LINES
from core.civil_time import parse_civil_instant
from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.sheets.files import refuse_large_file
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Row, find_header
from core.text_marks import N_
from geo.formats.files import read_table
from yihui.files.tables import SheetReader

T = TypeVar("T")

# Accepted names of each column.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "request_key": ("request_key", "请求号", "流水号", "小票号"),
    "code": ("code", "券码", "核销码"),
    "used_at": ("used_at", "使用时间", "核销时间"),
    "amount": ("amount", "数量", "金额（分）", "金额(分)"),
    "rule": ("rule", "规则"),
    "station": ("station", "站点", "站点编号"),
}
_NEEDED = ("request_key", "code", "used_at")
_WHOLE = re.compile(r"-?[0-9]{1,20}")

REDEMPTION_FILE_FAULTS = FaultTable(
    "redemption_file",
    {
        "repeated_key": (
            N_("the request key {value} stands in row {earlier} as well"),
            N_("give every use a key of its own, or leave the repetition out"),
        ),
        "empty": (N_("nothing is handed in"), N_("write one use in each row")),
        "no_column": (N_("the column {value} is missing"), N_("name it {names}")),
        "empty_field": (N_("{field} is missing"), N_("fill it in")),
        "no_instant": (
            N_("“{value}” is no instant"),
            N_("write it as 2026-10-03T23:10+08:00, or 2026-10-03 23:10 for Beijing time"),
        ),
        "no_amount": (
            N_("“{value}” is no whole number"),
            N_("write fen for vouchers, pieces for things; leave it out for one use"),
        ),
        "too_many_rows": (
            N_("the file has {value} rows, more than {most}"),
            N_("hand it in in several batches"),
        ),
    },
)


class OfflineUse(BaseModel):
    """One use. *Units*: ``amount`` in fen of vouchers, in pieces of things."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    request_key: str
    code: str
    used_at: AwareDatetime
    amount: Annotated[int, Field(strict=True)] | None = None
    rule: str | None = None
    station: str | None = None
    row: int = 0


@dataclass(frozen=True, slots=True)
class OfflineUseFile:
    """The uses read from one file. ``digest`` identifies the content if the merchant numbers no batches."""

    file: str
    digest: str
    uses: tuple[OfflineUse, ...]


def read_redemption_file(content: bytes, file: str, sheets: SheetReader) -> OfflineUseFile:
    """Read a merchant's file. *Raises*: FaultError with every fault; then no row is submitted."""
    refuse_large_file(len(content), file)
    table = read_table(content, file)
    columns = {name: find_header(table.headers, known) for name, known in _NAMES.items()}
    raise_faults(
        REDEMPTION_FILE_FAULTS.build(
            "no_column", file=file, row=1, field=name, value=name, names=" / ".join(_NAMES[name])
        )
        for name in _NEEDED
        if columns[name] is None
    )
    table = sheets.select(
        table, lambda _: ListedThings((columns["request_key"], columns["code"]), (columns["amount"],))
    )
    faults = [fault.at(file=file) for fault in table.faults]
    if not table.rows:
        faults.append(REDEMPTION_FILE_FAULTS.build("empty", value="").at(file=file))
    if len(table.rows) > MAX_BATCH_LINES:
        faults.append(
            REDEMPTION_FILE_FAULTS.build(
                "too_many_rows", file=file, value=len(table.rows), most=MAX_BATCH_LINES
            )
        )
    raise_faults(faults)
    uses: list[OfflineUse] = []
    for row in table.rows:
        read = _use(row, columns, file)
        if isinstance(read, OfflineUse):
            uses.append(read)
        else:
            faults += read
    faults += find_repeated_keys(uses, file)
    raise_faults(faults)
    return OfflineUseFile(file, table.digest, tuple(uses))


def find_repeated_keys(uses: list[OfflineUse], file: str | None = None) -> list[Fault]:
    """Return a fault for each repeated request key: it may be a repetition or a slip."""
    seen: dict[str, int] = {}
    faults = []
    for use in uses:
        earlier = seen.setdefault(use.request_key, use.row)
        if earlier != use.row:
            faults.append(
                REDEMPTION_FILE_FAULTS.build(
                    "repeated_key",
                    file=file,
                    row=use.row,
                    field="request_key",
                    value=use.request_key[:80],
                    earlier=earlier,
                )
            )
    return faults


def _use(row: Row, columns: Mapping[str, str | None], file: str) -> OfflineUse | list[Fault]:
    cells = {name: row.text([header]) if header else "" for name, header in columns.items()}
    cells["amount"] = unicodedata.normalize("NFKC", cells["amount"])
    broken = [row.broken[header] for header in columns.values() if header and header in row.broken]
    faults = [fault.at(file=file, row=row.number) for fault in broken]
    faults += [
        REDEMPTION_FILE_FAULTS.build("empty_field", file=file, row=row.number, field=name, value="")
        for name in _NEEDED
        if not cells[name]
    ]
    used_at = parse_civil_instant(cells["used_at"])
    if cells["used_at"] and used_at is None:
        faults.append(
            REDEMPTION_FILE_FAULTS.build(
                "no_instant", file=file, row=row.number, field="used_at", value=cells["used_at"][:40]
            )
        )
    if cells["amount"] and not _WHOLE.fullmatch(cells["amount"]):
        faults.append(
            REDEMPTION_FILE_FAULTS.build(
                "no_amount", file=file, row=row.number, field="amount", value=cells["amount"][:40]
            )
        )
    if faults or used_at is None:
        return faults
    return OfflineUse(
        request_key=cells["request_key"],
        code=cells["code"],
        used_at=used_at,
        amount=int(cells["amount"]) if cells["amount"] else None,
        rule=cells["rule"] or None,
        station=cells["station"] or None,
        row=row.number,
    )


class SentRedemptionBatch(BaseModel):
    """A batch as it is sent over HTTP: the merchant's own number of it, and its uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    batch: Annotated[str, Field(min_length=1, max_length=80)]
    lines: Annotated[tuple[OfflineUse, ...], Field(max_length=MAX_BATCH_LINES)]


def parse_redemption_batch(body: bytes) -> tuple[str, tuple[OfflineUse, ...]]:
    """Parse a batch sent over HTTP into its number and its lines. *Raises*: ValidationError, FaultError."""
    sent = SentRedemptionBatch.model_validate_json(body)
    uses = [use.model_copy(update={"row": number}) for number, use in enumerate(sent.lines, 1)]
    if not uses:
        raise FaultError(REDEMPTION_FILE_FAULTS.build("empty", value=""))
    if faults := find_repeated_keys(uses):
        raise FaultError(faults)
    return sent.batch, tuple(uses)
