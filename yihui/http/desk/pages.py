"""The frame of the officers' pages: who visits, one layout, errors in words, and forms that act once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from core.civil_time import civil_date, parse_civil_date
from core.faults import FaultError
from core.money import format_yuan
from yihui.access.acting import Acting, set_acting
from yihui.access.actor import Actor, ActorKind
from yihui.access.decide import Decision, subtrees
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE
from yihui.frame.cells import short_text
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.desk.named_fields import resolve_named_fields
from yihui.http.desk.navigation import DUTIES, LANGUAGE_COOKIE, NAVIGATION, NavigationEntry, read_theme_choice
from yihui.http.desk.sheet_notes import list_read_notes
from yihui.http.form_acts import (
    NO_FEEDBACK,
    Act,
    ActOutcome,
    Again,
    FormFeedback,
    FormPage,
    LoginNeeded,
    SentForm,
    refuse_form,
    require_own_page,
)
from yihui.http.login.login_request import find_actor, form_token
from yihui.http.pages import Pages, read_language_choice
from yihui.http.site import Site
from yihui.runtime.errors import Problem, fault_line
from yihui.runtime.language import Language
from yihui.services.access.authorisation import authorise_actor, authorise_everywhere
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.desk.form_submissions import (
    check_form_key,
    create_form_key,
    record_member_readings,
)
from yihui.services.desk.record_names import RecordNames, load_record_names
from yihui.services.stations.texts import StationTexts, StationTextsCache
from yihui.views.actors import actor_label
from yihui.views.names import account_label, organisation_label, rule_label
from yihui.views.officers import ROLE_LABELS

__all__ = ["NO_FEEDBACK", "Act", "ActOutcome", "Again", "FormFeedback"]  # for the rooms
NO_TEXTS: Mapping[str, str] = {}
_HEADERS = {
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

    def holds_whole(self, right: Right) -> bool:
        """Return whether the officer holds a right for the whole union."""
        scope = self.scope(right)
        return scope is None or PROVINCE_CODE in scope

    @property
    def navigation(self) -> list[NavigationEntry]:
        return [one for one in NAVIGATION if one.right is None or self._may_enter(one, one.right)]

    @property
    def navigation_by_duty(self) -> dict[str, list[NavigationEntry]]:
        """Return the officer's rooms by duty, without the duties that have none."""
        rooms = self.navigation
        found = {duty: [one for one in rooms if one.duty == duty] for duty in DUTIES}
        return {duty: ones for duty, ones in found.items() if ones}

    @property
    def room(self) -> NavigationEntry | None:
        """Return the room in which the page lies; None for a page outside of them, such as a search."""
        path = self.path.split("?")[0]
        return next((one for one in self.navigation if one.holds_page(path)), None)

    def _may_enter(self, entry: NavigationEntry, right: Right) -> bool:
        return self.holds_whole(right) if entry.is_whole else self.holds(right)

    def done(self, request: Request, texts: Mapping[str, str]) -> str | None:
        """Return what the act before this page did, in the officer's language; None without one."""
        text = texts.get(request.query_params.get("done", ""))
        if text is None:
            return None
        read = list_read_notes(request.query_params, self.language)
        return " ".join((self.language.translate(text), *read))

    @property
    def is_demo(self) -> bool:
        return self.actor.kind is ActorKind.DEMO


@dataclass(frozen=True, slots=True)
class OfficerPages:
    """Renders the officers' pages and carries out their forms."""

    site: Site
    pages: Pages = field(default_factory=Pages)
    _station_texts: StationTextsCache = field(default_factory=StationTextsCache)

    def add_page(
        self,
        made: APIRouter,
        path: str,
        right: Right,
        show: Again,
        done: Mapping[str, str] = NO_TEXTS,
        organisation: str | None = None,
    ) -> None:
        """Add the route of a page; ``done`` are the texts of the acts that lead to it."""

        def page(request: Request) -> Response:
            return show(self.open(request, right, organisation, done), NO_FEEDBACK, **request.path_params)

        made.add_api_route(path, page, methods=["GET"])

    def add_form(self, made: APIRouter, path: str, right: Right, form: str, act: Act, again: Again) -> None:
        """Add the route of a form; its name may hold what the address names."""

        async def submit(request: Request) -> Response:
            named = request.path_params
            carry_out, show = partial(act, **named), partial(again, **named)
            return await self.submit(request, right, form.format(**named), carry_out, show)

        made.add_api_route(path, submit, methods=["POST"])

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
        wiring = self.site.wiring
        language = self.find_language(request)
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        token = form_token(self.site, request, {}) if actor.session is not None else ""
        today = civil_date(wiring.now())
        visit = OfficerVisit(actor, language, read_theme_choice(request), today, path, token)
        visit = replace(visit, notice=visit.done(request, done))
        set_acting(Acting(actor, today))  # in this thread: what the page records is asked for again
        if right is not None:
            self.authorise(visit, right, organisation)
        return visit

    def authorise(self, visit: OfficerVisit, right: Right, organisation: str | None = None) -> Decision:
        """Return the decision that allows an act. *Raises*: FaultError if the officer may not."""
        return authorise_actor(self.site.wiring, visit.actor, right, organisation)

    def authorise_act(
        self, visit: OfficerVisit, right: Right, kind: str, *named: str
    ) -> tuple[Decision, Sequence[str]]:
        """Return the decision that allows an act on something, and the organisations that it concerns.

        *Raises*: FaultError unless the officer acts for all of them.
        """
        from yihui.services.access.act_places import find_act_places

        wiring = self.site.wiring
        places = [place for one in named for place in find_act_places(wiring, kind, one)]
        return authorise_everywhere(wiring, visit.actor, right, places), places

    def station_texts(self) -> StationTexts:
        """Return the texts of the stations in memory."""
        return self._station_texts.get(self.site.snapshots.current().stations)

    def resolve_names(self, visit: OfficerVisit, sent: FormFields) -> FormFields:
        """Return a form's fields with codes in place of names. *Raises*: FaultError with each name that isn't unique."""
        return resolve_named_fields(self.site, visit.actor, sent, self.station_texts)

    def organisation_code(self, visit: OfficerVisit, text: str) -> str:
        """Return the code of an organisation that a filter names. *Raises*: FaultError if not one has the name."""
        from yihui.services.desk.choices import resolve_organisation

        return resolve_organisation(self.site.wiring, visit.actor, text)

    def member_id(self, visit: OfficerVisit, text: str) -> str:
        """Return the id of a member whom a field names. *Raises*: FaultError if not one has the name or number."""
        from yihui.services.members.finding import resolve_member

        return resolve_member(self.site.wiring, visit.actor, text)

    def member_choice(self, visit: OfficerVisit, member: str) -> str:
        """Return a member as she is chosen in a field; the id alone of one who is not the officer's."""
        from yihui.services.members.finding import describe_member

        return describe_member(self.site.wiring, visit.actor, member)

    def station_number(self, visit: OfficerVisit, text: str) -> str:
        """Return the number of a station that a field names. *Raises*: FaultError if not one has the name."""
        from yihui.services.desk.choices import resolve_station

        return resolve_station(self.site.wiring, visit.actor, text, self.station_texts())

    def own_areas(self, visit: OfficerVisit) -> frozenset[str]:
        """Return the codes of the areas whose stations the officer may see."""
        scope = self.scope(visit, Right.READ_STATIONS)
        return frozenset(code for code in self.site.place_names() if scope.covers_district(code))

    def area_code(self, visit: OfficerVisit | None, text: str) -> str:
        """Return the code of an area, or its beginning, that a field names. *Raises*: FaultError if not one has the name."""
        from yihui.services.desk.choices import resolve_area

        return resolve_area(self.site.place_names(), text, self.own_areas(visit) if visit else ())

    def area_choice(self, begin: str) -> str:
        """Return the beginning of an area's code as a choice by name, if it is the area's own."""
        code = begin.ljust(6, "0")
        name = self.site.place_names().get(code)
        return f"{name}（{code}）" if begin and name else begin

    def record_names(self) -> RecordNames:
        """Return what finds the names of records that a page states by their ids."""
        return load_record_names(self.site.wiring, self.site.place_names())

    def scope(self, visit: OfficerVisit, right: Right) -> OfficerScope:
        """Return where the officer holds a right."""
        return OfficerScope(visit.scope(right), visit.day)

    def render(
        self, visit: OfficerVisit, template: str, feedback: FormFeedback = NO_FEEDBACK, **values: Any
    ) -> Response:
        """Render a page in the layout; a template is one of the desk's unless its folder is said."""
        html = self.pages.render(
            template if "/" in template else f"desk/{template}",
            visit.language,
            visit=visit,
            feedback=feedback,
            form_key=lambda: create_form_key(self.site.wiring, visit.actor),
            yuan=format_yuan,
            clock=lambda at: short_text(at, visit.language, visit.day),
            roles=ROLE_LABELS,
            link=build_link,
            rights=Right,
            **_name_functions(self.record_names(), visit.language),
            area_choice=self.area_choice,
            **{"done": visit.notice, **values},
        )
        return FormPage(html, feedback.status, _HEADERS, feedback.code)

    def find_language(self, request: Request) -> Language:
        return self.site.choose_language(
            read_language_choice(request, LANGUAGE_COOKIE), request.headers.get("accept-language", "")
        )

    def render_problem(self, request: Request, problem: Problem) -> Response:
        """Render an error in the layout, with the way back."""
        visit = self.open(request)
        return self.render(visit, "problem.html", FormFeedback(status=problem.status), problem=problem)

    async def submit(
        self, request: Request, right: Right | None, form: str, act: Act, again: Again
    ) -> Response:
        """Carry out a form's act once and redirect to what it led to; show a refused form again.

        Without a right the act is on what is the officer's own.
        *Raises*: LoginNeeded; FaultError if the form is not ours, or the officer may not.
        """
        visit = await self.open_form(request, right)
        sent = await read_form(request)
        return await self.carry_out(visit, sent, right, form, act, again)

    async def open_form(self, request: Request, right: Right | None) -> OfficerVisit:
        """Return who sent a form. *Raises*: LoginNeeded; FaultError if it is not ours, or the officer may not."""
        require_own_page(request)
        return await run_in_threadpool(self.open, request, right)

    def check_key(self, visit: OfficerVisit, sent: FormFields) -> str:
        """Return the number of the key that a form was made with. *Raises*: FaultError if it was not made for the officer."""
        return check_form_key(self.site.wiring, visit.actor, form_value(sent, "form_key"))

    async def carry_out(
        self, visit: OfficerVisit, sent: FormFields, right: Right | None, form: str, act: Act, again: Again
    ) -> Response:
        """Carry out the act of a form that was read, when the turn of its write comes."""
        return await self.site.write_queue.run(self._submit, visit, sent, right, form, act, again)

    def _submit(
        self, visit: OfficerVisit, sent: FormFields, right: Right | None, form: str, act: Act, again: Again
    ) -> Response:
        sent_form = SentForm.build(self.site.wiring, visit, form, sent, _HEADERS, right)

        def work() -> ActOutcome | str:
            if right is not None:
                self.authorise(visit, right)
            return act(visit, self.resolve_names(visit, sent))

        return sent_form.carry_out(work, lambda error: self.show_again(visit, error, sent, form, again))

    def show_again(
        self, visit: OfficerVisit, error: FaultError, sent: FormFields, form: str, again: Again
    ) -> Response:
        """Show a refused form with what was typed. *Raises*: FaultError if the officer may not send it at all."""
        from yihui.services.members.finding import name_persons

        feedback = refuse_form(error, visit.language, form, sent)
        if feedback.status in (401, 403) or feedback.status >= 500:
            raise error
        named = name_persons(self.site.wiring, visit.actor, error.faults, visit.language)
        lines = [fault_line(fault, visit.language) for fault in named]
        return again(visit, replace(feedback, problems=lines))

    def record_reading(self, visit: OfficerVisit, right: Right, *members: str) -> None:
        """Record in the audit log that the officer read members' data, one entry for each of them."""
        record_member_readings(self.site.wiring, visit.actor, right, members)


def _name_functions(names: RecordNames, language: Language) -> dict[str, Callable[..., object]]:
    """Return the functions by which templates say a name in place of an id."""
    return {
        "rules_by_title": lambda: sorted((title, id_) for id_, title in names.list_rules().items()),
        "officer_name": lambda who: actor_label(who, language, names),
        "organisation_choice": lambda code: (
            f"{name}（{code}）" if (name := names.organisation(code)) else code
        ),
        "organisation_name": lambda code: organisation_label(code, names),
        "rule_title": lambda rule: rule_label(rule, names),
        "account_name": lambda account: account_label(account, names, language),
    }


def require_confirmation(sent: FormFields) -> None:
    """*Raises*: FaultError unless the officer ticked that the act was checked."""
    if form_value(sent, "checked") != "yes":
        raise FaultError(FORM_FAULTS.build("unconfirmed", field="checked"))


def read_day(sent: FormFields, name: str) -> date | None:
    """Return the day of a field; None if it is empty. *Raises*: FaultError."""
    text = form_value(sent, name)
    day = parse_civil_date(text) if text else None
    if text and day is None:
        raise FaultError(FORM_FAULTS.build("day", field=name, value=text[:40]))
    return day


def require_value(sent: FormFields, name: str, label: str) -> str:
    """Return a field. *Raises*: FaultError if it is empty."""
    if not (value := form_value(sent, name)):
        raise FaultError(FORM_FAULTS.build("missing", field=name, terms={"field": label}))
    return value


def build_link(path: str, /, **query: object) -> str:
    """Return an address with the parts of its query that have a value."""
    filled = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(filled)}" if filled else path


def login_redirect(request: Request) -> Response:
    """Lead to the log-in, and from there back to the page; after a form, to the page that had it."""
    path = request.url.path if request.method in ("GET", "HEAD") else "/desk"
    query = f"?{request.url.query}" if request.url.query and path != "/desk" else ""
    return RedirectResponse(f"/desk/login?{urlencode({'next': path + query})}", 303, _HEADERS)
