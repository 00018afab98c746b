"""Show case files of households: lines and JSON. Names are masked; the member's id is a pseudonym."""

from collections.abc import Iterator, Mapping, Sequence

from core.civil_time import format_civil_instant
from core.money import format_yuan
from core.text_marks import N_
from members.attachments import Attachment, AttachmentKind
from members.hardship.case import ACT_TITLES, STATE_TITLES
from members.hardship.household import CAUSES, MEASURES, RELATIONS
from members.hardship.income_lines import IncomeLine
from members.hardship.visit import VISIT_STATE_TITLES, Visit
from yihui.runtime.language import Language
from yihui.services.hardship.lists import FileHistory, FileStatus


def file_lines(found: Sequence[FileStatus], language: Language) -> Iterator[str]:
    """Yield a line for each case file."""
    for one in found:
        file = one.file
        yield language.render(
            N_("{number}  {organisation}: {worker}, {persons} persons, {level} [{state}] {due}"),
            number=file.number,
            organisation=one.organisations.get(file.organisation, file.organisation),
            worker=one.names.get(1) or file.worker,
            persons=len(file.persons),
            level=file.level,
            state=language.translate(STATE_TITLES[file.state]),
            due=due_text(one, language),
        ).rstrip()
    if not found:
        yield language.translate(N_("no case files"))


def due_text(one: FileStatus, language: Language) -> str:
    """Return when the next review is due, or that it is."""
    if one.is_due and one.file.review_due_on is None:
        return language.translate(N_("first review is due"))
    if one.is_due:
        return language.render(N_("review was due on {day}"), day=one.file.review_due_on)
    if one.file.review_due_on is not None:
        return language.render(N_("next review on {day}"), day=one.file.review_due_on)
    return ""


def income_text(one: FileStatus, language: Language) -> str:
    """Return the income per head, and how it stands against the line."""
    income = one.income
    per_head = format_yuan(income.per_head_fen)
    if income.line_fen is None:
        return language.render(
            N_("{yuan} yuan a head and month; no line of income is decided"), yuan=per_head
        )
    text = (
        N_("{yuan} yuan a head and month: {percent} % of the line of {line} yuan, below it")
        if income.is_below
        else N_("{yuan} yuan a head and month: {percent} % of the line of {line} yuan, not below it")
    )
    line = format_yuan(income.line_fen)
    shown = language.render(text, yuan=per_head, percent=income.percent_of_line, line=line)
    if one.line is None:
        return shown
    decided = language.render(
        N_("decided by {organisation} from {day} on: {document}"),
        organisation=one.organisations.get(one.line.organisation, one.line.organisation),
        day=one.line.since,
        document=one.line.document,
    )
    return language.join_clauses([shown, decided])


def income_line_text(line: IncomeLine, language: Language) -> str:
    """Return the line of income of an organisation."""
    return language.render(
        N_("{organisation}: {yuan} yuan a head and month from {day} on ({document})"),
        organisation=line.organisation,
        yuan=format_yuan(line.line_fen),
        day=line.since,
        document=line.document,
    )


def income_line_json(line: IncomeLine) -> dict[str, object]:
    """Return a line of income as JSON."""
    return {
        "organisation": line.organisation,
        "since": line.since,
        "line_fen": line.line_fen,
        "document": line.document,
        "officer": line.officer,
    }


def attachment_json(one: Attachment) -> dict[str, object]:
    """Return what a photograph or receipt of a case file is, and by which number it is deleted."""
    return {
        "number": one.number,
        "kind": one.kind.value,
        "title": one.title,
        "media_type": one.media_type,
        "size_bytes": one.size_bytes,
        "pages": len(one.pages),
        "officer": one.officer,
        "stored_at": format_civil_instant(one.stored_at),
    }


def file_history_lines(history: FileHistory, language: Language) -> Iterator[str]:
    """Yield a case file with its household, plan, measures, visits and history."""
    one, file = history.status, history.status.file
    yield from file_lines([one], language)
    yield language.render(
        N_("    version {version}, household {household}"), version=file.version, household=file.household
    )
    for place, person in enumerate(file.persons, 1):
        yield language.render(
            N_("    {place}. {relation} {name} {member}: {yuan} yuan a month"),
            place=place,
            relation=language.translate(RELATIONS[person.relation]),
            name=one.names.get(place, "—"),
            member=person.member_id or "",
            yuan=format_yuan(person.monthly_income_fen),
        )
    yield "    " + income_text(one, language)
    causes = language.format_list(language.translate(CAUSES[cause]) for cause in file.causes)
    yield language.render(N_("    causes: {causes}"), causes=causes)
    if file.plan:
        yield language.render(N_("    plan: {plan}"), plan=file.plan)
    for measure in file.measures:
        yield f"    {measure.on} {language.translate(MEASURES[measure.kind])}: {measure.text}"
    for visit in file.visits:
        yield "    " + visit_text(visit, language)
    for event in history.events:
        act = language.translate(ACT_TITLES[event.act])
        reason = event.data.get("reason") or ""
        yield f"    {event.version}. {format_civil_instant(event.at)[:16]} {act} ({event.by}) {reason}".rstrip()


def visit_text(visit: Visit, language: Language) -> str:
    """Return a visit in a line: to whom how much, and who did what."""
    return language.render(
        N_("visit {number} on {day}: {yuan} yuan to {member} for {purpose} [{state}]; officers {officers}"),
        number=visit.number,
        day=visit.on,
        yuan=format_yuan(visit.amount_fen),
        member=visit.member_id,
        purpose=visit.purpose,
        state=language.translate(VISIT_STATE_TITLES[visit.state]),
        officers=language.format_list(one for one in (visit.planned_by, visit.released_by) if one),
    )


def sort_attachments(found: Sequence[Attachment]) -> tuple[list[Attachment], dict[int, Attachment]]:
    """Return the photographs of a case file, and its receipts by the numbers of their visits."""
    photos = [one for one in found if one.kind is AttachmentKind.HARDSHIP_PHOTO]
    receipts = {
        int(one.subject.partition("/")[2]): one
        for one in found
        if one.kind is AttachmentKind.HARDSHIP_RECEIPT
    }
    return photos, receipts


def file_json(one: FileStatus) -> dict[str, object]:
    """Return a case file as JSON; names are masked."""
    file = one.file
    return {
        "number": file.number,
        "version": file.version,
        "state": file.state.value,
        "organisation": file.organisation,
        "household": file.household,
        "level": file.level,
        "persons": [
            {
                "relation": person.relation,
                "member": person.member_id,
                "name": one.names.get(place),
                "monthly_income_fen": person.monthly_income_fen,
            }
            for place, person in enumerate(file.persons, 1)
        ],
        "per_head_fen": one.income.per_head_fen,
        "line_fen": one.income.line_fen,
        "causes": list(file.causes),
        "plan": file.plan,
        "measures": [{"on": m.on, "kind": m.kind, "text": m.text} for m in file.measures],
        "photos": list(file.photos),
        "reviewed_on": file.reviewed_on,
        "review_due_on": file.review_due_on,
        "is_due": one.is_due,
        "closed_because": file.closed_because,
        "visits": [_visit_json(visit) for visit in file.visits],
    }


def _visit_json(visit: Visit) -> dict[str, object]:
    return {
        "visit": visit.number,
        "member": visit.member_id,
        "on": visit.on,
        "amount_fen": visit.amount_fen,
        "purpose": visit.purpose,
        "state": visit.state.value,
        "planned_by": visit.planned_by,
        "released_by": visit.released_by,
        "grant": visit.grant_id,
        "receipt": visit.receipt,
        "handed_over_by": visit.handed_over_by,
        "ended_because": visit.ended_because,
    }


def file_history_json(history: FileHistory) -> dict[str, object]:
    """Return a case file with its history as JSON."""
    events = [
        {
            "version": event.version,
            "act": event.act.value,
            "at": format_civil_instant(event.at),
            "by": event.by,
            "data": dict(event.data),
        }
        for event in history.events
    ]
    return {**file_json(history.status), "history": events}


def name_lines(names: Mapping[int, str], language: Language) -> Iterator[str]:
    """Yield the names of a household in clear, for an officer who gave a reason."""
    for place, name in sorted(names.items()):
        yield f"{place}. {name}"
    if not names:
        yield language.translate(N_("no names are stored"))
