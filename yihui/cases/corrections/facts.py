"""Facts of members that can be corrected: which they are, how one is found, what officers read of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.cases.members.calls import require_history
from yihui.frame.acts import Doing, Kind
from yihui.frame.listing import Looking
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members import FactValue, MemberChange
    from yihui.services.members.certificates import HandedInCertificate

PATH, SOURCE = "corrections", "/corrections"  # of its pages; of the events
CORRECTION_FAULTS = FaultTable(
    "correction",
    {
        "fact": (
            N_("{value} can't be corrected here"),
            N_("organisation and state are acts on the membership, hardship is the case file's"),
        ),
        "still_to_come": (N_("{value} is still to come"), N_("give a day until today")),
        "before": (
            N_("nothing is known of this member on {value}; the first record is of {since}"),
            N_("give a day from {since} on"),
        ),
        "born_late": (
            N_("the member would be born on {birthday}, but joined the union on {joined_on}"),
            N_("compare both days with the document"),
        ),
        "same": (N_("{value} is what is recorded already"), N_("nothing is to be corrected")),
        "no_proof": (N_("no document proves it"), N_("send one, and say in a few words what it is")),
    },
)


@dataclass(frozen=True, slots=True)
class MemberFact:
    """A fact of a member by what was recorded until a day, and the certificates that may prove it, its own first."""

    member: str
    name: str
    history: "Sequence[MemberChange]"
    day: date
    certificates: "Sequence[HandedInCertificate]"

    @property
    def is_lifelong(self) -> bool:
        from members.corrections import LIFELONG_FACTS

        return self.name in LIFELONG_FACTS

    def find_value(self, name: str = "") -> "FactValue":
        """Return what is known of the fact, or of another one of the member."""
        from members import facts_on

        return facts_on(self.history, self.day)[f"member.{name or self.name}"]


def require_correctable(name: str) -> str:
    """Return a fact's name. *Raises*: FaultError if it can't be corrected here."""
    from members.corrections import CORRECTABLE_FACTS

    if name not in CORRECTABLE_FACTS:
        raise FaultError(CORRECTION_FAULTS.build("fact", field="fact", value=name[:40]))
    return name


def _load(at: Doing[Any, Any] | Looking[Any], key: str, lock: bool) -> MemberFact:
    """Return a fact of a member. *Raises*: FaultError."""
    from yihui.services.members.certificates import CERTIFIED_FACTS, list_certificates

    member, _, name = key.rpartition(".")
    require_correctable(name)
    history = require_history(at, member, lock)
    found = list_certificates(at.connection, member) if name in CERTIFIED_FACTS else []
    waiting = [one for one in found if one.recorded_on is None]
    waiting.sort(key=lambda one: find_certified_fact(one.summary, at.wiring.language) != name)
    return MemberFact(member, name, history, civil_date(at.now), waiting)


FACT = Kind("member", _load, lambda fact: len(fact.history), key=str, member=lambda fact: fact.member)


def fact_path(member: str, name: str) -> str:
    """Return the page on which a fact of a member is corrected; without a name that of all her facts."""
    path = f"/desk/{PATH}"
    return f"{path}/{quote(f'{member}.{name}', safe='')}" if name else f"{path}?member={quote(member)}"


def fact_title(name: str) -> str:
    """Return the title of a fact as a message id; a fact without a title of its own is called a certificate."""
    from rules import FACT_CATALOGUE

    titles = {"": N_("Certificate"), "district": N_("District"), "employer": N_("Works at")}
    return titles.get(name) or FACT_CATALOGUE[f"member.{name}"].title


def fact_value(name: str, value: object, language: Language) -> str:
    """Return a fact's value as officers read it; a district by its name."""
    from yihui.views.fact_values import format_fact_value

    if name == "district":
        from geo.formats.outlines import load_area_names

        value = load_area_names().get(str(value), value)
    return format_fact_value(name, value, language)


def find_certified_fact(summary: str, language: Language) -> str:
    """Return the fact that a certificate states, by the words of its case; empty if they tell of none."""
    from rules import FACT_CATALOGUE
    from yihui.services.members.certificates import CERTIFIED_FACTS

    for name in CERTIFIED_FACTS:
        values = FACT_CATALOGUE[f"member.{name}"].allowed
        if any(fact_value(name, value, language) in summary for value in values):
            return name
    return ""
