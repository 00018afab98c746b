"""The words on a map. English templates here; the edges hand in the translated ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Words:
    """What the codes of a register are called: code → word."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, str] = field(default_factory=dict)
    accesses: Mapping[str, str] = field(default_factory=dict)
    facilities: Mapping[str, str] = field(default_factory=dict)

    def translated(self, text: Callable[[str], str]) -> "Words":
        tables = {f.name: getattr(self, f.name).items() for f in fields(self)}
        return Words(**{name: {code: text(word) for code, word in table} for name, table in tables.items()})


def word(table: Mapping[str, str], code: str) -> str:
    """The word for a code; the code itself where there is no word."""
    return table.get(code, code)


@dataclass(frozen=True, slots=True)
class Labels:
    """Every text that a coverage map shows."""

    language: str = "en"
    words: Words = field(default_factory=Words)
    title: str = N_("Places to rest, and how much ground they serve")
    sample: str = N_("sample")
    sample_note: str = N_("Places marked “sample” are generated from census figures; they are not real.")
    at: str = N_("As at {at}, Beijing time")
    not_placed: str = N_("Places without coordinates, not drawn: {count}.")
    coverage: str = N_("Share of the ground within {radius} m of a place open to all at that time")
    band: str = N_("{low} % to under {high} %")
    last_band: str = N_("{low} % to {high} %")
    no_data: str = N_("no figure")
    places: str = N_("Places")
    districts: str = N_("Coverage by district")
    names: str = N_("Names")
    population: str = N_("Residents")
    open: str = N_("Open at that time")
    per_10k: str = N_("Places per 10,000 residents")
    share: str = N_("Ground served")
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
    review: str = N_("Map-review number (审图号): none yet. Publishing this map needs one.")

    def translated(self, text: Callable[[str], str], language: str) -> "Labels":
        """The same labels in another language."""
        plain = [f.name for f in fields(self) if f.name not in ("language", "words")]
        texts = {name: text(getattr(self, name)) for name in plain}
        return replace(self, language=language, words=self.words.translated(text), **texts)
