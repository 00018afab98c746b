"""The words on a map. English templates here; the edges hand in the translated ones."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Labels:
    """Every text that a coverage map shows. ``values`` names the codes of a station (``walk_in``, ``open`` …)."""

    language: str = "en"
    title: str = N_("Places to rest and who can reach them")
    sample: str = N_("sample")
    sample_note: str = N_("Places marked “sample” are generated from census figures; they are not real.")
    at: str = N_("As at {at}, Beijing time")
    not_placed: str = N_("{count} places without coordinates are not drawn.")
    coverage: str = N_("Residents with a place within {radius} m")
    band: str = N_("{low} % to under {high} %")
    last_band: str = N_("{low} % to {high} %")
    no_data: str = N_("no figure")
    places: str = N_("Places")
    districts: str = N_("Coverage by district")
    names: str = N_("Names")
    population: str = N_("Residents")
    share: str = N_("Covered")
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
    values: Mapping[str, str] = field(default_factory=dict)

    def translated(self, text: Callable[[str], str], language: str) -> "Labels":
        """The same labels in another language."""
        words = {
            f.name: text(getattr(self, f.name)) for f in fields(self) if f.name not in ("language", "values")
        }
        values = {code: text(word) for code, word in self.values.items()}
        return replace(self, language=language, values=values, **words)

    def value(self, code: str) -> str:
        """The word for a code of the register; the code itself where there is no word."""
        return self.values.get(code, code)
