"""Fields of officers' forms in which an organisation or a station is named.

A form states in a hidden field, such as ``named_organisation``, which of its fields hold such a name;
its act reads them with the code in place of the name. Without a script, a name that only one has is enough, and
the refusal of any other lists those that match.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from core.faults import Fault, FaultError
from yihui.access.actor import Actor
from yihui.http.body import FormFields
from yihui.http.site import Site
from yihui.services.stations.texts import StationTexts

ORGANISATION_FIELDS, STATION_FIELDS = "named_organisation", "named_station"
_BETWEEN = re.compile(r"[\n,，、;；]+")  # stations in one field


def resolve_named_fields(
    site: Site, actor: Actor, sent: FormFields, station_texts: Callable[[], StationTexts]
) -> FormFields:
    """Return a form's fields with codes in place of names. *Raises*: FaultError with each name that isn't unique."""
    from yihui.services.desk.choices import resolve_organisation, resolve_station

    wiring, found = site.wiring, dict(sent)
    faults: list[Fault] = []

    def resolve_stations(value: str) -> str:
        texts = station_texts()
        return "\n".join(resolve_station(wiring, actor, one, texts) for one in _split_stations(value))

    resolvers: Mapping[str, Callable[[str], str]] = {
        ORGANISATION_FIELDS: lambda value: resolve_organisation(wiring, actor, value),
        STATION_FIELDS: resolve_stations,
    }
    for marker, resolve in resolvers.items():
        for name in sent.get(marker, ()):
            try:
                found |= {name: [resolve(value) for value in sent[name]]} if name in sent else {}
            except FaultError as error:
                faults += (fault.at(field=name) for fault in error.faults)
    if faults:
        raise FaultError(faults)
    return found


def _split_stations(value: str) -> Iterator[str]:
    """Yield each station of a field; only numbers may have mere blanks between them."""
    for part in filter(None, map(str.strip, _BETWEEN.split(value))):
        yield from part.split() if part.isascii() else [part]
