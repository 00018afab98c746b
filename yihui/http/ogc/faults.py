"""What can be wrong with a request to /ogc; `yihui/runtime/errors.py` holds the statuses."""

from collections.abc import Mapping

from core.faults import FaultTable
from core.text_marks import N_

_CRS_REMEDY = N_("choose one of those that the collection lists under crs")
_NAMES_REMEDY = N_("name properties of the collection, parted by commas; see its queryables")
_INVALID = N_("{field}: “{value}” can't be accepted")
# Parameter → remedy for a value that can't be accepted; "property" is a filter by a property of the collection.
PARAMETER_REMEDIES: Mapping[str, str] = {
    "f": N_("choose json or html"),
    "lang": N_("choose zh or en"),
    "limit": N_("give a whole number, 1 or more"),
    "offset": N_("give a whole number, 0 or more"),
    "bbox": N_("give west,south,east,north in degrees, such as 116.9,36.6,117.1,36.7"),
    "bbox-crs": _CRS_REMEDY,
    "crs": _CRS_REMEDY,
    "datetime": N_(
        "write an instant as 2026-10-03T23:10:00+08:00, a day as 2026-10-03, or two of them parted by /"
    ),
    "properties": _NAMES_REMEDY,
    "sortby": _NAMES_REMEDY,
    "skipGeometry": N_("write true or false"),
    "resulttype": N_("choose results or hits"),
    "property": N_("write it as the collection's queryables say"),
}
OGC_FAULTS = FaultTable(
    "ogc",
    {
        "no_extra": (
            N_("OGC API – Features needs the extra “ogc”, which is not installed here"),
            N_("install it: pip install 'yihui[ogc]', then start the site again"),
        ),
        "unknown_collection": (N_("there is no collection {value}"), N_("there are: {known}")),
        "unknown_feature": (N_("there is no such feature now"), N_("look for it among the items")),
        "unknown_parameter": (
            N_("there is no parameter {value} here"),
            N_("leave it out, or check its spelling; there are: {known}"),
        ),
        "no_bbox": (_INVALID, N_("give bbox as well, or leave bbox-crs out")),
        **{f"invalid_{name}": (_INVALID, remedy) for name, remedy in PARAMETER_REMEDIES.items()},
    },
)
