"""Show organisations, their tree, what happened to them, and what a list changes."""

from collections.abc import Iterator, Sequence
from datetime import date

from core.text_marks import N_
from events import BatchOutcome
from members import UNKNOWN_FOUNDING, OrganisationSpan
from members.organisations.lists import OrganisationDifference, PlannedAct
from members.organisations.storage import RecordedChange
from yihui.runtime.language import Language
from yihui.services.organisations.organisations import OrganisationView
from yihui.views.actors import actor_label
from yihui.views.csv_text import render_csv
from yihui.views.workbook import Worksheet, render_workbook

KIND_LABELS = {
    "union": N_("union"),
    "industry_union": N_("industry union"),
    "joint_union": N_("joint union"),
    "member_home": N_("members' home"),
}
ORGANISATION_ACT_TITLES = {
    "organisation.founded": N_("founded"),
    "organisation.renamed": N_("renamed"),
    "organisation.moved": N_("moved"),
    "organisation.merged": N_("merged"),
    "organisation.split": N_("split"),
    "organisation.dissolved": N_("dissolved"),
    "organisation.election_held": N_("election held"),
    "organisation.members_counted": N_("members counted"),
}
LIST_HEADERS = ("组织代码", "组织名称", "组织类型", "上级代码", "成立日期", "统一社会信用代码")
_KIND_CELLS = {
    "union": "工会",
    "industry_union": "行业工会联合会",
    "joint_union": "联合工会",
    "member_home": "会员之家",
}


def organisation_json(span: OrganisationSpan) -> dict[str, object]:
    """Return an organisation in one span as JSON."""
    return {
        "code": span.code,
        "name": span.name,
        "kind": span.kind,
        "parent": span.parent,
        "lineage": list(span.lineage),
        "credit_code": span.credit_code,
        "since": _founding(span),
        "until": span.until.isoformat() if span.until else None,
        "ended": span.ended,
        "into": span.into,
    }


def _founding(span: OrganisationSpan) -> str | None:
    return None if span.since == UNKNOWN_FOUNDING else span.since.isoformat()


def organisation_lines(spans: Sequence[OrganisationSpan], language: Language) -> Iterator[str]:
    """Yield a line for each organisation, and their number."""
    for span in spans:
        yield _line(span, language)
    yield language.render(N_("organisations: {count}"), count=len(spans))


def _line(span: OrganisationSpan, language: Language) -> str:
    kind = "" if span.kind == "union" else f" · {language.translate(KIND_LABELS[span.kind])}"
    return f"{span.code}  {span.name}{kind}"


def tree_lines(spans: Sequence[OrganisationSpan], depth: int | None, language: Language) -> Iterator[str]:
    """Yield the organisations indented below their parents, to a depth; of deeper ones the number."""
    if not spans:
        return
    top = min(len(span.lineage) for span in spans)
    for place, span in enumerate(spans):
        level = len(span.lineage) - top
        if depth is not None and level > depth:
            continue
        hidden = 0
        if depth is not None and level == depth:
            below = (other.path.startswith(span.path) for other in spans[place + 1 :])
            hidden = sum(below)
        more = language.render(N_(" (and {count} below)"), count=hidden) if hidden else ""
        yield f"{'  ' * level}{_line(span, language)}{more}"


def organisation_view_json(found: OrganisationView) -> dict[str, object]:
    """Return an organisation on a day with its history as JSON."""
    return {
        "on": found.day.isoformat(),
        "organisation": organisation_json(found.current) if found.current else None,
        "members": found.members,
        "below": found.below,
        "next_election": found.current and found.current.term_ends and found.current.term_ends.isoformat(),
        "next_count": found.next_count and found.next_count.isoformat(),
        "spans": [organisation_json(span) for span in found.spans],
        "history": [
            {
                "on": one.change.on.isoformat(),
                "type": one.origin.type,
                "name": one.change.name,
                "parent": one.change.parent,
                "into": one.change.into,
                "term_years": one.change.term_years,
                "number": one.change.number,
                "document": one.origin.document,
                "by": one.origin.recorded_by,
            }
            for one in found.history
        ],
    }


def organisation_view_lines(found: OrganisationView, language: Language) -> Iterator[str]:
    """Yield what an organisation is on a day, where it stands, and all that happened to it."""
    if found.current is None:
        names = [one.change.name for one in found.history if one.change.name]
        code = found.history[0].change.code
        yield language.render(
            N_("{code} {name} is not there on {day}"), code=code, name=names[-1], day=found.day
        )
    else:
        span = found.current
        yield _line(span, language)
        above = " › ".join(found.names.get(code, code) for code in reversed(span.lineage[1:]))
        if above:
            yield language.render(N_("below: {above}"), above=above)
        if span.credit_code:
            yield language.render(N_("unified social credit code: {code}"), code=span.credit_code)
        yield language.render(
            N_("members of its own: {members}; organisations below it: {below}"),
            members=found.members,
            below=found.below,
        )
        yield from _due_lines(span, found.next_count, language)
    for one in found.history:
        yield _history_line(one, found, language)


def _due_lines(span: OrganisationSpan, next_count: date | None, language: Language) -> Iterator[str]:
    if span.term_ends:
        yield language.render(N_("next election: due by {day}"), day=span.term_ends)
    elif span.kind != "member_home":  # it has no committee
        yield language.translate(N_("next election: no election is recorded"))
    if next_count:
        yield language.render(N_("next count of members: due by {day}"), day=next_count)
    else:
        yield language.translate(N_("next count of members: no count is recorded"))


def _history_line(one: RecordedChange, found: OrganisationView, language: Language) -> str:
    day = (
        language.translate(N_("founding day not known"))
        if one.change.on == UNKNOWN_FOUNDING
        else one.change.on
    )
    target = one.change.into or (one.change.parent if one.origin.type != "organisation.founded" else None)
    term = one.change.term_years
    what = " ".join(
        [
            language.translate(ORGANISATION_ACT_TITLES[one.origin.type]),
            *([one.change.name] if one.change.name else []),
            *([f"→ {target} {found.names.get(target, '')}".rstrip()] if target else []),
            *([language.render(N_("term in years: {years}"), years=term)] if term else []),
            *([] if one.change.number is None else [f"{one.change.number:,}"]),
        ]
    )
    known = [
        text for text in (one.origin.document, actor_label(one.origin.recorded_by or "", language)) if text
    ]
    return f"  {day}  {what}" + (f" ({' · '.join(known)})" if known else "")


def act_line(code: str, outcome: BatchOutcome, language: Language) -> str:
    """Return what an act did, and how many members went elsewhere with it."""
    if outcome.duplicates:
        return language.render(N_("{code}: this was recorded before; nothing has changed"), code=code)
    moved = outcome.handled - 1
    if not moved:
        return language.render(N_("{code}: recorded"), code=code)
    return language.render(N_("{code}: recorded; members transferred: {count}"), code=code, count=moved)


def difference_json(found: OrganisationDifference) -> dict[str, object]:
    """Return what a list changes as JSON."""
    acts = [
        {"row": act.row, "code": act.code, "type": act.type, "before": act.before, "after": _after(act)}
        for act in found.acts
    ]
    return {"acts": acts, "unchanged": found.unchanged}


def difference_lines(found: OrganisationDifference, most: int, language: Language) -> Iterator[str]:
    """Yield what a list changes, at most so many lines of acts, and the numbers."""
    for act in found.acts[:most]:
        what = language.translate(ORGANISATION_ACT_TITLES[act.type])
        change = f"{act.before} → {_after(act)}" if act.before else _after(act)
        yield f"  {act.code}  {what}: {change}"
    if len(found.acts) > most:
        yield language.render(N_("  … and {count} more"), count=len(found.acts) - most)
    kinds = [act.type for act in found.acts]
    yield language.render(
        N_("new: {founded}, renamed: {renamed}, moved: {moved}, unchanged: {unchanged}"),
        founded=kinds.count("organisation.founded"),
        renamed=kinds.count("organisation.renamed"),
        moved=kinds.count("organisation.moved"),
        unchanged=found.unchanged,
    )


def _after(act: PlannedAct) -> str:
    name = getattr(act.payload, "name", None)
    return str(name or getattr(act.payload, "parent", None) or "")


def organisation_rows(spans: Sequence[OrganisationSpan]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a list that ``organisations import`` reads again without a difference."""
    yield LIST_HEADERS
    for span in spans:
        cells = (span.code, span.name, _KIND_CELLS[span.kind], span.parent or "")
        yield (*cells, _founding(span) or "", span.credit_code or "")


def render_organisations_csv(spans: Sequence[OrganisationSpan]) -> bytes:
    """Render a list as CSV with a byte order mark, for spreadsheets."""
    return render_csv(organisation_rows(spans), end="\n").encode()


def render_organisations_xlsx(spans: Sequence[OrganisationSpan]) -> bytes:
    """Render a list as a workbook of texts."""
    heads, *rows = organisation_rows(spans)
    return render_workbook([Worksheet(heads[0][:2], rows, heads, (24, 40, 14, 24, 14, 24))])
