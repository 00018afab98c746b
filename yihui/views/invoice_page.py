"""A reconciliation as one HTML file: opens without a network, in the dark, on a phone and on paper."""

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from core.civil_time import CIVIL_TIME
from rules import yuan
from yihui.runtime.errors import fault_line
from yihui.runtime.language import Language
from yihui.services.invoices import KIND_TITLES, STATES, Result, row_text, summary
from yihui.views.invoice_workbook import HEADS

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
MOST_ROWS = 2_000  # that differ; the rest is counted, and stands in the workbook


def page(result: Result, language: Language, now: datetime) -> str:
    """The whole page; every text of an invoice is escaped."""
    environment = Environment(
        loader=PackageLoader("yihui"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.globals.update(say=language.say, yuan=yuan, told=lambda row: row_text(row, language))
    found = result.found
    differing = [row for row in (*found.rows, *found.totals) if row.findings]
    return environment.get_template("reconciliation.html").render(
        result=result,
        found=found,
        language=language.code,
        policy=POLICY,
        made=f"{now.astimezone(CIVIL_TIME):%Y-%m-%d %H:%M}",
        summary=summary(result, language),
        heads=HEADS,
        states=STATES,
        kinds=[(KIND_TITLES[kind], count, fen) for kind, (count, fen) in found.counted().items()],
        tolerances=[(KIND_TITLES[kind], t.limit, t.reason) for kind, t in result.scope.tolerances.items()],
        notes=[fault_line(note, language).text() for note in result.notes],
        rows=differing[:MOST_ROWS],
        more=len(differing) - MOST_ROWS,
    )
