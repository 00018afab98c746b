"""Officers, their roles, and the table of roles and rights, as JSON and as lines."""

from collections.abc import Iterator, Mapping

from core.civil_time import format_civil_instant, format_civil_minute
from core.text_marks import N_
from yihui.access.actor import Assignment, NewAccount
from yihui.access.officers import Appointment
from yihui.access.roles import RIGHT_LABELS, RIGHTS, STEP_UP_RIGHTS, Right, Role
from yihui.runtime.language import Language
from yihui.services.access.officer_checks import OfficerView
from yihui.views.actors import actor_label

ROLE_LABELS: Mapping[Role, str] = {
    Role.ADMINISTRATOR: N_("administrator"),
    Role.RULE_AUTHOR: N_("rule author"),
    Role.RULE_APPROVER: N_("rule approver"),
    Role.FINANCE_PREPARER: N_("finance preparer"),
    Role.FINANCE_RELEASER: N_("finance releaser"),
    Role.CASE_WORKER: N_("case worker"),
    Role.HOTLINE_AGENT: N_("hotline agent"),
    Role.PLANNER: N_("planner"),
    Role.REGISTER_KEEPER: N_("register keeper"),
    Role.AUDITOR: N_("auditor"),
}


def officer_json(found: OfficerView) -> dict[str, object]:
    """Return an officer with the roles of today and all appointments as JSON data."""
    officer = found.officer
    return {
        "id": officer.id,
        "subject": officer.subject,
        "post": officer.post,
        "created_by": officer.created_by,
        "created_at": format_civil_instant(officer.created_at),
        "ended_by": officer.ended_by,
        "ended_at": format_civil_instant(officer.ended_at) if officer.ended_at else None,
        "roles": [_assignment_json(one) for one in found.in_force],
        "confirmed": found.new_account is None or found.new_account.is_confirmed,
        "appointments": [
            {
                **_assignment_json(one),
                "assigned_by": one.assigned_by,
                "assigned_at": format_civil_instant(one.assigned_at),
                "withdrawn_by": one.withdrawn_by,
                "withdrawn_at": format_civil_instant(one.withdrawn_at) if one.withdrawn_at else None,
            }
            for one in found.appointments
        ],
    }


def _assignment_json(one: Assignment | Appointment) -> dict[str, object]:
    return {
        "role": one.role.value,
        "organisation": one.organisation,
        "since": one.since.isoformat(),
        "until": one.until.isoformat() if one.until else None,
        "deputy_of": one.deputy_of,
    }


def officer_lines(found: OfficerView, language: Language) -> Iterator[str]:
    """Yield a line for the officer, and one for each role of today."""
    officer = found.officer
    if officer.ended_at is not None:
        when = format_civil_instant(officer.ended_at)
        yield language.render(N_("{id}  {post}  left {time}"), id=officer.id, post=officer.post, time=when)
        return
    yield f"{officer.id}  {officer.post}"
    for one in found.in_force:
        yield "  " + role_line(one, language)
    if not found.in_force:
        yield "  " + language.translate(N_("no role today"))
    if found.new_account is not None:
        yield "  " + new_account_line(found.new_account, language)


def new_account_line(account: NewAccount, language: Language) -> str:
    """Return why an account may only look, and the command that mends it."""
    if account.is_confirmed:
        return language.render(
            N_("may look, but not act, before {time}"), time=format_civil_minute(account.counts_from)
        )
    if not account.confirmers:
        template = N_(
            "may look, but not act; nobody is left who could confirm it: yihui officers reset {name}"
        )
        return language.render(template, name=account.officer)
    return language.render(
        N_(
            "may look, but not act, before {confirmers} confirms it, and before {time}: yihui officers confirm {name}"
        ),
        confirmers=language.format_list(account.confirmers),
        time=format_civil_minute(account.counts_from),
        name=account.officer,
    )


def role_line(one: Assignment | Appointment, language: Language) -> str:
    """Return a role with its organisation and its days."""
    template = (
        N_("{role} for {organisation} from {since}")
        if one.until is None
        else N_("{role} for {organisation} from {since} to {until}")
    )
    text = language.render(
        template,
        role=language.translate(ROLE_LABELS[one.role]),
        organisation=one.organisation,
        since=one.since,
        until=one.until or "",
    )
    if one.deputy_of is None:
        return text
    return language.render(N_("{text}, as deputy of {name}"), text=text, name=one.deputy_of)


def appointment_line(one: Appointment, language: Language) -> str:
    """Return an appointment with who made it and who withdrew it."""
    words = {
        "role": role_line(one, language),
        "by": actor_label(one.assigned_by, language),
        "time": format_civil_instant(one.assigned_at),
    }
    if one.withdrawn_at is None or one.withdrawn_by is None:
        return language.render(N_("{time}  {by} appointed: {role}"), **words)
    words["who"] = actor_label(one.withdrawn_by, language)
    words["end"] = format_civil_instant(one.withdrawn_at)
    return language.render(N_("{time}  {by} appointed: {role}; withdrawn {end} by {who}"), **words)


def roles_json(language: Language) -> list[dict[str, object]]:
    """Return the table of roles and rights as JSON data."""
    return [
        {
            "role": role.value,
            "name": language.translate(ROLE_LABELS[role]),
            "rights": [
                {
                    "right": right.value,
                    "name": language.translate(RIGHT_LABELS[right]),
                    "fresh_login": right in STEP_UP_RIGHTS,
                }
                for right in Right
                if right in RIGHTS[role]
            ],
        }
        for role in Role
    ]


def role_lines(language: Language) -> Iterator[str]:
    """Yield each role with what it may do; a star marks what needs a log-in of the last minutes."""
    for role in Role:
        yield f"{language.translate(ROLE_LABELS[role])}  {role.value}"
        for right in Right:
            if right in RIGHTS[role]:
                star = " *" if right in STEP_UP_RIGHTS else ""
                yield f"  {right.value}: {language.translate(RIGHT_LABELS[right])}{star}"
    yield language.translate(N_("* needs a log-in of the last five minutes"))
