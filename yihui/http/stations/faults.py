"""What a request for stations can name that is not there; `yihui/runtime/errors.py` holds the statuses."""

from core.faults import FaultTable
from core.text_marks import N_

STATIONS_API_FAULTS = FaultTable(
    "stations_api",
    {
        "unknown_station": (N_("there is no station {value}"), N_("check the number or the id")),
        "unknown_version": (
            N_("the version {value} was never given here"),
            N_("begin anew with since=0.0: the register is another one"),
        ),
    },
)
