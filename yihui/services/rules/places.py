"""Find places in rules that no register has; the register of this installation is the judge."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from core.faults import Fault
from core.text_marks import N_
from core.yaml.document import DocumentPath, YamlDocument
from rules.faults import rule_fault_table, suggest_name
from rules.yaml.rule_text import parse_rule_document
from yihui.bootstrap import Wiring

_WHY = N_("A voucher for a place that no register has could be used nowhere.")
_CHECK = N_("check it with yihui stations list; if the register is behind, import it again")
_MEANT = N_("did you mean {suggestion}, {name}?")
_FAULTS = rule_fault_table(
    {
        "unknown-station": (N_("no register has the station {value}"), _CHECK, _WHY),
        "unknown-district": (N_("no register has a station in the district {value}"), _CHECK, _WHY),
    }
)
Texts = Iterable[tuple[str, str]]
KnownPlaces = Mapping[str, Mapping[str, str]]
"""The names of the stations of all registers by id, and those of their districts by code."""


def find_unknown_places(wiring: Wiring, texts: Texts) -> list[Fault]:
    """Return a warning for each station and district under ``redeem_at:`` that no register has.

    Without a database, or with an empty register, nothing is judged. *Raises*: StoreError.
    """
    named = [(document, found) for document in _documents(texts) if (found := [*_named_places(document)])]
    known = _load_known_places(wiring) if named else None
    if known is None:
        return []
    faults = []
    for document, places in named:
        document.faults.clear()  # what else is wrong was reported by lint
        for path, kind, value in places:
            if fault := _judge(known, kind, value):
                document.add_fault(path, fault)
        faults += document.sorted_faults()
    return faults


def _documents(texts: Texts) -> Iterator[YamlDocument]:
    for name, text in texts:
        if "redeem_at" in text and not name.endswith(".json"):
            yield parse_rule_document(name, text)


def _named_places(document: YamlDocument) -> Iterator[tuple[DocumentPath, str, str]]:
    """Yield the path, the kind and the value of every station and district that a rule names."""
    value = document.value
    stated = value.get("benefit") if isinstance(value, dict) else None
    parts: list[tuple[DocumentPath, object]] = [(("benefit",), stated)]
    if isinstance(stated, tuple):
        parts = [(("benefit", number), part) for number, part in enumerate(stated)]
    for path, part in parts:
        where = part.get("redeem_at") if isinstance(part, dict) else None
        for key, kind in (("stations", "station"), ("districts", "district")):
            listed = where.get(key) if isinstance(where, dict) else None
            for number, item in enumerate(listed if isinstance(listed, tuple) else ()):
                if isinstance(item, str):
                    yield (*path, "redeem_at", key, number), kind, item


def _load_known_places(wiring: Wiring) -> KnownPlaces | None:
    if not wiring.has_database:
        return None
    from geo.registry.stations import load_stations

    with wiring.database.read() as connection:
        found = load_stations(connection)
    if not found:
        return None
    districts: dict[str, str] = {}
    for station in found:
        if code := station.district:
            districts |= {f"{code[:2]}0000": "", f"{code[:4]}00": "", code: station.district_name}
    return {"station": {station.id: station.name for station in found}, "district": districts}


def _judge(known: KnownPlaces, kind: str, value: str) -> Fault | None:
    names = known[kind]
    if value in names:
        return None
    same_name = sorted(id for id, name in names.items() if name == value)
    close = same_name[0] if same_name else suggest_name(value, names)
    name = names.get(close, "")
    fault = _FAULTS.build(
        f"unknown-{kind}", value=value[:80], severity="warning", suggestion=close, name=name
    )
    return replace(fault, code=f"{fault.code}.suggested", remedy=_MEANT) if close else fault
