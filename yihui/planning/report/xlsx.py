"""The workbook of a coverage report: what it is about, then a worksheet for each table."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from core.civil_time import CIVIL_TIME
from core.text_marks import N_
from yihui.planning.answer import Answer, Paragraph
from yihui.planning.report.answer import build_cell_table
from yihui.planning.report.text import limitation_texts, method_texts
from yihui.planning.tables import table_worksheet
from yihui.planning.text import source_text
from yihui.runtime.language import Language
from yihui.views.workbook import MINUTE, Cell, Figure, Heading, Worksheet, render_workbook

if TYPE_CHECKING:
    from yihui.planning.study.study import Study


def render_coverage_report_xlsx(study: "Study", answer: Answer, language: Language, now: datetime) -> bytes:
    """Render the workbook. The same study and instant give the same bytes.

    *Units*: metres, shares 0..1, km².
    """
    tables = [*answer.further, build_cell_table(study, language)]
    sheets = [table_worksheet(table, language) for table in tables]
    return render_workbook([_build_about(study, answer, language, now), *sheets], now)


def _build_about(study: "Study", answer: Answer, language: Language, now: datetime) -> Worksheet:
    """Return the worksheet with findings, method, limitations and sources; its dates are dates, in column B."""
    title = language.render(N_("{area}: coverage by service stations"), area=study.area_name)
    moments = ((N_("As of"), study.now.at), (N_("by night"), study.night.at), (N_("Made on"), now))
    parts = (
        (N_("Findings"), [one.text(language) for one in answer.sentences if isinstance(one, Paragraph)]),
        (N_("how it was reckoned"), method_texts(study, language)),
        (N_("what it can't tell"), limitation_texts(study, language)),
    )
    rows: list[Sequence[Cell]] = [
        [Heading(title)],
        *((language.translate(name), _build_minute(at)) for name, at in moments),
        [language.render(N_("week that begins on")), study.monday],
        [],
    ]
    for name, lines in parts:
        rows += [[Heading(language.translate(name))], *([line] for line in lines), []]
    rows.append([Heading(language.translate(N_("Sources")))])
    rows += [[source_text(source, language), source.day] for source in study.sources]
    return Worksheet(language.render(N_("about")), rows)


def _build_minute(at: datetime) -> Figure:
    return Figure(at.astimezone(CIVIL_TIME).replace(tzinfo=None), MINUTE)
