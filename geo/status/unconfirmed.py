"""What too few riders say to be held true: shown as told, and nothing follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from geo.status.agreement import Agreement
from geo.status.live_status import LiveState, LiveStatus, clock
from geo.status.statements import What

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class _Said:
    one: str
    several: str


_SAID: Mapping[What, _Said] = MappingProxyType(
    {
        What.CLOSED: _Said(
            N_("1 person said it is closed ({time}); nobody else has confirmed it"),
            N_("{count} people said it is closed (last {time}); too few to be sure"),
        ),
        What.LOCKED: _Said(
            N_("1 person said the door is locked ({time}); nobody else has confirmed it"),
            N_("{count} people said the door is locked (last {time}); too few to be sure"),
        ),
        What.CROWDED: _Said(
            N_("1 person said it is crowded ({time}); nobody else has confirmed it"),
            N_("{count} people said it is crowded (last {time}); too few to be sure"),
        ),
        What.WRONG_PLACE: _Said(
            N_("1 person did not find it where the map shows it ({time}); nobody else has confirmed it"),
            N_("{count} people did not find it where the map shows it (last {time}); too few to be sure"),
        ),
        What.BROKEN: _Said(
            N_("{facility}: 1 person said it is broken ({time}); nobody else has confirmed it"),
            N_("{facility}: {count} people said it is broken (last {time}); too few to be sure"),
        ),
    }
)


def told(alone: Agreement, at: datetime, facility: str = "") -> LiveStatus:
    """What those few say, in the words of the last of them."""
    last, count = alone.sayings[-1], len(alone.sayings)
    said = _SAID[last.what]
    named = (("facility", facility),) if facility else ()
    params = (*alone.params, ("time", clock(last.at, at)), *named)
    reason = said.one if count == 1 else said.several
    return LiveStatus(LiveState.TOLD, alone.since, alone.until, reason, params, count, facility)
