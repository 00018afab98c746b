"""What a member's question may be about: a thing of hers, a page, a station, a public notice of her organisation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from members.hotline.faults import HOTLINE_FAULTS
from yihui.bootstrap import Wiring
from yihui.frame.cells import Phrase

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from yihui.cases.applications.listed import NoticeLine

NOTHING = "union"  # the key of a question about nothing in particular
# What a question may be about, by the first part of a page's path.
HELP_PAGES: Mapping[str, str] = {
    "benefits": N_("Benefits"),
    "card": N_("Card"),
    "messages": N_("Messages"),
    "decisions": N_("Why, why not"),
    "membership": N_("My membership"),
    "join": N_("My membership"),
    "data": N_("My data"),
    "account": N_("My phones"),
    "apply": N_("Apply"),
    "certificates": N_("My certificates"),
    "mutual-aid": N_("Mutual aid"),
    "take-part": N_("Polls, draws and points"),
    "points": N_("My points"),
    "appeals": N_("My appeals"),
}
_OBJECTION = N_("objection to application {number} on public notice ({programme} {year})")


@dataclass(frozen=True, slots=True)
class HelpTopic:
    """What a question of a member is about; ``title`` is None for nothing in particular.

    ``notice`` is the line on public notice to which she objects. ``phone`` is her own number, masked; empty if the
    union has none.
    """

    member: str
    title: Phrase | None = None
    category: str = "other"
    station: str | None = None
    notice: "NoticeLine | None" = None
    phone: str = field(default="", repr=False)

    @property
    def application(self) -> int | None:
        """The number of the application on public notice to which she objects."""
        return self.notice.listed.number if self.notice is not None else None


def find_topic(wiring: Wiring, connection: "Connection", member: str, about: str) -> HelpTopic:
    """Return what a question is about, as an address names it.

    *Raises*: FaultError, the same for what is another member's as for what isn't there.
    """
    kind, _, id_ = about.partition(":")
    if about == NOTHING:
        return HelpTopic(member)
    if kind == "page" and id_ in HELP_PAGES:
        return HelpTopic(member, Phrase(HELP_PAGES[id_], {}))
    if kind == "notice":
        return _find_notice(wiring, member, _read_number(id_), civil_date(wiring.now()))
    if kind == "station":
        from geo.registry.stations import find_station

        if (station := find_station(connection, id_)) is not None:
            return HelpTopic(member, _plain(station.name), "station", station.id)
    elif (title := _find_title(wiring, connection, member, kind, id_)) is not None:
        return HelpTopic(member, title, "benefit")
    raise _unknown()


def _unknown() -> FaultError:
    return FaultError(HOTLINE_FAULTS.build("unknown_topic"))


def _plain(title: str) -> Phrase:
    return Phrase("{title}", {"title": title})


def _read_number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0


def _find_title(wiring: Wiring, connection: "Connection", member: str, kind: str, id_: str) -> Phrase | None:
    """Return the title of a thing of the member's, of a form or a poll; None for other kinds. *Raises*: FaultError."""
    from yihui.cases.applications import own_applications
    from yihui.services.attachments.attachments import find_own_file
    from yihui.services.benefits import own_decisions
    from yihui.services.benefits.benefits import read_participations

    match kind:
        case "benefit":
            from benefits import list_member_grants

            found = (one.title for one in list_member_grants(connection, member) if one.id == id_)
        case "decision":
            from benefits import explain_decisions_by_id

            known = explain_decisions_by_id(connection, [id_]).values()
            found = (one.rule_title for one in known if one.member_id == member)
        case "application":
            one = own_applications.load_own_application(wiring, member, _read_number(id_)).listed
            return Phrase(N_("{programme} {year}"), {"programme": one.name, "year": one.year})
        case "rule":
            rule = own_applications.load_applicable_rule(wiring, member, id_).form.rule
            return _plain(rule.definition.title)
        case "undecided":
            return _plain(own_decisions.explain_undecided_rule(wiring, member, id_).rule.title)
        case "poll":
            from yihui.cases.polls.own import list_own_polls

            polls = list_own_polls(wiring, connection, member, wiring.now())
            found = (one.poll.title for one in polls if one.poll.id == id_)
        case "draw":
            parts = read_participations(wiring, connection, member)
            found = (one.title for one in parts if one.id == id_)
        case "file":
            return _plain(find_own_file(wiring, member, _read_number(id_)).title)
        case _:
            return None
    return next(map(_plain, found), None)


def _find_notice(wiring: Wiring, member: str, number: int, today: date) -> HelpTopic:
    """Return the topic of an objection to what is on notice now; its title names nobody."""
    from yihui.cases.applications.own_applications import list_own_notices

    for line in list_own_notices(wiring, member, today):
        one = line.listed
        if one.number == number and one.member != member:
            named = {"number": number, "programme": one.programme, "year": one.year}
            return HelpTopic(member, Phrase(_OBJECTION, named), "benefit", notice=line)
    raise _unknown()
