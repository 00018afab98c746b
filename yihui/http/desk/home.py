"""/desk: what waits for the officer by its deadline, and rules that changed since yesterday."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from core.civil_time import format_civil_minute
from core.text_marks import N_
from yihui.http.desk.hand_pages import HandPages
from yihui.http.desk.jobs import JOB_KIND_LABELS, JOB_STATE_LABELS
from yihui.views.actors import actor_label
from yihui.views.names import budget_label, rule_label

if TYPE_CHECKING:
    from yihui.access.actor import NewAccount
    from yihui.frame.content import TableColumn
    from yihui.frame.todo import ToDo, Waiting
    from yihui.runtime.language import Language
    from yihui.services.desk.home import RuleChange
    from yihui.services.desk.record_names import RecordNames

# Kind → what waits, and the page that shows it.
WAITING_LABELS: Mapping[str, tuple[str, str]] = {
    "versions": (N_("rule versions to approve"), "/desk/rules?state=submitted"),
    "letters": (N_("dead letters"), "/desk/stream"),
}
_NOT_OF_A_RULE = frozenset({"mended", "dropped", "erased", "voided"})  # acts that name no rule
_BUDGET = "budget/"
_CONFIRMED = N_("{by} opened your account: before {time} you may look, but not act.")
_UNCONFIRMED = N_(
    "{by} opened your account: you may look, but not act before one of these has confirmed it on the server's console: "
    "{confirmers}; and not before {time}."
)
_UNCONFIRMABLE = N_(
    "{by} opened your account: you may look, but not act, as nobody is left who could confirm it. Ask for a new set-up "
    "code from the server's console."
)
_Thing = tuple["ToDo", "Waiting"]


def change_path(change: "RuleChange") -> str:
    """Return the page of what was changed."""
    if change.rule.startswith(_BUDGET):
        return f"/desk/money/budgets/{change.rule.removeprefix(_BUDGET)}"
    return "/desk/rules" if change.act in _NOT_OF_A_RULE else f"/desk/rules/{quote(change.rule, safe='')}"


def _change_name(change: "RuleChange", names: "RecordNames", language: "Language") -> str:
    """Return what was changed by the name that people know it by; by its id where it has none."""
    if change.rule.startswith(_BUDGET):
        budget = change.rule.removeprefix(_BUDGET)
        return language.render(N_("the budget of {rule}"), rule=budget_label(budget, names))
    return rule_label(change.rule, names)


def _describe_account(account: "NewAccount | None", names: "RecordNames", language: "Language") -> str:
    """Return why an officer may only look: who opened the account, who can confirm it, and from when it counts."""
    if account is None:
        return ""
    waiting = _UNCONFIRMED if account.confirmers else _UNCONFIRMABLE
    who = [actor_label(one, language, names) for one in account.confirmers]
    return language.render(
        _CONFIRMED if account.is_confirmed else waiting,
        by=actor_label(account.opened_by, language, names),
        confirmers=language.format_list(who),
        time=format_civil_minute(account.counts_from),
    )


def router(made: APIRouter, pages: HandPages) -> None:
    @made.get("")
    def home(request: Request) -> Response:
        from yihui.frame.html import CellRenderer
        from yihui.services.desk.home import load_home_overview
        from yihui.views.rule_life import ACT_TEXTS

        visit = pages.open(request)
        names = pages.record_names()
        overview = load_home_overview(pages.site.wiring, visit.actor, visit.language)
        return pages.render(
            visit,
            "home.html",
            overview=overview,
            account=_describe_account(visit.actor.new_account, names, visit.language),
            columns=_build_columns(pages.site.wiring.now()),
            shown=CellRenderer(visit.language, overview.things.names, visit.day),
            waiting_labels=WAITING_LABELS,
            change_path=change_path,
            change_name=lambda change: _change_name(change, names, visit.language),
            act_titles=ACT_TEXTS,
            job_kinds=JOB_KIND_LABELS,
            job_states=JOB_STATE_LABELS,
        )


def _build_columns(now: datetime) -> "Sequence[TableColumn[_Thing]]":
    from yihui.frame.cells import Choice, Deadline, Link, Organisation, Person
    from yihui.frame.content import TableColumn

    return (
        TableColumn[_Thing]("title", N_("What waits"), lambda one: Link(one[1].path, one[1].title)),
        TableColumn[_Thing]("kind", N_("Of which kind"), lambda one: Choice("", one[0].title)),
        TableColumn[_Thing]("member", N_("Member"), lambda one: one[1].person and Person(one[1].person)),
        TableColumn[_Thing]("unit", N_("Unit"), lambda one: one[1].place and Organisation(one[1].place)),
        TableColumn[_Thing](
            "due", N_("Deadline"), lambda one: one[1].due and Deadline(one[1].due, one[1].due < now)
        ),
    )
