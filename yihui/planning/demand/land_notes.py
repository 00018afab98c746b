"""Notes on how the census was spread over land, and on how much that changes, without loading geometry."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from core.faults import Fault, FaultTable
from core.text_marks import N_

_COMPARE = N_("compare both in full with --demand population:even")
LAND_DEMAND_FAULTS = FaultTable(
    "demand",
    {
        "by_land": (
            N_(
                "Residents stand where the map has homes. Areas by dwelling floor: {buildings}; by residential land: "
                "{residential}; by the length of residential roads: {roads}; evenly: {even}"
            ),
            N_(
                "how much of a building people live in is assumed by its kind; to spread them evenly: --demand "
                "population:even"
            ),
        ),
        "too_little_land": (
            N_("Areas with too few homes on the map, whose residents are spread evenly ({count}): {value}"),
            N_("take a newer or larger extract, or a raster of people: --demand FILE.tif"),
        ),
        "mostly_even": (
            N_(
                "Most residents ({value}) stand in areas that are spread evenly; places in the other areas seem to serve more than they do"
            ),
            N_("take a newer or larger extract, or a raster of people: --demand FILE.tif"),
        ),
        "no_streets": (
            N_("There are no built streets in {value}: residents are spread evenly"),
            N_("build them from an OpenStreetMap extract: yihui streets build FILE.osm.pbf --to FOLDER"),
        ),
        "no_land": (
            N_("The streets in {value} were built without buildings and land: residents are spread evenly"),
            N_("build that part too: yihui streets build FILE.osm.pbf --to FOLDER"),
        ),
        "other_land": (
            N_(
                "The buildings and land in {value} were built by another version of Yihui: residents are spread evenly"
            ),
            N_("build that part again: yihui streets build FILE.osm.pbf --to FOLDER"),
        ),
        "even_served": (
            N_("Served: {share}; if the residents were spread evenly, it would be {even}"),
            _COMPARE,
        ),
        "even_served_straight": (
            N_(
                "Served by the straight line: {share}; if the residents were spread evenly, it would be {even}"
            ),
            _COMPARE,
        ),
        "even_gaps": (
            N_(
                "Without a place in the worst hour: {share}; if the residents were spread evenly, it would be {even}"
            ),
            _COMPARE,
        ),
        "even_gaps_straight": (
            N_(
                "Without a place in the worst hour by the straight line: {share}; if the residents were spread evenly, it would be {even}"
            ),
            _COMPARE,
        ),
        "even_access": (
            N_(
                "Without a place within reach: {share}, Gini {gini}; if the residents were spread evenly, it would be {even} and {even_gini}"
            ),
            _COMPARE,
        ),
        "even_access_straight": (
            N_(
                "Without a place within reach by the straight line: {share}, Gini {gini}; if the residents were spread evenly, it would be {even} and {even_gini}"
            ),
            _COMPARE,
        ),
        "even_sites": (
            N_(
                "If the residents were spread evenly, {even} would be served with these sites instead of {share}, and {even_before} without them instead of {before}"
            ),
            _COMPARE,
        ),
        "even_sites_straight": (
            N_(
                "By the straight line, if the residents were spread evenly, {even} would be served with these sites instead of {share}, and {even_before} without them instead of {before}"
            ),
            _COMPARE,
        ),
        "even_choice": (
            N_(
                "For residents spread evenly, a quick search puts a site within {metres} m of {near} of these {value} sites"
            ),
            _COMPARE,
        ),
    },
)


def is_by_land(notes: Sequence[Fault]) -> bool:
    """Return whether the notes of a demand say that some of its residents stand where the map has homes."""
    return any(note.code == "demand.by_land" for note in notes)


def is_mostly_by_land(notes: Sequence[Fault]) -> bool:
    """Return whether the notes of a demand say that most of its residents stand where the map has homes."""
    return is_by_land(notes) and not any(note.code == "demand.mostly_even" for note in notes)


def count_areas_by_source(notes: Sequence[Fault]) -> dict[str, int] | None:
    """Return in how many areas each source was used, as the notes of a demand say; None for other demand."""
    found = next((note.params for note in notes if is_by_land([note])), None)
    return None if found is None else {source: int(count) for source, count in found.items()}


def list_land_notes(notes: Sequence[Fault]) -> list[Fault]:
    """Return those notes of a demand that say how its residents were spread, and how much that changes."""
    return [note for note in notes if note.code.removeprefix("demand.") in LAND_DEMAND_FAULTS.texts]


def note_even_sites(served: tuple[float, float], even: tuple[float, float], *, is_by_street: bool) -> Fault:
    """Return a note on the shares served before and after the sites, with the land and spread evenly.

    They are those by the straight line; the note says so where the sites were chosen by street.
    """
    code = "even_sites_straight" if is_by_street else "even_sites"
    before, after = map(format_percent, served)
    even_before, even_after = map(format_percent, even)
    return build_land_note(code, share=after, before=before, even=even_after, even_before=even_before)


def note_even_choice(sites: int, near: int, metres: float) -> Fault:
    """Return a note on how many of the sites are near one that a search for residents spread evenly chooses."""
    return build_land_note("even_choice", value=sites, near=near, metres=f"{metres:,.0f}")


def format_percent(share: float) -> str:
    """Format a share as per cent with one decimal."""
    return f"{100 * share:.1f}%"


def format_gini(gini: float) -> str:
    """Return a Gini coefficient with two decimals, or a dash for NaN, which it is where nobody reaches a place."""
    return f"{gini:.2f}" if isfinite(gini) else "–"


def build_land_note(code: str, value: object = None, **params: object) -> Fault:
    """Return a note of `LAND_DEMAND_FAULTS`."""
    fault = LAND_DEMAND_FAULTS.build(code, value=value, severity="warning")
    return replace(fault, params={name: str(param) for name, param in params.items()})
