"""An organisation on a day, with all that happened to it, and the words for its kinds and acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members import OrganisationSpan
    from members.joining.consents import Consent
    from members.organisations.storage import RecordedChange

KIND_LABELS: Mapping[str, str] = {
    "union": N_("union"),
    "industry_union": N_("industry union"),
    "joint_union": N_("joint union"),
    "member_home": N_("members' home"),
}
ACT_TITLES: Mapping[str, str] = {
    "organisation.founded": N_("founded"),
    "organisation.renamed": N_("renamed"),
    "organisation.moved": N_("moved"),
    "organisation.merged": N_("merged"),
    "organisation.split": N_("split"),
    "organisation.dissolved": N_("dissolved"),
    "organisation.election_held": N_("election held"),
    "organisation.members_counted": N_("members counted"),
}
STATE_FAULTS = FaultTable(
    "organisation_lookup",
    {
        "unknown": (
            N_("there is no organisation {value}"),
            N_("compare the code; all are listed by: yihui organisations list"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class OrganisationState:
    """An organisation on a day; ``current`` is None if it wasn't there then.

    ``last`` is its latest span by then, or its first. ``founded`` is its first day of all.
    """

    day: date
    spans: "Sequence[OrganisationSpan]"
    current: "OrganisationSpan | None"
    last: "OrganisationSpan"
    history: "Sequence[RecordedChange]"
    join_acts: int = 0  # how often its code for joining, or what a person agrees to, was written or revoked
    consent: "Consent | None" = (
        None  # what a person agrees to who joins: its own text, or that of the nearest above
    )
    takes: "Sequence[str]" = ()  # employers and platforms whose workers join it

    @property
    def has_own_consent(self) -> bool:
        return self.consent is not None and self.consent.organisation == self.code

    @property
    def code(self) -> str:
        return self.last.code

    @property
    def founded(self) -> date:
        return self.spans[0].since


def read_state(connection: "Connection", code: str, day: date) -> OrganisationState:
    """Return an organisation on a day. *Raises*: FaultError if it was never founded."""
    from members import read_spans, span_on
    from members.organisations.storage import read_recorded_changes

    spans = read_spans(connection, [code])[code]
    if not spans:
        raise FaultError(STATE_FAULTS.build("unknown", field="code", value=code[:40]))
    current = span_on(spans, day)
    last = current or next((span for span in reversed(spans) if span.since <= day), spans[0])
    return OrganisationState(day, spans, current, last, read_recorded_changes(connection, [code]))
