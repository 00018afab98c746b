"""Take a case in: check every name that it states, store it, and its caller encrypted beside it."""

from datetime import date
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from members.hotline.case import CaseAct, HotlineCase
from members.hotline.faults import HOTLINE_FAULTS
from members.lifecycle import HistoryEvent
from yihui.access.actor import ActorKind
from yihui.access.roles import Right
from yihui.cases.hotline.forms import OpenForm
from yihui.frame.acts import Change, Doing

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.hotline.callers import Caller


def open_case(act: Doing[OpenForm, HotlineCase]) -> Change:
    """Open a case for the hotline of an organisation. *Raises*: FaultError with every fault."""
    case = store_case(act)
    return Change(case.number, opened_data(act.form, case), organisation=case.organisation)


def opened_data(form: OpenForm, case: HotlineCase) -> dict[str, Any]:
    """Return what the audit log says of a new case."""
    has_caller = bool(form.name or form.phone or form.text)
    return {"state": case.state.value, "category": case.category, "has_caller": has_caller}


def store_case(act: Doing[OpenForm, HotlineCase], application: int | None = None) -> HotlineCase:
    """Store a case and its caller; ``application`` is the one on public notice to which it objects.

    *Raises*: FaultError with every fault.
    """
    from members.hotline.callers import Caller, store_caller
    from members.hotline.repository import CASES

    form, day = act.form, civil_date(act.now)
    caller = Caller(form.name or None, form.phone or None, form.text or None)
    home, faults = _find_home(act, form.member, day)
    if faults := [*_name_faults(act.connection, form, day), *faults, *_vault_faults(act, caller)]:
        raise FaultError(faults)
    crosses = form.crosses == "yes"
    if form.crosses is None and home is not None and form.place is not None:
        crosses = _is_apart(act.connection, home, form.place, day)
    data = {
        "organisation": form.organisation,
        "channel": form.channel,
        "category": form.category,
        "summary": form.summary,
        "is_clear": not form.unclear,
        "crosses": crosses,
        "member_id": form.member,
        "place": form.place,
        "station_id": form.station,
        "application": application,
        "from_office": form.from_office or None,
    }
    case = CASES.insert(act.connection, HistoryEvent(1, CaseAct.OPEN, act.now, act.actor.id, data))
    if caller:
        assert act.wiring.vault is not None
        store_caller(act.connection, act.wiring.vault.keys.newest, case.number, caller, act.now)
    return case


def _name_faults(connection: "Connection", form: OpenForm, day: date) -> list[Fault]:
    faults = [
        HOTLINE_FAULTS.build("unknown_organisation", field=name, value=code)
        for name, code in (("organisation", form.organisation), ("place", form.place))
        if code is not None and not is_listed(connection, code, day)
    ]
    if form.station is not None:
        from geo.registry.stations import find_station

        if find_station(connection, form.station) is None:
            faults.append(HOTLINE_FAULTS.build("unknown_station", field="station", value=form.station[:40]))
    return faults


def _vault_faults(act: Doing[OpenForm, HotlineCase], caller: "Caller") -> list[Fault]:
    if not caller or act.wiring.vault is not None:
        return []
    return [HOTLINE_FAULTS.build("no_vault", field="name")]


def _find_home(
    act: Doing[OpenForm, HotlineCase], member: str | None, day: date
) -> tuple[str | None, list[Fault]]:
    """Return where a member belongs on a day, or the one fault of whom no roll has and of another subtree's member."""
    from events.organisations import load_history_lineages
    from events.projection import member_facts
    from members import read_member_changes
    from yihui.services.access.reach import unknown_member

    if member is None:
        return None, []
    changes = read_member_changes(act.connection, [member])[member]
    if not changes or not _is_within_reach(act, member):
        return None, [unknown_member(member, "member")]
    facts = member_facts(changes, day, load_history_lineages(act.connection, [changes]))
    home = facts["member.organisation"] or facts["member.district"]
    return (home if isinstance(home, str) else None), []


def _is_within_reach(act: Doing[OpenForm, HotlineCase], member: str) -> bool:
    """Return whether an officer handles cases where a member belongs; her own question is always hers."""
    from yihui.services.access.reach import find_member_place, open_reach

    if act.actor.kind is ActorKind.MEMBER:
        return member == act.actor.subject
    reach = open_reach(act.wiring, act.actor, Right.HANDLE_CASES)
    return reach.is_everywhere or find_member_place(act.connection, reach, member) is not None


def is_listed(connection: "Connection", code: str, day: date) -> bool:
    """Return whether there is an organisation of a code on a day."""
    from members import read_spans, span_on

    return span_on(read_spans(connection, [code])[code], day) is not None


def _is_apart(connection: "Connection", one: str, other: str, day: date) -> bool:
    """Return whether neither of two places is within the other."""
    from members import load_lineages

    lineages = load_lineages(connection, [one, other])
    return one not in lineages.lineage(other, day) and other not in lineages.lineage(one, day)
