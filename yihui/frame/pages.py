"""The officers' pages: who visits, the layout of a page, and a refused form that is shown again.

What is around the pages (navigation, templates, the search for names) is what the desk fills in.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from yihui.access.acting import Acting, set_acting
from yihui.access.actor import Actor, ActorKind
from yihui.access.decide import Decision, subtrees
from yihui.access.form_keys import check_form_key, create_form_key
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.feedback import (
    NO_FEEDBACK,
    SENT_FORM_FAULTS,
    FormFeedback,
    FormPage,
    LoginNeeded,
    refuse_form,
    require_own_page,
)
from yihui.frame.fields import FieldKind
from yihui.http.body import FormFields, form_value
from yihui.http.login.login_request import find_actor, form_token
from yihui.http.site import Site
from yihui.runtime.errors import Problem, fault_line
from yihui.runtime.language import Language
from yihui.services.access.authorisation import authorise_actor

NO_TEXTS: Mapping[str, str] = {}
PRIVATE_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Vary": "Accept-Language, Cookie",
}
_VISITORS = frozenset({ActorKind.OFFICER, ActorKind.DEMO})  # a program's key opens no page


@dataclass(frozen=True, slots=True)
class OfficerVisit:
    """An officer at the pages, today."""

    actor: Actor
    language: Language
    theme: str
    day: date
    path: str  # with its query: where a log-in or a setting leads back to
    form_token: str = ""  # of the session, for the form that ends it
    notice: str | None = None  # what the act before this page did

    def scope(self, right: Right) -> frozenset[str] | None:
        """Return the organisations for which, and below which, the officer holds a right; None: everywhere."""
        return subtrees(self.actor, right, self.day)

    def holds(self, right: Right) -> bool:
        """Return whether the officer holds a right for any organisation."""
        scope = self.scope(right)
        return scope is None or bool(scope)

    def may(self, right: Right, *, is_whole: bool) -> bool:
        """Return whether the officer may open a page or begin an act: for the whole union, or for any organisation."""
        return self.holds_whole(right) if is_whole else self.holds(right)

    def holds_whole(self, right: Right) -> bool:
        """Return whether the officer holds a right for the whole union."""
        scope = self.scope(right)
        return scope is None or PROVINCE_CODE in scope

    def done(self, request: Request, texts: Mapping[str, str]) -> str | None:
        """Return what the act before this page did, in the officer's language; None without one."""
        text = texts.get(request.query_params.get("done", ""))
        return None if text is None else self.language.translate(text)

    @property
    def is_demo(self) -> bool:
        return self.actor.kind is ActorKind.DEMO


@dataclass(frozen=True, slots=True)
class OfficerPages(ABC):
    """Opens and renders the officers' pages."""

    site: Site

    @abstractmethod
    def find_language(self, request: Request) -> Language: ...
    @abstractmethod
    def find_theme(self, request: Request) -> str: ...
    @abstractmethod
    def render_template(self, visit: OfficerVisit, template: str, values: Mapping[str, Any]) -> str:
        """Return a page in the layout."""

    @abstractmethod
    def resolve(self, visit: OfficerVisit, kind: FieldKind, text: str) -> str:
        """Return the code for which a typed name stands. *Raises*: FaultError if not one record has it."""

    @abstractmethod
    def choice(self, visit: OfficerVisit, kind: FieldKind, code: str) -> str:
        """Return a record as it is typed: by its name."""

    @abstractmethod
    def name_persons(self, visit: OfficerVisit, faults: Sequence[Fault]) -> Sequence[Fault]:
        """Return faults with the names of the persons that they quote by id."""

    def open(
        self,
        request: Request,
        right: Right | None = None,
        organisation: str | None = None,
        done: Mapping[str, str] = NO_TEXTS,
    ) -> OfficerVisit:
        """Return who visits, and what was done before. *Raises*: LoginNeeded; FaultError without the right."""
        actor = find_actor(self.site, request)
        if actor is None or actor.kind not in _VISITORS:
            raise LoginNeeded
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        token = form_token(self.site, request, {}) if actor.session is not None else ""
        today = civil_date(self.site.wiring.now())
        visit = OfficerVisit(actor, self.find_language(request), self.find_theme(request), today, path, token)
        visit = replace(visit, notice=visit.done(request, done))
        set_acting(Acting(actor, today))  # in this thread: what the page records is asked for again
        if right is not None:
            self.authorise(visit, right, organisation)
        return visit

    async def open_form(self, request: Request, right: Right | None, at: str | None = None) -> OfficerVisit:
        """Return who sent a form. *Raises*: LoginNeeded; FaultError if it is not ours, or the officer may not."""
        require_own_page(request)
        return await run_in_threadpool(self.open, request, right, at)

    def check_key(self, visit: OfficerVisit, sent: FormFields) -> str:
        """Return the number of the key that a form was made with. *Raises*: FaultError if it was not made for the officer."""
        return check_form_key(self.site.wiring, visit.actor, form_value(sent, "form_key"))

    def authorise(self, visit: OfficerVisit, right: Right, organisation: str | None = None) -> Decision:
        """Return the decision that allows an act. *Raises*: FaultError if the officer may not."""
        return authorise_actor(self.site.wiring, visit.actor, right, organisation)

    def render(
        self, visit: OfficerVisit, template: str, feedback: FormFeedback = NO_FEEDBACK, **values: Any
    ) -> Response:
        """Render a page in the layout; a template is one of the desk's unless its folder is said."""
        known = {
            "visit": visit,
            "feedback": feedback,
            "form_key": lambda: create_form_key(self.site.wiring, visit.actor),
            "done": visit.notice,
        }
        template = template if "/" in template else f"desk/{template}"
        html = self.render_template(visit, template, known | values)
        return FormPage(html, feedback.status, PRIVATE_HEADERS, feedback.code)

    def render_problem(self, request: Request, problem: Problem) -> Response:
        """Render an error in the layout, with the way back."""
        visit = self.open(request)
        return self.render(visit, "problem.html", FormFeedback(status=problem.status), problem=problem)

    def show_again(
        self,
        visit: OfficerVisit,
        error: FaultError,
        sent: FormFields,
        form: str,
        again: Callable[..., Response],
    ) -> Response:
        """Show a refused form with what was typed. *Raises*: FaultError if the officer may not send it at all."""
        feedback = refuse_form(error, visit.language, form, sent)
        if feedback.status in (401, 403) or feedback.status >= 500:
            raise error
        named = self.name_persons(visit, error.faults)
        lines = [fault_line(fault, visit.language) for fault in named]
        return again(visit, replace(feedback, problems=lines))


def require_confirmation(sent: FormFields) -> None:
    """*Raises*: FaultError unless the officer ticked that the act was checked."""
    if form_value(sent, "checked") != "yes":
        raise FaultError(SENT_FORM_FAULTS.build("unconfirmed", field="checked"))


def build_link(path: str, /, **query: object) -> str:
    """Return an address with the parts of its query that have a value."""
    filled = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(filled)}" if filled else path
