"""What is done to policies of mutual aid: write one, approve or withdraw it, enrol the unit's members."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError, raise_faults
from core.text_marks import N_
from members.mutual_aid.faults import AID_FAULTS
from members.mutual_aid.policy import (
    POLICY_ACT_TITLES,
    Policy,
    PolicyAct,
    PolicyTerms,
    terms_data,
)
from members.mutual_aid.reimbursement import ReimbursementTable, check_table
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.cases.kernel.forms import ReasonForm, RemarkForm
from yihui.cases.kernel.history import Data, History
from yihui.cases.kernel.sealing import take_rules
from yihui.cases.mutual_aid.forms import EnrolForm, PolicyForm
from yihui.cases.mutual_aid.member_list import FIRST_FAULTS, ListedMember
from yihui.frame.acts import Change, Doing, Preview
from yihui.frame.cells import Person
from yihui.frame.content import Advice, Fact, Facts, Table, TableColumn
from yihui.frame.typed import quote_value
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.histories import HistoryStore
    from members.mutual_aid.repository import AidEnrolment

AID_LOCK = "mutual aid"  # taken before it is read what a member was paid, or which policies there are
DAYS_BEFORE = 92  # a unit may enrol its members so long before a policy begins
MOST_NAMED = 200  # members of a preview
MOST_MEMBERS = 100_000  # of one enrolment
MOST_POLICY_DAYS = 366


def take_locks(wiring: Wiring, connection: "Connection") -> None:
    """Take the locks of the rules, and that of mutual aid, before a policy or a claim is locked."""
    from store import lock_exclusive

    take_rules(wiring, connection)
    lock_exclusive(connection, AID_LOCK)


def lock_rules(wiring: Wiring, connection: "Connection") -> None:
    """Take the locks of acts that reverse what was granted: no rule decides meanwhile."""
    import benefits
    from store import lock_exclusive

    benefits.lock_rulebook_exclusive(connection)
    lock_exclusive(connection, AID_LOCK)


def _store() -> "HistoryStore[PolicyAct, Policy]":
    from members.mutual_aid.repository import POLICIES

    return POLICIES


POLICIES = History(
    "mutual_aid_policy",
    _store,
    lambda number: FaultError(AID_FAULTS.build("unknown_policy", field="policy", value=number)),
    lambda one: one.terms.organisation,
    POLICY_ACT_TITLES,
    Right.KEEP_HARDSHIP,
    f"{Right.KEEP_HARDSHIP.value}.mutual_aid.policy_",
    recorded=("count", "on", "from", "member", "covered_from", "covered_until", "claims"),
    prepare=take_locks,
)
POLICY = POLICIES.kind


def build_terms(form: PolicyForm) -> PolicyTerms:
    """Return the terms of a policy. *Raises*: FaultError with every fault of its days and its table."""
    begins, ends = form.begins or date(form.year, 1, 1), form.ends or date(form.year, 12, 31)
    table = ReimbursementTable(
        form.deductible, form.bands, form.claim_cap, form.year_cap, form.deductible_per == "year"
    )
    raise_faults([*_days_faults(form.year, begins, ends), *check_table(table)])
    return PolicyTerms(
        form.organisation,
        form.year,
        begins,
        ends,
        form.contribution,
        form.waiting_days,
        table,
        form.document,
        form.clause,
    )


def _days_faults(year: int, begins: date, ends: date) -> Sequence[Fault]:
    days = (ends - begins).days + 1
    if days < 1:
        return [AID_FAULTS.build("days", field="ends", value=ends)]
    if days > MOST_POLICY_DAYS or year not in (begins.year, ends.year):
        most = MOST_POLICY_DAYS
        return [AID_FAULTS.build("long_policy", field="ends", value=days, most=most, year=year)]
    return []


def write_policy(act: Doing[PolicyForm, Policy]) -> Change:
    from members import read_spans

    terms = build_terms(act.form)
    code = terms.organisation
    if not read_spans(act.connection, [code])[code]:
        raise FaultError(AID_FAULTS.build("unknown_organisation", field="organisation", value=code))
    data = terms_data(terms)
    policy = POLICIES.insert(act, PolicyAct.WRITE, data)
    return Change(policy.number, data, organisation=code)


def _approve(act: Doing[RemarkForm, Policy]) -> Data:
    from members.mutual_aid.repository import find_overlapping_policy

    other = find_overlapping_policy(act.connection, act.thing)
    if other is not None:
        raise FaultError(AID_FAULTS.build("same_policy", field="policy", value=other))
    return {"reason": act.form.reason or ""}


def _enrol(act: Doing[EnrolForm, Policy]) -> Data:
    from members.mutual_aid.repository import append_enrolments

    on, new, known = plan_enrolment(act)
    if not new or len(new) > MOST_MEMBERS:
        code = "too_many" if new else "no_change" if known else "no_members"
        raise FaultError(AID_FAULTS.build(code, field="members", value=len(new), most=MOST_MEMBERS))
    append_enrolments(act.connection, new, act.actor.id, act.now)
    return {"count": len(new), "on": on.isoformat(), "from": act.form.source}


def preview_enrolment(act: Doing[EnrolForm, Policy], language: Language) -> Preview:
    """Return whom a list or a roll would enrol; who is enrolled stays as enrolled."""
    from core.money import format_yuan

    on, new, known = plan_enrolment(act)
    waiting = sum(one.covered_from > one.enrolled_on for one in new)
    text = N_(
        "As of {day} {count} members would be enrolled, who contribute {yuan} yuan; {waiting} of them wait before they "
        "are covered. {known} are enrolled already."
    )
    yuan = format_yuan(len(new) * act.thing.terms.contribution_fen)
    said = {"day": on, "count": len(new), "yuan": yuan, "waiting": waiting, "known": known}
    facts = (
        Fact("count", N_("Will be enrolled"), len(new)),
        Fact("waiting", N_("Of them new: they wait"), waiting),
        Fact("known", N_("Enrolled already"), known),
    )
    columns = (
        TableColumn["AidEnrolment"]("member", N_("Member"), lambda one: Person(one.member_id)),
        TableColumn["AidEnrolment"]("covered_from", N_("Covered from"), lambda one: one.covered_from),
    )
    named = Table(
        "first", N_("The first of them"), columns, new[:MOST_NAMED], N_("Nobody would be enrolled.")
    )
    sentence = Advice(language.render(text, **said))
    return Preview(
        [*act.form.list_notes(language), sentence, Facts("", facts), named],
        ("mutual_aid_policy", str(act.thing.number)),
    )


def plan_enrolment(act: Doing[EnrolForm, Policy]) -> "tuple[date, Sequence[AidEnrolment], int]":
    """Return the day of the roll, the enrolments that the form would add, and how many members are enrolled already.

    A member whom no policy covered on the day before waits. *Raises*: FaultError.
    """
    from core.civil_time import civil_date
    from members.mutual_aid.repository import find_enrolments

    terms, today = act.thing.terms, civil_date(act.now)
    listed = act.form.members if act.form.source == "list" else None
    on = act.form.on or today
    first, last = terms.begins - timedelta(days=DAYS_BEFORE), terms.ends
    if not first <= on <= min(last, today):
        raise FaultError(AID_FAULTS.build("enrol_day", field="on", value=on, begins=first, ends=last))
    ids = None if listed is None else list(dict.fromkeys(one.id for one in listed))
    there = _members_of_unit(act.connection, terms.organisation, on, ids)
    if listed is not None:
        _require_known(there, listed, on)
    known = find_enrolments(act.connection, act.thing.number, there)
    new = sorted(member for member in there if member not in known)
    return on, _enrolments(act.connection, act.thing, new, max(on, terms.begins)), len(known)


def _members_of_unit(
    connection: "Connection", organisation: str, on: date, listed: Sequence[str] | None
) -> frozenset[str]:
    """Return the members of a unit and of all below it on a day; of a list, those who are."""
    from sqlalchemy import select

    from members.organisations.storage import list_subtree
    from members.tables import memberships
    from store import in_json_array, json_array
    from yihui.services.members.organisations import holds_on

    c, codes = memberships.c, list_subtree(connection, organisation, on)
    query, given = select(c.member_id).where(in_json_array(c.organisation, "codes"), holds_on(on)), {}
    if listed is not None:
        query, given = query.where(in_json_array(c.member_id, "members")), {"members": json_array(listed)}
    return frozenset(connection.execute(query, {"codes": json_array(codes), **given}).scalars().all())


def _require_known(there: frozenset[str], listed: Sequence[ListedMember], on: date) -> None:
    """Refuse a list with ids that are not the unit's: the same for unknown ones and for another unit's."""
    faults = [
        AID_FAULTS.build("not_of_unit", field="members", row=one.row, value=quote_value(one.id), day=on)
        for one in listed
        if one.id not in there
    ]
    raise_faults(faults[:FIRST_FAULTS])


def _enrolments(
    connection: "Connection", policy: Policy, members: Sequence[str], begins: date
) -> "list[AidEnrolment]":
    from members.mutual_aid.repository import AidEnrolment, find_members_covered_until

    covered = find_members_covered_until(connection, members, begins - timedelta(days=1))
    waiting = timedelta(days=policy.terms.waiting_days)
    return [
        AidEnrolment(policy.number, member, begins, begins if member in covered else begins + waiting)
        for member in members
    ]


WRITE = POLICIES.act(
    PolicyAct.WRITE,
    N_("Write a policy"),
    PolicyForm,
    N_("The policy was written; another officer approves it."),
    do=write_policy,
    ready=None,
    makes=True,
    prepare=None,
    button=N_("Write it: another officer approves it"),
    ticked=N_("I have compared the table with the document"),
    places=lambda act: (act.form.organisation,),
)
APPROVE = POLICIES.act(
    PolicyAct.APPROVE,
    N_("Approve the policy"),
    RemarkForm,
    N_("The policy is in force; enrol its members now."),
    _approve,
    first_step=lambda policy: (policy.written_by, policy.written_at),
    button=N_("Approve it: its members can be enrolled"),
    ticked=N_("I have compared the table with the document"),
    is_fresh=True,
)
WITHDRAW = POLICIES.act(
    PolicyAct.WITHDRAW, N_("Withdraw the policy"), ReasonForm, N_("The policy was withdrawn.")
)
ENROL = POLICIES.act(
    PolicyAct.ENROL,
    N_("Enrol members"),
    EnrolForm,
    N_("The members were enrolled."),
    _enrol,
    ticked=N_("I have checked whom it enrols"),
    reading=Right.READ_HARDSHIP,
    preview=preview_enrolment,
)
