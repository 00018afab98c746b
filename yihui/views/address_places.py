"""Proposed places of stations without coordinates, as lines, JSON and a list for review."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.stations.address_places import Certainty, PlaceProposal
from yihui.views.csv_text import render_csv

_CERTAINTY: Mapping[Certainty, str] = {
    Certainty.CERTAIN: N_("certain"),
    Certainty.LIKELY: N_("likely"),
    Certainty.ROUGH: N_("rough"),
    Certainty.UNKNOWN: N_("not found"),
}
_HEADS = ("id", "name", "address", "certainty", "found", "why", "lon", "lat")  # as the review is read again


def proposal_lines(proposals: Sequence[PlaceProposal], language: Language) -> Iterator[str]:
    """Yield a line for each proposal, and the number of each certainty."""
    for one in proposals:
        id_, name, _, certainty, found, why, lon, lat = _cells(one, language)
        where = f"{lon}, {lat} · {found}" if lon else ""
        yield " · ".join(part for part in (id_, name, certainty, where, why) if part)
    counts = Counter(one.certainty for one in proposals)
    said = [f"{language.translate(label)} {counts[certainty]:,}" for certainty, label in _CERTAINTY.items()]
    yield language.format_list(said)


def proposals_json(proposals: Sequence[PlaceProposal]) -> list[dict[str, object]]:
    """Return the proposals as JSON data. *CRS*: WGS84."""
    return [
        {
            "id": one.entry.station.id,
            "name": one.entry.station.name,
            "address": one.entry.station.address,
            "certainty": one.certainty.value,
            "found": None if (best := one.best) is None else best.name,
            "lon": None if best is None else round(best.lon, 6),
            "lat": None if best is None else round(best.lat, 6),
            "others": one.others,
        }
        for one in proposals
    ]


def render_review_csv(proposals: Sequence[PlaceProposal], language: Language) -> str:
    """Render the proposals as CSV for a person's review; a point that is not certain is to be checked or removed."""
    return render_csv([_HEADS, *(_cells(one, language) for one in proposals)])


def _cells(one: PlaceProposal, language: Language) -> tuple[str, ...]:
    """Return the cells of a proposal under `_HEADS`; ``why`` is what speaks against the place."""
    station, best = one.entry.station, one.best
    why = language.render(N_("{count} other places are called so"), count=one.others) if one.others else ""
    point = ("", "") if best is None else (f"{best.lon:.6f}", f"{best.lat:.6f}")
    certainty = language.translate(_CERTAINTY[one.certainty])
    return (station.id, station.name, station.address, certainty, best.name if best else "", why, *point)
