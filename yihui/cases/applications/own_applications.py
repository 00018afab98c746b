"""What a member can apply for, what she applied for, and her own acts: hand in, hand in again, withdraw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, select

from core.calendars import Calendar, workday_table
from core.civil_time import civil_date
from core.faults import FaultError, FaultTable
from core.text_marks import N_
from events.organisations import load_history_lineages
from events.projection import member_facts
from members import ApplicationStep, read_application_steps, read_member_changes
from members.applications import RecordedApplicationAct, list_application_acts
from members.attachments import Attachment, list_attachments
from members.organisations.storage import load_lineages
from members.tables import memberships
from rules import FactValue, Rule, RuleLibrary
from rules.territory import PlacedCode
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.cases.applications.deadlines import (
    find_closing_day,
    find_opening_day,
    find_window_end,
    list_accepting_rules,
    list_process_rules,
)
from yihui.cases.applications.listed import (
    ListedApplication,
    NoticeLine,
    ProgrammeTerms,
    list_fitting,
    list_member_applications,
    load_notices_of_organisation,
    read_submission,
)
from yihui.cases.applications.rule_forms import (
    ApplicationForm,
    RuleReason,
    build_form,
    find_audience_reason,
    list_reasons,
)
from yihui.cases.applications.stages import OPEN_STAGES, ApplicationTerms, find_notice_end
from yihui.services.members.organisations import find_member_organisations, holds_on

_DAY = timedelta(days=1)
MAX_APPEALS = 5  # against refusals of one application, as of one decision
OWN_APPLICATION_FAULTS = FaultTable(
    "own_application",
    {
        "unknown": (
            N_("there is no such application among yours"),
            N_("look at the list of your applications"),
        ),
        "unknown_form": (
            N_("you can't apply for this, or no longer"),
            N_("look at the list of what you can apply for"),
        ),
        "closed": (N_("the last day for this was {day}"), N_("ask your union whether it begins again")),
        "not_open": (
            N_("this begins on {day}"),
            N_("come back on that day; what you typed stays on this phone"),
        ),
        "open": (
            N_("you have applied for this already, and it is not finished"),
            N_("look at that application; to state something else, withdraw it first"),
        ),
        "left_out": (
            N_("you have handed this in already, without the note or the papers of this page"),
            N_("look at that application; to add them, withdraw it and hand it in anew"),
        ),
        "papers": (
            N_("attached: {present}; at least {count} are needed"),
            N_("attach what is missing, then hand in"),
        ),
        "note": (
            N_("what you wrote is longer than {most} characters, or holds signs that can't be stored"),
            N_("write it shorter, in letters, digits, emojis and usual signs"),
        ),
        "note_personal": (
            N_("what you wrote holds a phone number or an ID number"),
            N_("leave the number out; the union knows who you are"),
        ),
        "moved_on": (
            N_("the application has gone on since this page was opened"),
            N_("look at its state below"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class ApplicableRule:
    """A rule that a member can apply for, with what stands in her way as things are known now.

    ``last_day`` is None if the end is open; ``opens_on`` is a day to come; ``audience`` holds the values for which
    it is for other members; ``open_number`` is that of her application that is not finished.
    """

    form: ApplicationForm
    last_day: date | None
    opens_on: date | None
    reasons: Sequence[RuleReason]
    audience: Mapping[str, FactValue] | None
    open_number: int | None

    @property
    def is_free(self) -> bool:
        """Whether nothing is known that stands in the way."""
        return not self.reasons and self.audience is None and self.opens_on is None


@dataclass(frozen=True, slots=True)
class OwnApplication:
    """One of the member's applications with all that its page shows.

    ``open_number`` is that of another one for the same thing, which is not finished, after a refusal; ``open_rules`` are
    those by which she can apply for the same thing today. ``last_day`` is the day until which what was sent back keeps
    the day of its first submission, ``appeal_until`` the last day of an appeal, unless something else than the day
    stands in its way.
    """

    listed: ListedApplication
    terms: ApplicationTerms
    steps: Sequence[ApplicationStep]
    acts: Sequence[RecordedApplicationAct]
    stated: Mapping[str, object]
    attachments: Sequence[Attachment]
    notice_end: date | None
    last_day: date | None
    may_resubmit: bool
    may_withdraw: bool
    appeal_until: date | None
    may_appeal: bool
    open_number: int | None
    open_rules: Sequence[Rule]


@dataclass(frozen=True, slots=True)
class Applicant:
    """A member with her facts, her place in the tree, and the rules in force."""

    member: str
    facts: Mapping[str, FactValue]
    placed: str
    library: RuleLibrary
    today: date


def list_own_notices(wiring: Wiring, member: str, today: date) -> list[NoticeLine]:
    """List the public notices that run on a day about members of the organisation to which a member belongs.

    The newest come first; who has left reads none.
    """
    own = memberships.c
    query = select(own.organisation).where(own.member_id == member, holds_on(today))
    query = query.order_by(own.since.desc())
    with wiring.database.read() as connection:
        code = connection.execute(query).scalars().first()
    return [] if code is None else load_notices_of_organisation(wiring, code, today)


def list_applicable_rules(wiring: Wiring, member: str) -> list[ApplicableRule]:
    """List what a member can apply for, the nearest last day first."""
    with wiring.database.read() as connection:
        applicant = load_applicant(wiring, connection, member)
        found = [
            build_applicable(wiring, connection, applicant, rule)
            for rule in list_process_rules(applicant.library, applicant.placed, applicant.today)
        ]
    kept = [one for one in found if one.last_day is None or one.last_day >= applicant.today]
    return sorted(kept, key=lambda one: (one.last_day or date.max, one.form.rule.definition.title))


def load_applicable_rule(wiring: Wiring, member: str, rule: str, today: date | None = None) -> ApplicableRule:
    """Load one rule that a member can apply for on a day, by default today. *Raises*: FaultError if there is none."""
    with wiring.database.read() as connection:
        applicant = load_applicant(wiring, connection, member, today)
        return build_applicable(wiring, connection, applicant, find_rule(applicant, rule))


def load_applicant(
    wiring: Wiring, connection: Connection, member: str, today: date | None = None
) -> Applicant:
    """Load who applies: facts, place in the tree, and the rules in force on a day, by default today."""
    today = today or civil_date(wiring.now())
    history = read_member_changes(connection, [member])[member]
    facts = member_facts(history, today, load_history_lineages(connection, [history]))
    code = find_member_organisations(connection, [member], today).get(member, PROVINCE_CODE)
    placed = PlacedCode(code, load_lineages(connection, {code}).lineage(code, today))
    return Applicant(member, facts, placed, wiring.rulebook.in_force(connection), today)


def find_rule(applicant: Applicant, rule: str) -> Rule:
    """*Raises*: FaultError if the rule is not in force today for the member's organisation."""
    for one in list_process_rules(applicant.library, applicant.placed, applicant.today):
        if one.id == rule:
            return one
    closed_on = find_closing_day(applicant.library, applicant.today, rule=rule)
    if closed_on is not None:
        raise FaultError(OWN_APPLICATION_FAULTS.build("closed", field="rule", day=closed_on))
    raise FaultError(OWN_APPLICATION_FAULTS.build("unknown_form", field="rule"))


def build_applicable(
    wiring: Wiring, connection: Connection, applicant: Applicant, rule: Rule
) -> ApplicableRule:
    """Build what a member reads of a rule that she can apply for."""
    today = applicant.today
    form = build_form(rule, applicant.facts, today)
    open_one = find_open_application(wiring, connection, applicant, form, None)
    last_day, opens_on = _find_last_day(applicant, rule), find_opening_day(rule, today)
    if last_day and opens_on and opens_on > last_day:  # its yearly window doesn't come again
        opens_on = None
    return ApplicableRule(
        form,
        find_window_end(rule, opens_on or today, last_day),
        opens_on,
        list_reasons(rule, applicant.facts, today),
        find_audience_reason(form, applicant.facts, today),
        open_one.number if open_one else None,
    )


def _find_last_day(applicant: Applicant, rule: Rule) -> date | None:
    """Return the last day on which a rule, or the version after it, accepts applications; None if the end is open."""
    found = rule
    while True:
        until, entries = found.definition.in_force.until, found.definition.allocate.entries
        if entries is not None and entries.until is not None:
            return min(entries.until, until or entries.until)
        if until is None:
            return None
        later = list_process_rules(applicant.library, applicant.placed, until + _DAY)
        after = [one for one in later if one.id == rule.id and one.definition.in_force.since > until]
        if not after:
            return found.definition.last_application_day
        found = after[0]


def find_open_application(
    wiring: Wiring,
    connection: Connection,
    applicant: Applicant,
    form: ApplicationForm,
    stated: Mapping[str, str | int] | None,
) -> ListedApplication | None:
    """Return the member's open application for the same thing; with ``stated``, one that states the same.

    One that another phone handed in after this request arrived is found too.
    """
    compared: Mapping[str, object] = stated if stated is not None else _list_thing(form.fixed)
    newest = max(applicant.today, civil_date(wiring.now()))
    found = list_member_applications(wiring, connection, applicant.member, newest)
    return _find_open(wiring, connection, found, form.programme, compared)


def _list_thing(stated: Mapping[str, object]) -> dict[str, object]:
    """Return what tells the things apart that are applied for under one programme."""
    return {name: stated[name] for name in ("occasion",) if name in stated}


def _find_open(
    wiring: Wiring,
    connection: Connection,
    found: Sequence[ListedApplication],
    programme: str,
    compared: Mapping[str, object],
) -> ListedApplication | None:
    """Return the first of a member's applications that is open for a programme and states the compared values."""
    for one in found:
        if one.stage.kind in OPEN_STAGES and one.programme == programme:
            said = read_submission(connection, _read_steps_of(connection, one), wiring.now())
            if all(said.get(name) == value for name, value in compared.items()):
                return one
    return None


def _read_steps_of(connection: Connection, listed: ListedApplication) -> list[ApplicationStep]:
    steps = read_application_steps(connection, [listed.member])[listed.member]
    return [one for one in steps if one.application == listed.application]


def list_own_applications(wiring: Wiring, member: str) -> list[ListedApplication]:
    """List all applications of a member, the newest first."""
    with wiring.database.read() as connection:
        return list_member_applications(wiring, connection, member, civil_date(wiring.now()))


def load_own_application(wiring: Wiring, member: str, number: int) -> OwnApplication:
    """Load one of a member's applications. *Raises*: FaultError for another member's, as for one that isn't there."""
    with wiring.database.read() as connection:
        applicant = load_applicant(wiring, connection, member)
        return load_own(wiring, connection, applicant, number)


def load_own(wiring: Wiring, connection: Connection, applicant: Applicant, number: int) -> OwnApplication:
    """Load one of the member's applications. *Raises*: FaultError if it isn't hers."""
    member, today = applicant.member, applicant.today
    found = list_member_applications(wiring, connection, member, today)
    listed = next((one for one in found if one.number == number), None)
    if listed is None:
        raise FaultError(OWN_APPLICATION_FAULTS.build("unknown", field="application"))
    steps = _read_steps_of(connection, listed)
    terms = ProgrammeTerms(connection, applicant.library, [listed.organisation]).of(
        listed.programme, listed.organisation, listed.find_version_day(today)
    )
    progress, kind = listed.stage.progress, listed.stage.kind
    published = progress.published_on if progress else None
    last_day = progress.resubmit_until if progress else None
    accepting = list_accepting_rules(applicant.library, listed.programme, applicant.placed, today)
    is_open = (last_day is not None and today <= last_day) or bool(accepting)
    stated = read_submission(connection, steps, wiring.now())
    appeals = sum(one.type == "application.appealed" for one in steps)
    open_one = _find_other_open(wiring, connection, applicant, found, listed, stated)
    is_heard = appeals < MAX_APPEALS and open_one is None
    appeal_until = progress.last_day_to_appeal if progress and is_heard else None
    return OwnApplication(
        listed,
        terms,
        steps,
        list_application_acts(connection, member, listed.application),
        stated,
        list_attachments(connection, listed.file_owner),
        find_notice_end(published, terms, workday_table(Calendar.CN)) if published else None,
        last_day,
        kind == "returned" and is_open,
        kind in OPEN_STAGES,
        appeal_until,
        appeal_until is not None and today <= appeal_until,
        open_one.number if open_one else None,
        list_fitting(accepting, stated, today),
    )


def _find_other_open(
    wiring: Wiring,
    connection: Connection,
    applicant: Applicant,
    found: Sequence[ListedApplication],
    refused: ListedApplication,
    stated: Mapping[str, object],
) -> ListedApplication | None:
    """Return the open application for the thing that was refused, which an appeal would open beside it.

    Where the rule counts each application, that is one which states just the same.
    """
    if refused.stage.kind != "refused":
        return None
    day = refused.find_version_day(applicant.today)
    rules = list_accepting_rules(applicant.library, refused.programme, applicant.placed, day)
    forms = [build_form(rule, applicant.facts, day) for rule in rules]
    thing = _list_thing(stated)
    if any(one.is_per_application for one in forms if _list_thing(one.fixed).items() <= thing.items()):
        thing = {name: value for name, value in stated.items() if name not in ("programme", "application")}
    return _find_open(wiring, connection, found, refused.programme, thing)
