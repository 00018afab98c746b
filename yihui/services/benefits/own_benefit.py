"""One benefit for the member it was granted to: how to use it, its code, its uses, its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

import benefits
from benefits import Grant, GrantUse, HeldBenefit, StoredRule, UsableBenefit
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from geo.registry.stations import find_station
from yihui.bootstrap import Wiring
from yihui.services.benefits.vouchers import list_member_vouchers

# The same for a benefit or decision of another member and for one that doesn't exist; neither quotes the value.
OWN_FAULTS = FaultTable(
    "own",
    {
        "unknown_benefit": (
            N_("there is no such benefit among yours"),
            N_("look at the list of your benefits"),
        ),
        "no_last_day": (N_("this benefit has no last day any more"), N_("look at the benefit's page")),
        "unknown_decision": (
            N_("there is no such decision about you"),
            N_("look at the list of decisions about you"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class OwnBenefit:
    """A benefit with all that its page shows. ``stations`` are the names of the places in ``uses``, by id;
    ``usable`` is None where nothing of it can be used by a code; ``version`` is the rule that granted it.
    """

    held: HeldBenefit
    usable: UsableBenefit | None
    uses: Sequence[GrantUse]
    stations: Mapping[str, str]
    version: StoredRule | None

    @property
    def code(self) -> str | None:
        """The code while the benefit can be used; None before it is handed out."""
        issued = self.usable.issued_code if self.usable else None
        return issued.code if issued else None


def load_own_benefit(wiring: Wiring, member: str, grant: str) -> OwnBenefit:
    """Load one benefit of a member. *Raises*: FaultError if it isn't this member's, or isn't there."""
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        own = require_own_grant(connection, member, grant)
        [held] = benefits.load_held_benefits(connection, [own], today)
        uses = benefits.list_grant_uses(connection, own.id)
        records = benefits.load_decision_records(connection, member, rule_id=own.rule_id, today=today)
        stations = _station_names(connection, uses)
    usable = list_member_vouchers(wiring, member) if held.takes_code else []
    version = next((one.version for one in records if one.why.id == own.decision_id), None)
    return OwnBenefit(
        held, next((one for one in usable if one.grant_id == own.id), None), uses, stations, version
    )


def require_own_grant(connection: Connection, member: str, grant: str) -> Grant:
    """Return a grant of the member's. *Raises*: FaultError, the same for another's as for none."""
    found = [one for one in benefits.list_member_grants(connection, member) if one.id == grant]
    if not found:
        raise FaultError(OWN_FAULTS.build("unknown_benefit", field="benefit"))
    return found[0]


def _station_names(connection: Connection, uses: Sequence[GrantUse]) -> dict[str, str]:
    ids = {use.station for use in uses if use.station}
    found = {id_: find_station(connection, id_) for id_ in ids}
    return {id_: station.name for id_, station in found.items() if station is not None}
