"""Texts shown on a map. The defaults are English message ids; the caller passes the translated ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date

from core.text_marks import N_


@dataclass(frozen=True, slots=True)
class CodeLabels:
    """Labels of a register's codes: one table (code → label) for each kind of code; one without a label stands for itself."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, str] = field(default_factory=dict)
    accesses: Mapping[str, str] = field(default_factory=dict)
    facilities: Mapping[str, str] = field(default_factory=dict)

    def translate(self, text: Callable[[str], str]) -> "CodeLabels":
        """Return the same tables with each label translated."""
        tables = {f.name: getattr(self, f.name).items() for f in fields(self)}
        return CodeLabels(
            **{name: {code: text(word) for code, word in table} for name, table in tables.items()}
        )


@dataclass(frozen=True, slots=True)
class Labels:
    """Every text that a map shows."""

    language: str = "en"
    words: CodeLabels = field(default_factory=CodeLabels)
    title: str = N_("Places to rest, and how much they serve")
    sample: str = N_("sample")
    sample_note: str = N_("Places marked “sample” are generated from census figures; they are not real.")
    at: str = N_("As at {at}, Beijing time")
    day: str = N_("{month}/{day}/{year}")
    not_placed: str = N_("Places without coordinates, not drawn: {count}.")
    coverage: str = N_("Share of the {served} within {reach} of a place open to all at that time")
    ground: str = N_("ground")
    people: str = N_("people")
    band: str = N_("{low} % to under {high} %")
    last_band: str = N_("{low} % to {high} %")
    percent: str = N_("{value} %")
    no_data: str = N_("no figure")
    places: str = N_("Places")
    badge: str = N_("In the circle: places open then; dark on its ring: their share, grey: hours not known.")
    closed_place: str = N_("Filled: open; hollow: closed; grey: hours not known.")
    dot: str = N_("Coloured: open or not known; grey or hollow: closed.")
    districts: str = N_("Coverage by district")
    names: str = N_("Names")
    within_reach: str = N_("Within reach")
    ground_key: str = N_("near: the ground within reach then, in place of the shares")
    astray: str = N_("Not drawn, in no district and inside of no outline: {count} stations")
    gaps: str = N_("Gaps")
    gap_key: str = N_("no place open to all within {reach}")
    heaviest: str = N_("(the {shown} heaviest of {all})")
    night_gap_key: str = N_(
        "a place open to all within {reach} on {day} by day, none in the night after it (22–6)"
    )
    proposals: str = N_("Proposed sites")
    proposal_key: str = N_("numbered by what each adds, the most first")
    base_map: str = N_("Online base map")
    streets: str = N_("Streets")
    population: str = N_("Residents")
    open: str = N_("Open at that time")
    per_10k: str = N_("Places per 10,000 residents")
    share: str = N_("Share served")
    by_province: str = N_("by province")
    by_city: str = N_("by city")
    by_district: str = N_("by county")
    by_township: str = N_("by township")
    by_community: str = N_("by community")
    colours_by: str = N_("Colours")
    choose: str = N_("go to …")
    everything: str = N_("Everywhere")
    area: str = N_("Area shown")
    hour: str = N_("Hour of the week")
    hour_back: str = N_("An hour earlier")
    hour_on: str = N_("An hour later")
    most: str = N_("“{share}” over the week; at most {value} %")
    weekdays: str = N_("Mon Tue Wed Thu Fri Sat Sun")
    kind: str = N_("Kind")
    state: str = N_("At that time")
    entry: str = N_("How to get in")
    access: str = N_("Who may enter")
    address: str = N_("Address")
    hours: str = N_("Hours")
    facilities: str = N_("Facilities")
    phone: str = N_("Telephone")
    verified: str = N_("Last verified")
    source: str = N_("Source")
    sources: str = N_("Sources")
    datum: str = N_(
        "Datum: WGS84 (EPSG:4326), drawn in Web Mercator. Outlines are generalised: they are about 100 m off."
    )
    shifted: str = N_(
        "Datum: shifted from WGS84 to GCJ-02, as the base map is drawn; Web Mercator. Outlines are about 100 m off."
    )
    online: str = N_("The base map is fetched from {hosts}: these servers see who looks at which place.")
    review: str = N_("Map-review number (审图号): none yet. Publishing this map needs one.")
    north: str = N_("North is up")
    zoom_in: str = N_("Zoom in")
    zoom_out: str = N_("Zoom out")
    layers: str = N_("Layers")
    close: str = N_("Close")

    def format_day(self, day: date) -> str:
        return self.day.format(year=day.year, month=day.month, day=day.day)

    def translate(self, text: Callable[[str], str], language: str) -> "Labels":
        """Return the same labels in another language."""
        plain = [f.name for f in fields(self) if f.name not in ("language", "words")]
        texts = {name: text(getattr(self, name)) for name in plain}
        return replace(self, language=language, words=self.words.translate(text), **texts)
