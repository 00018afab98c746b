"""Show the statistics of members: lines, JSON, CSV, and the list behind a number."""

from collections.abc import Iterator, Sequence

from core.text_marks import N_
from members.statistics.movements import MEASURES, Measure
from members.statistics.tables import ALL, BASE, OTHER, THRESHOLD, UNKNOWN, Dimension
from yihui.runtime.language import Language
from yihui.services.organisations.statistics import MemberList, MemberStatistics
from yihui.views.csv_text import render_csv

MEASURE_TITLES: dict[Measure, str] = {
    "members": N_("members at the end"),
    "joins": N_("joins"),
    "transfers_in": N_("transferred in"),
    "transfers_out": N_("transferred out"),
    "leavers": N_("leavers"),
}
DIMENSION_TITLES: dict[Dimension, str] = {
    "organisation": N_("organisation"),
    "level": N_("level"),
    "trade": N_("trade"),
    "employment_form": N_("form of employment"),
    "month": N_("month"),
}
LEVEL_TITLES = {
    "province": N_("province level"),
    "city": N_("city level"),
    "county": N_("county level"),
    "township": N_("township level"),
    "enterprise": N_("enterprise level"),
}
FEWER_TEXT = N_("fewer than {number}")
METHOD_NOTES = (
    N_("Members: those at the end of the last day. Joins, transfers and leavers: of the whole period."),
    N_("A movement is the difference between the ends of two days: who comes and goes on one day isn't counted."),
    N_("A transfer counts once where the member comes and once where she leaves, also within the subtree."),
    N_("All are placed by the tree of organisations of the last day; trade and form of employment are those of the day itself."),
)  # fmt: skip
COVERAGE_NOTE = N_("Coverage: members for each 100 eligible workers, by the numbers that were handed in.")
ROUNDED_NOTE = N_("Outside the reader's own subtree each number is rounded to the nearest multiple of {base}, totals too, so they needn't add up; a number below {threshold} but 0 is shown as “fewer than {threshold}”.")  # fmt: skip


def key_title(dimension: Dimension, key: str, report: MemberStatistics, language: Language) -> str:
    """Return the title of a row or column."""
    if dimension == "organisation":
        name = f"{report.names.get(key, '')} {key}".strip()
        itself = key == report.table.form.root
        return language.render(N_("{name} (itself)"), name=name) if itself else name
    if dimension == "level":
        return language.translate(LEVEL_TITLES[key])
    if dimension != "month" and key in (UNKNOWN, OTHER):
        return language.translate(N_("not stated") if key == UNKNOWN else N_("all others"))
    return key


def head_title(report: MemberStatistics, language: Language) -> str:
    """Return the name of the organisation at the head of the table."""
    root = report.table.form.root
    return (
        language.translate(N_("all organisations"))
        if root is None
        else f"{report.names.get(root, '')} {root}".strip()
    )


def period_text(report: MemberStatistics, language: Language) -> str:
    return language.render(N_("from {first} to {last}"), first=report.period.first, last=report.period.last)


def format_count(count: int | None, language: Language) -> str:
    return fewer_text(language) if count is None else f"{count:,}"


def fewer_text(language: Language) -> str:
    return language.render(FEWER_TEXT, number=THRESHOLD)


def rounded_note(language: Language) -> str:
    return language.render(ROUNDED_NOTE, base=BASE, threshold=THRESHOLD)


def format_coverage(report: MemberStatistics, row: str) -> str:
    share = report.coverage(row)
    return "" if share is None else f"{share:.1%}"


def table_heads(report: MemberStatistics, measure: Measure, language: Language) -> list[str]:
    """Return the heads of the table of one trait, or of one measure by two traits."""
    form = report.table.form
    heads = [language.translate(DIMENSION_TITLES[form.rows])]
    if form.columns is not None:
        heads += [key_title(form.columns, key, report, language) for key in report.table.columns]
        return [*heads, language.translate(N_("total"))]
    heads += [language.translate(MEASURE_TITLES[one]) for one in MEASURES]
    if report.eligible:
        heads += [language.translate(N_("eligible workers")), language.translate(N_("share of the eligible"))]
    return heads


def table_rows(
    report: MemberStatistics, measure: Measure, language: Language
) -> Iterator[tuple[str, str, list[int | None]]]:
    """Yield key, title and numbers of each row, the total last."""
    table = report.table
    for key in (*table.rows, ALL):
        title = (
            language.translate(N_("total"))
            if key == ALL
            else key_title(table.form.rows, key, report, language)
        )
        if table.form.columns is not None:
            numbers = [table.count(measure, key, column) for column in (*table.columns, ALL)]
        else:
            numbers = [table.count(one, key) for one in MEASURES]
        yield key, title, numbers


def text_rows(report: MemberStatistics, measure: Measure, language: Language) -> list[list[str]]:
    """Return the rows of a table as texts, the total last."""
    found = []
    for key, title, numbers in table_rows(report, measure, language):
        row = [title, *(format_count(number, language) for number in numbers)]
        if report.eligible and report.table.form.columns is None:
            workers = report.eligible.get(key)
            row += ["" if workers is None else f"{workers:,}", format_coverage(report, key)]
        found.append(row)
    return found


def statistics_lines(report: MemberStatistics, measure: Measure, language: Language) -> Iterator[str]:
    """Yield the table as lines of text."""
    yield f"{head_title(report, language)}  {period_text(report, language)}"
    form = report.table.form
    if form.columns is not None:
        yield language.translate(MEASURE_TITLES[measure])
    heads = table_heads(report, measure, language)
    for row in text_rows(report, measure, language):
        pairs = zip(heads[1:], row[1:], strict=True)
        yield f"{row[0]}  " + language.format_list([f"{head} {text}" for head, text in pairs if text])
    yield from (f"· {line}" for line in source_lines(report, language))
    if report.table.is_rounded:
        yield f"· {rounded_note(language)}"


def source_lines(report: MemberStatistics, language: Language) -> list[str]:
    """Return the sources of the eligible workers, each once."""
    sources = sorted({(one.source, one.day) for one in report.sources}, key=lambda one: (one[1], one[0]))
    return [
        language.render(N_("eligible workers: {source}, {day}"), source=source, day=day)
        for source, day in sources
    ]


def method_lines(report: MemberStatistics, language: Language) -> list[str]:
    """Return how the numbers were counted, and where the eligible workers come from."""
    rounded = [rounded_note(language)] if report.table.is_rounded else []
    shown = (*METHOD_NOTES, COVERAGE_NOTE) if report.eligible else METHOD_NOTES
    notes = [language.translate(note) for note in shown]
    return [*notes, *rounded, *source_lines(report, language)]


def statistics_json(report: MemberStatistics) -> dict[str, object]:
    """Return the table as JSON: in a rounded one, a number below the threshold is null."""
    table = report.table
    is_wide = table.form.columns is not None
    return {
        "organisation": table.form.root,
        "from": report.period.first.isoformat(),
        "to": report.period.last.isoformat(),
        "by": table.form.rows,
        "across": table.form.columns,
        "as": report.query.reader,
        "rounded_to": BASE if table.is_rounded else None,
        "fewer_than": THRESHOLD if table.is_rounded else None,
        "rows": [_row_json(report, row) for row in table.rows],
        "columns": [{"key": key, "name": _name(report, table.form.columns, key)} for key in table.columns],
        "cells": [
            {"row": row, "column": column, **_counts_json(report, row, column)}
            for row in (*table.rows, ALL)
            for column in (*table.columns, ALL)
            if is_wide
        ],
        "total": _row_json(report, ALL),
        "sources": [
            {"code": one.code, "workers": one.workers, "source": one.source, "date": one.day.isoformat()}
            for one in report.sources
        ],
    }


def _name(report: MemberStatistics, dimension: Dimension | None, key: str) -> str | None:
    return report.names.get(key) if dimension == "organisation" else None


def _counts_json(report: MemberStatistics, row: str, column: str = ALL) -> dict[str, object]:
    return {measure: report.table.count(measure, row, column) for measure in MEASURES}


def _row_json(report: MemberStatistics, row: str) -> dict[str, object]:
    share = report.coverage(row)
    return {
        "key": row,
        "name": _name(report, report.table.form.rows, row),
        **_counts_json(report, row),
        "eligible": report.eligible.get(row),
        "coverage": None if share is None else round(share, 4),
    }


def render_statistics_csv(report: MemberStatistics, language: Language) -> str:
    """Return the table as CSV with a byte order mark: one line for each row, or for each cell and measure.

    A rounded table's last line says how.
    """
    rows = _wide_rows(report, language) if report.table.form.columns else _measure_rows(report, language)
    note = [[rounded_note(language)]] if report.table.is_rounded else []
    return render_csv([*rows, *note], end="\n")


def _measure_rows(report: MemberStatistics, language: Language) -> Iterator[list[str]]:
    yield [language.translate(N_("code")), *table_heads(report, "members", language)]
    for (key, title, numbers), texts in zip(
        table_rows(report, "members", language), text_rows(report, "members", language), strict=True
    ):
        rest = [text.replace(",", "") for text in texts[1 + len(numbers) :]]
        yield [key, title, *_number_texts(numbers, language), *rest]


def _wide_rows(report: MemberStatistics, language: Language) -> Iterator[list[str]]:
    table, form = report.table, report.table.form
    assert form.columns is not None, "the caller has looked"
    dimensions = (form.rows, form.columns)
    code, total = language.translate(N_("code")), language.translate(N_("total"))
    titles = [language.translate(DIMENSION_TITLES[one]) for one in dimensions]
    measures = [language.translate(MEASURE_TITLES[one]) for one in MEASURES]
    yield [f"{titles[0]} {code}", titles[0], f"{titles[1]} {code}", titles[1], *measures]
    for row in (*table.rows, ALL):
        for column in (*table.columns, ALL):
            names = [
                total if key == ALL else key_title(dimension, key, report, language)
                for dimension, key in zip(dimensions, (row, column), strict=True)
            ]
            numbers = [table.count(one, row, column) for one in MEASURES]
            yield [row, names[0], column, names[1], *_number_texts(numbers, language)]


def _number_texts(numbers: Sequence[int | None], language: Language) -> list[str]:
    return [fewer_text(language) if one is None else str(one) for one in numbers]


def member_list_json(found: MemberList) -> dict[str, object]:
    """Return a page of the list as JSON; ``after`` continues it."""
    return {
        "measure": found.measure,
        "members": [
            {
                "member": one.member_id,
                "day": one.day.isoformat(),
                "organisation": one.organisation,
                "trade": one.trade,
                "employment_form": one.employment_form,
            }
            for one in found.items
        ],
        "after": found.after,
    }


def member_list_lines(found: MemberList, language: Language) -> Iterator[str]:
    """Yield a line for each member or movement."""
    for one in found.items:
        yield "  ".join(
            filter(
                None, (one.member_id, one.day.isoformat(), one.organisation, one.trade, one.employment_form)
            )
        )
    if not found.items:
        yield language.translate(N_("nobody is counted there"))
    if found.after is not None:
        yield language.render(N_("more: --after {after}"), after=found.after)
