"""The bank's layout as a setting of the installation: its versions, and a line as it would leave for the bank."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from benefits.payout.batches import PaymentOrder, PayoutBatch
from benefits.tables.payout import payout_layouts
from core.faults import FaultError
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.acts import NO_JSON, Act, Change, Doing, Kind, Preview
from yihui.frame.cells import Chip, Link, Officer
from yihui.frame.content import Fact, Facts, Prose, TableColumn, ThingPage
from yihui.frame.fields import fields_of
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice, find_selected
from yihui.frame.noun import Noun
from yihui.money.payouts.layout import LAYOUT_FAULTS, BankLayout
from yihui.money.payouts.order_file import render_order_file
from yihui.money.payouts.payees import Payee
from yihui.money.tabs import MONEY_TABS
from yihui.runtime.language import Language

BANK_PATH = "money/bank"
_TRIED = Payee("6222020200000000000", "张三", "示例银行济南支行")


@dataclass(frozen=True, slots=True)
class StoredLayout:
    """A version of the bank's layout."""

    number: int
    layout: BankLayout
    written_by: str
    written_at: datetime
    is_current: bool


def load_stored(at: Doing[Any, Any] | Looking[Any], number: int, _: bool) -> StoredLayout:
    """Return a version of the layout. *Raises*: FaultError if there is none."""
    from sqlalchemy import func, select

    c = payout_layouts.c
    is_number = number < 2**31  # as the column has it
    row = (
        at.connection.execute(select(payout_layouts).where(c.number == number)).one_or_none()
        if is_number
        else None
    )
    if row is None:
        raise FaultError(LAYOUT_FAULTS.build("unknown", field="number", value=number))
    return _build(row, at.connection.execute(select(func.max(c.number))).scalar_one())


def _build(row: Any, newest: int) -> StoredLayout:
    layout = BankLayout.model_validate_json(row.layout)
    return StoredLayout(row.number, layout, row.written_by, row.written_at, row.number == newest)


LAYOUT = Kind("payout_layout", load_stored, lambda one: one.number, lambda _: PROVINCE_CODE)


def _require_current(one: StoredLayout, _: object = None) -> None:
    """Refuse to change a layout in whose place another one counts. *Raises*: FaultError."""
    if not one.is_current:
        raise FaultError(LAYOUT_FAULTS.build("superseded", field="number", value=one.number))


def _write(act: Doing[BankLayout, StoredLayout]) -> Change:
    from sqlalchemy import insert

    form = act.form
    row = {
        "digest": form.digest,
        "layout": form.model_dump_json(),
        "written_by": act.actor.id,
        "written_at": act.now,
    }
    made = act.connection.execute(insert(payout_layouts).values(row).returning(payout_layouts.c.number))
    return Change(made.scalar_one(), {"digest": form.digest[:8]}, organisation=PROVINCE_CODE)


def _try_line(act: Doing[BankLayout, StoredLayout], language: Language) -> Preview:
    return Preview([build_line(act.form, act.now, language)])


def build_line(layout: BankLayout, now: datetime, language: Language) -> Prose:
    """Return a file with one made-up payment as the bank would get it; a workbook is shown as a table of text."""
    order = PaymentOrder(
        "PB000001-000001", 1, "", "m", "", language.translate(N_("birthday present")), 20_000, 1
    )
    day = date(2026, 1, 1)
    batch = PayoutBatch("PB000001", 1, "prepared", 1, 20_000, "", "", "", "", now, day, "")
    shown = layout.model_copy(update={"format": "csv", "encoding": "utf-8"})
    content = render_order_file(batch, [order], {"m": _TRIED}, shown)
    return Prose("line", N_("A file with one payment"), content.decode())


WRITE = Act("write", N_("Change the bank's layout"), BankLayout, _write, Right.PREPARE_MONEY,
            f"{Right.PREPARE_MONEY}.payout.layout",
            N_("The layout was stored: batches that are prepared from now on have it."), LAYOUT, makes=True,
            button=N_("Store it"), doors=NO_JSON, preview=_try_line, is_whole=True)  # fmt: skip
CHANGE = Act("change", N_("Change the layout"), BankLayout, _write, Right.PREPARE_MONEY,
             f"{Right.PREPARE_MONEY}.payout.layout",
             N_("The layout was stored: batches that are prepared from now on have it."), LAYOUT,
             button=N_("Store it"), doors=NO_JSON,
             begin=lambda one: ({name: getattr(one.layout, name) for name in BankLayout.model_fields if name != "columns"} | {"columns": [column.model_dump() for column in one.layout.columns]} ),
             preview=_try_line, ready=_require_current)  # fmt: skip


def find_layouts(look: Looking[Any]) -> RowSlice[StoredLayout]:
    """Find the versions of the layout, the newest first."""
    from sqlalchemy import func, select

    c = payout_layouts.c
    newest = look.connection.execute(select(func.max(c.number))).scalar() or 0
    selected = select(payout_layouts).order_by(c.number.desc())
    return find_selected(look, selected, lambda row: _build(row, newest))


def show_layout(look: Looking[Any], one: StoredLayout, language: Language) -> ThingPage:
    """Return a version of the layout, and a line as it writes it."""
    said = []
    for field in fields_of(BankLayout):
        value = getattr(one.layout, field.name)
        if field.name != "columns" and (text := field.begin(value)):
            shown = language.title(field.choices[text]) if field.choices and text in field.choices else text
            said.append(Fact(field.name, field.prompt.title, shown))
    columns = "\n".join(f"{column.title}: {column.text or column.value}" for column in one.layout.columns)
    return ThingPage(
        language.translate(N_("The bank's files")),
        (
            build_line(one.layout, look.now, language),
            Prose("columns", N_("Columns of a payment, from the left"), columns, is_folded=True),
            Facts(N_("Layout"), said),
        ),
        Chip("current", N_("counts now"), "good") if one.is_current else Chip("earlier", N_("earlier")),
        acts=(CHANGE.name,) if one.is_current else (),
    )


_column = TableColumn[StoredLayout]
NOUN = Noun(
    BANK_PATH,
    N_("The bank's files"),
    LAYOUT,
    Listing(
        N_("List the versions of the bank's layout, the newest first."),
        NoFilter,
        find_layouts,
        (
            _column(
                "written_at",
                N_("Written on"),
                lambda one: Link(f"/desk/{BANK_PATH}/{one.number}", one.written_at),
            ),
            _column("number", N_("Number"), lambda one: one.number),
            _column("format", N_("Kind of file"), lambda one: one.layout.format),
            _column("written_by", N_("Written by"), lambda one: Officer(one.written_by)),
            _column(
                "state",
                N_("State"),
                lambda one: Chip("current", N_("counts now"), "good") if one.is_current else "",
            ),
        ),
        N_("Nobody has said yet how the bank's files look. Write it down first."),
    ),
    show_layout,
    Right.READ_MONEY,
    (WRITE, CHANGE),
    MONEY_TABS,
    is_open_to=lambda look, one: True,
)
