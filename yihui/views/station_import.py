"""Show how a register's file was read, what an import changes, and how its points fit each datum."""

from collections import Counter
from collections.abc import Iterator, Sequence

from core.faults import Fault
from core.text_marks import N_
from geo.datum import Datum
from geo.datum_check import DATUM_HYPOTHESES, USUALLY_ENOUGH_ROWS, DatumCheck
from geo.datum_findings import format_odds, format_percent
from geo.registry.diff import RegisterDiff
from geo.station import StationChange
from yihui.runtime.errors import ErrorLine, fault_line
from yihui.runtime.language import Language
from yihui.services.stations.station_import import DatumComparison, RegisterIntake
from yihui.views.csv_text import render_csv
from yihui.views.station_fields import (
    STATION_FIELD_LABELS,
    field_change_lines,
    name_fields,
    station_field_values,
)

_MOST_SHOWN = 6
_MOST_NAMED = 5
_MOST_QUOTED = 24  # characters of a cell
_CHECKED = N_("datum check: as {datum}, {share} of {count} points lie in their stated district; {verdict}")
_VERDICTS = {
    "sure": N_("the others are {metres} m outside (median), and no other datum fits so well"),
    "other": N_("{best} fits better"),
    "mixed": N_("but two datums are mixed"),
    "few": N_("it fits best, but a few places decide that: ask whoever made the file"),
    "close": N_("the rows don't tell the datums apart: ask whoever made the file"),
    "more": N_(
        "whether another datum fits better can't be told ({enough} rows with a district usually tell)"
    ),
}
_MIXED = N_("two datums are mixed: {count} rows, {first} to {last}, fit {other}; the rest fits {value}")


def reading_lines(intake: RegisterIntake, language: Language, *, for_page: bool = False) -> Iterator[str]:
    """Yield how the file was read: its rows, columns, derived ids, unplaced stations and datum check.

    A page names a station's fields in words; a console names them as a mapping file does.
    """
    counted = {
        "lines": N_("rows are lines of the file"),
        "rows": N_("rows are numbered as in the sheet"),
        "records": N_("rows are records, from 1"),
    }
    yield language.render(
        N_("{file}: {rows} rows ({counted}), register “{register}”, datum {datum}"),
        file=intake.table.file,
        rows=len(intake.table.rows) + len(intake.table.faults),
        counted=language.render(counted[intake.table.counted]),
        register=intake.register.name,
        datum=intake.datum.value if intake.datum else language.render(N_("by row")),
    )
    if intake.mapping:
        yield language.render(N_("columns by {mapping}:"), mapping=intake.mapping.name)
    else:
        yield language.render(
            N_("columns, as guessed (another way: --columns FILE; leave one out: --ignore HEADER):")
        )
    labels = (
        {name: language.translate(text) for name, text in STATION_FIELD_LABELS.items()} if for_page else {}
    )
    for name, headers in intake.columns.fields.items():
        yield f"    {labels.get(name, f'{name:13}')} ← {' + '.join(headers)}"
    for name, value in intake.columns.constants.items():
        yield f"    {labels.get(name, f'{name:13}')} = {value}"
    if intake.columns.unused:
        yield language.render(N_("not used: {columns}"), columns=", ".join(intake.columns.unused))
    yield from _count_lines(intake, language)


def _count_lines(intake: RegisterIntake, language: Language) -> Iterator[str]:
    reading = intake.reading
    if reading.derived_id_count:
        yield language.render(
            N_("{count} ids derived from register, name and address, such as {id}"),
            count=reading.derived_id_count,
            id=reading.stations[0].id,
        )
    if reading.unplaced_stations:
        named = ", ".join(station.name for station in reading.unplaced_stations[:_MOST_NAMED])
        yield language.render(
            N_("{count} without coordinates are kept as not placed: {names}"),
            count=len(reading.unplaced_stations),
            names=named + ("…" if len(reading.unplaced_stations) > _MOST_NAMED else ""),
        )

    for datum, check in intake.checks.items():
        if check.compared:
            verdict = language.render(_VERDICTS[_verdict_of(datum, check)], **_figures(datum, check))
            yield language.render(_CHECKED, **_figures(datum, check), verdict=verdict)


def _verdict_of(datum: Datum, check: DatumCheck) -> str:
    if check.part is not None:
        return "mixed"
    if check.better_than(datum) is not None:
        return "other"
    if check.is_sure:
        return "sure"
    if check.is_decided_by_few and check.fit_of(datum) == check.fit_of(check.best):
        return "few"
    return "close" if check.has_enough_rows else "more"


def _figures(datum: Datum, check: DatumCheck) -> dict[str, object]:
    return {
        "datum": datum.value,
        "count": check.compared,
        "share": format_percent(check.fit_of(datum).inside_share),
        "metres": f"{check.fit_of(datum).outside_m:.0f}",
        "best": check.best.value,
        "enough": f"{USUALLY_ENOUGH_ROWS:,}",
    }


def fault_lines(faults: Sequence[Fault], language: Language) -> Iterator[str]:
    """Yield the first faults. A fault that many rows share is told once, with its rows and their values."""
    alike: dict[tuple[object, ...], list[Fault]] = {}
    for fault in faults:
        kind = (fault.file, fault.severity, fault.field, fault.message)
        alike.setdefault(kind, []).append(fault)
    for several in list(alike.values())[:_MOST_SHOWN]:
        yield _fault_text(several, language)
    if len(alike) > _MOST_SHOWN:
        more = sum(map(len, list(alike.values())[_MOST_SHOWN:]))
        yield language.render(N_("… and {count} more; --faults FILE.csv writes all of them"), count=more)


def _fault_text(faults: Sequence[Fault], language: Language) -> str:
    """Return faults of one kind as text, with their field, since one row may have several faults."""
    line = fault_line(faults[0], language)
    place = ":".join(str(part) for part in (line.file, line.row) if part is not None)
    field = f" [{line.field}]" if line.field else ""
    text = f"{place}{field}: {line.message}\n    → {line.remedy}"
    if len(faults) == 1:
        return text
    differ = len({fault.value for fault in faults}) > 1
    named = [_row_text(fault, differ) for fault in faults[1 : _MOST_NAMED + 1]]
    rows = ", ".join(named) + (", …" if len(faults) > _MOST_NAMED + 1 else "")
    return (
        text + "\n    " + language.render(N_("{count} rows more: {rows}"), count=len(faults) - 1, rows=rows)
    )


def _row_text(fault: Fault, with_value: bool) -> str:
    value = fault.value or ""
    short = value[:_MOST_QUOTED] + ("…" if len(value) > _MOST_QUOTED else "")
    return f"{fault.row or '–'}" + (f" “{short}”" if with_value else "")


def faults_csv(faults: Sequence[ErrorLine]) -> bytes:
    """Return all faults as CSV, with a byte order mark for spreadsheets."""
    names = ("file", "row", "field", "value", "message", "remedy", "severity")
    return render_csv([names, *([getattr(fault, name) for name in names] for fault in faults)]).encode()


def refusal_line(intake: RegisterIntake, language: Language) -> str:
    """Return the line that nothing was imported because rows or the datum are faulty."""
    if intake.contradictions:
        return language.render(
            N_(
                "nothing was imported: the points contradict the datum, so that all of them would be misplaced "
                "(with --partial, too)"
            )
        )
    return language.render(
        N_(
            "nothing was imported: {faulty} of {rows} rows are faulty; mend them, or import the good ones with --partial"
        ),
        faulty=len({fault.row for fault in intake.reading.errors}),
        rows=len(intake.table.rows) + len(intake.table.faults),
    )


def diff_lines(
    diff: RegisterDiff, intake: RegisterIntake, language: Language, *, dry_run: bool
) -> Iterator[str]:
    """Yield the first stations that moved, changed or are gone, the counts, and what was left out."""
    for move in diff.moved[:_MOST_SHOWN]:
        metres = f"{move.distance_m:.1f} m" if move.distance_m is not None else ""
        yield f"    ~ {move.after.id} {move.after.name}: {metres or language.render(N_('placed or unplaced'))}"
        yield from _value_lines(move, language)
    for change in diff.changed[:_MOST_SHOWN]:
        yield f"    ~ {change.after.id} {change.after.name}:"
        yield from _value_lines(change, language)
    for station in diff.gone[:_MOST_SHOWN]:
        yield f"    - {station.id} {station.name}"
    yield from _same_place_lines(diff, language)
    yield from _by_hand_lines(diff, language)
    template = N_(
        "{added} added, {returned} back again, {moved} moved, {changed} changed, {gone} gone, {unchanged} unchanged"
    )
    changed = {name: getattr(diff, name) for name in ("added", "returned", "moved", "changed", "gone")}
    counts = {**{name: len(several) for name, several in changed.items()}, "unchanged": diff.unchanged}
    yield language.render(template, **counts)
    if diff.retained:
        retained = N_(
            "{count} of the register are not among the good rows; since rows were left out, they are kept"
        )
        yield language.render(retained, count=len(diff.retained))
    if dry_run:
        yield language.render(N_("a dry run: nothing was written"))
    elif intake.reading.rejected_count:
        yield language.render(N_("{count} faulty rows were left out"), count=intake.reading.rejected_count)


def _value_lines(change: StationChange, language: Language) -> Iterator[str]:
    before, after = station_field_values(change.before), station_field_values(change.after)
    for line in field_change_lines(before, after, language):
        yield f"        {line}"


def _same_place_lines(diff: RegisterDiff, language: Language) -> Iterator[str]:
    """Yield which new stations are probably gone ones, why, and how to link them."""
    for pair in diff.same[:_MOST_SHOWN]:
        yield "    " + language.render(
            N_("≈ {new} {name} is probably {old} {before}: {reasons}"),
            new=pair.after.id,
            name=pair.after.name,
            old=pair.before.id,
            before=pair.before.name,
            reasons=language.format_list(map(language.translate, pair.reasons)),
        )
    if diff.same:
        how = N_(
            "{count} new ones are probably the same places as before; to keep their old ids and histories: --link, "
            "or one by one: yihui stations link OLD NEW"
        )
        yield language.render(how, count=len(diff.same))
    if diff.linked:
        yield language.render(N_("{count} stations keep their old ids"), count=len(diff.linked))


def _by_hand_lines(diff: RegisterDiff, language: Language) -> Iterator[str]:
    """Yield which fields that were changed by hand stay, and which the publisher changed since."""
    for stations, sign, told in (
        (diff.left, "=", N_("changed by hand, and left as they are: {count} values of {stations} stations")),
        (diff.taken, "!", N_("changed by hand, and by the publisher since, who is followed: {count} values of {stations} stations")),
    ):  # fmt: skip
        for id, names in list(stations.items())[:_MOST_SHOWN]:
            yield f"    {sign} {id}: {language.format_list(name_fields(names, language))}"
        if stations:
            count = sum(len(name_fields(names, language)) for names in stations.values())
            yield language.render(told, count=count, stations=len(stations))


def diff_json(diff: RegisterDiff) -> dict[str, object]:
    """Return what an import changes as JSON data."""
    return {
        "added": len(diff.added),
        "returned": len(diff.returned),
        "moved": [
            {"id": m.after.id, "name": m.after.name, "distance_m": m.distance_m, **_values(m)}
            for m in diff.moved
        ],
        "changed": [
            {"id": c.after.id, "name": c.after.name, "fields": c.fields, **_values(c)} for c in diff.changed
        ],
        "gone": [{"id": station.id, "name": station.name} for station in diff.gone],
        "unchanged": diff.unchanged,
        "kept": len(diff.retained),
        "same": [
            {"old": pair.before.id, "new": pair.after.id, "name": pair.after.name, "reasons": pair.reasons}
            for pair in diff.same
        ],
        "linked": dict(diff.linked),
        "left": {id: list(names) for id, names in diff.left.items()},
        "taken": {id: list(names) for id, names in diff.taken.items()},
    }


def _values(change: StationChange) -> dict[str, object]:
    """Return the old and the new values of the fields that changed."""
    before, after = station_field_values(change.before), station_field_values(change.after)
    return {
        "before": {name: before[name] for name in change.fields},
        "after": {name: after[name] for name in change.fields},
    }


def intake_json(intake: RegisterIntake) -> dict[str, object]:
    """Return how the file was read as JSON data."""
    reading = intake.reading
    return {
        "file": intake.table.file,
        "register": intake.register.name,
        "datum": intake.datum.value if intake.datum else None,
        "columns": {name: list(headers) for name, headers in intake.columns.fields.items()},
        "constants": dict(intake.columns.constants),
        "rows": len(intake.table.rows) + len(intake.table.faults),
        "rows_count": intake.table.counted,
        "read": len(reading.stations),
        "left_out": reading.rejected_count,
        "not_placed": len(reading.unplaced_stations),
        "ids_derived": reading.derived_id_count,
        "datum_checks": {datum.value: datum_check_json(check) for datum, check in intake.checks.items()},
        "kinds": dict(Counter(station.kind.value for station in reading.stations)),
    }


def datum_comparison_head(asked: DatumComparison, language: Language) -> str:
    """Return the line that says how many rows of a file could be compared."""
    template = N_(
        "{file}: of {rows} rows, {count} name a district beside their point (at {cells} places); nothing is imported"
    )
    total, check = len(asked.table.rows) + len(asked.table.faults), asked.check
    return language.render(
        template, file=asked.table.file, rows=total, count=check.compared, cells=check.cells
    )


def datum_comparison_lines(asked: DatumComparison, language: Language) -> Iterator[str]:
    """Yield how well the points fit their districts in each datum, and the verdict."""
    check = asked.check
    if check.compared:
        head = N_("datum   in their district   the others, median   odds against {best}")
        yield language.render(head, best=check.best.value)
        for datum in DATUM_HYPOTHESES:
            fit = check.fit_of(datum)
            odds = "–" if datum == check.best else format_odds(check.odds(datum, check.best))
            inside = format_percent(fit.inside_share)
            yield f"{datum.value:6}  {inside:>17}  {fit.outside_m:17.0f} m  {odds:>17}"
    yield language.render(
        _verdict(check), best=check.best.value, count=check.compared, enough=f"{USUALLY_ENOUGH_ROWS:,}"
    )
    if check.part is not None:
        rows = [asked.claims[position].row for position in check.part.positions]
        params = {"other": check.part.other.value, "value": check.part.base.value}
        yield language.render(_MIXED, count=len(rows), first=rows[0], last=rows[-1], **params)


def _verdict(check: DatumCheck) -> str:
    if not check.compared:
        return N_(
            "no row names a district that is known beside its point: the points alone can't tell their datum"
        )
    if check.is_sure:
        return N_("{best} fits clearly best")
    if check.is_decided_by_few:
        return N_("{best} fits best by the odds, but a few places decide that: ask whoever made the file")
    if check.has_enough_rows:
        return N_("too close to tell: {count} rows don't tell the datums apart; ask whoever made the file")
    return N_("too close to tell: {enough} rows with a district usually suffice; ask whoever made the file")


def datum_comparison_json(asked: DatumComparison) -> dict[str, object]:
    """Return the comparison of the datums as JSON data."""
    check, part = asked.check, asked.check.part
    return {
        "file": asked.table.file,
        "rows": len(asked.table.rows) + len(asked.table.faults),
        **datum_check_json(check),
        "part": part
        and {
            "datum": part.other.value,
            "rows": [asked.claims[position].row for position in part.positions],
            "telling": [asked.claims[position].row for position in part.telling],
        },
    }


def datum_check_json(check: DatumCheck) -> dict[str, object]:
    """Return the result of a datum check as JSON data."""
    return {
        "compared": check.compared,
        "cells": check.cells,
        "best": check.best.value if check.compared else None,
        "sure": check.is_sure,
        "datums": [
            {
                "datum": fit.datum.value,
                "inside_share": fit.inside_share,
                "outside_m": fit.outside_m,
                "odds_against_best": check.odds(fit.datum, check.best),
            }
            for fit in check.fits
        ],
    }
