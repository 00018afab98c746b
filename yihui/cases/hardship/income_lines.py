"""Lines of income that organisations decide, and the one that a case file is held against."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from core.faults import FaultError
from core.text_marks import N_
from members.hardship.faults import HARDSHIP_FAULTS
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.hardship.forms import LineForm
from yihui.cases.kernel.scope import list_own_and_above
from yihui.frame.acts import Act, Change, Doing, Kind
from yihui.frame.cells import Link, Money, Officer, Organisation
from yihui.frame.content import Fact, Facts, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.noun import Noun
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.hardship.repository import IncomeLine

_PATH = "hardship/income-lines"
TABS = (("/desk/hardship/files", N_("Case files")), (f"/desk/{_PATH}", N_("Lines of income")))


def require_line(connection: "Connection", number: int, lock: bool = False) -> "IncomeLine":
    """Return a line of income. *Raises*: FaultError if there is none."""
    from members.hardship.repository import list_income_lines

    for one in list_income_lines(connection):
        if one.number == number:
            return one
    raise FaultError(HARDSHIP_FAULTS.build("unknown_line", field="line", value=number))


def decide_line(act: Doing[LineForm, "IncomeLine"]) -> Change:
    """Record the line of an organisation; it holds for those below it that have none. *Raises*: FaultError."""
    from members import read_spans
    from members.hardship.repository import IncomeLine, record_income_line

    form, code = act.form, act.form.organisation
    if not read_spans(act.connection, [code])[code]:
        raise FaultError(HARDSHIP_FAULTS.build("unknown_organisation", field="organisation", value=code))
    line = IncomeLine(code, form.since, form.line, form.document, act.actor.id, act.now)
    number = record_income_line(act.connection, line)
    after = {"line_fen": form.line, "since": form.since.isoformat()}
    return Change(number, after, reason=form.document, organisation=code, about=("organisation", code))


def find_lines(
    connection: "Connection", organisations: Iterable[str], day: date
) -> "dict[str, IncomeLine | None]":
    """Return the line in force on a day for each of some organisations; None: no organisation above decided one."""
    from members.hardship.repository import find_income_line, list_income_lines
    from members.organisations.storage import load_lineages

    codes = set(organisations)
    tree = load_lineages(connection, codes)
    above = {code: tree.lineage(code, day) for code in codes}
    lines = list_income_lines(connection, {one for chain in above.values() for one in chain})
    return {code: find_income_line(lines, chain, day) for code, chain in above.items()}


def line_fen(wiring: Wiring, line: "IncomeLine | None") -> int | None:
    """Return the line in fen: the decided one, or else that of the installation's setting."""
    return wiring.settings.hardship_line_fen if line is None else line.line_fen


def list_lines(look: Looking[Any]) -> "RowSlice[IncomeLine]":
    """List the lines of the officer's organisations, and of those above, which hold there too: the newest day first."""
    from members.hardship.repository import list_income_lines

    found = _list_seen(look, list_income_lines(look.connection))
    found.sort(key=lambda one: (one.since, one.recorded_at), reverse=True)
    return look.cut(found)


def _list_seen(look: Looking[Any], lines: "Sequence[IncomeLine]") -> "list[IncomeLine]":
    """Return those lines whose organisation is one of the officer's, or above one of them."""
    scope = look.scope(Right.READ_HARDSHIP)
    own = scope.find_covered(look.connection, {one.organisation for one in lines})
    seen = own | list_own_and_above(look, Right.READ_HARDSHIP)
    return [one for one in lines if one.organisation in seen]


def show_line(look: Looking[Any], line: "IncomeLine", language: Language) -> ThingPage:
    """Return a line with the document that decides it."""
    default = look.wiring.settings.hardship_line_fen
    facts = (
        Fact("organisation", N_("Organisation"), Organisation(line.organisation)),
        Fact("line_fen", N_("Line a head and month"), Money(line.line_fen)),
        Fact("since", N_("Holds from"), line.since),
        Fact("document", N_("Decided by document"), line.document),
        Fact("officer", N_("Recorded by"), Officer(line.officer)),
        Fact("recorded_at", N_("Recorded"), line.recorded_at),
        Fact("default_fen", N_("Where no organisation decided one"), default and Money(default)),
    )
    notice = N_(
        "The income a head and month of each case file is compared with the line of its own organisation, or else with "
        "that of the nearest one above."
    )
    return ThingPage(line.document, [Facts("", facts)], notice=language.translate(notice))


LINE = Kind["IncomeLine"](
    "hardship_income_line",
    lambda at, number, lock: require_line(at.connection, number, lock),
    lambda _: 1,
    lambda line: line.organisation,
)
DECIDE = Act(
    "decide",
    N_("Decide a line of income"),
    LineForm,
    decide_line,
    Right.KEEP_HARDSHIP,
    "hardship.line",
    N_("The line of income was recorded."),
    LINE,
    makes=True,
    places=lambda act: (act.form.organisation,),
)
_COLUMNS = (
    TableColumn["IncomeLine"]("organisation", N_("Organisation"), lambda one: Link(f"/desk/{_PATH}/{one.number}", Organisation(one.organisation))),
    TableColumn["IncomeLine"]("number", N_("Number"), lambda one: one.number, False),
    TableColumn["IncomeLine"]("line_fen", N_("Line a head and month"), lambda one: Money(one.line_fen)),
    TableColumn["IncomeLine"]("since", N_("Holds from"), lambda one: one.since),
    TableColumn["IncomeLine"]("document", N_("Decided by document"), lambda one: one.document),
    TableColumn["IncomeLine"]("officer", N_("Recorded by"), lambda one: Officer(one.officer)),
)  # fmt: skip
NOUN = Noun(
    _PATH,
    N_("Lines of income"),
    LINE,
    Listing(
        N_("List the lines of the own organisations and of those above them, the newest first."),
        NoFilter,
        list_lines,
        _COLUMNS,
        N_("No line of income is decided."),
    ),
    show_line,
    Right.READ_HARDSHIP,
    (DECIDE,),
    TABS,
    is_open_to=lambda look, line: bool(_list_seen(look, [line])),
)
