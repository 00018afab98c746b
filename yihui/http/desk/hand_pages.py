"""The desk around the officers' pages: navigation, names in place of codes, and pages and forms made by hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from core.civil_time import parse_civil_date
from core.faults import Fault, FaultError
from core.money import format_yuan
from yihui.access.decide import Decision
from yihui.access.roles import Right
from yihui.frame.cells import short_text
from yihui.frame.feedback import NO_FEEDBACK, SENT_FORM_FAULTS
from yihui.frame.fields import FieldKind
from yihui.frame.pages import NO_TEXTS, PRIVATE_HEADERS, OfficerPages, OfficerVisit, build_link
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.named_fields import resolve_named_fields
from yihui.http.desk.navigation import LANGUAGE_COOKIE, describe_rooms, read_theme_choice
from yihui.http.form_acts import Act, ActOutcome, Again, SentForm
from yihui.http.pages import Pages, read_language_choice
from yihui.runtime.language import Language
from yihui.services.access.authorisation import authorise_everywhere
from yihui.services.access.officer_scope import OfficerScope
from yihui.services.desk.record_names import RecordNames, load_record_names
from yihui.services.stations.texts import StationTexts, StationTextsCache
from yihui.views.actors import actor_label
from yihui.views.names import organisation_label, rule_label
from yihui.views.officers import ROLE_LABELS


@dataclass(frozen=True, slots=True)
class HandPages(OfficerPages):
    """The officers' pages of a site; those by hand carry out their forms themselves."""

    pages: Pages = field(default_factory=Pages)
    _station_texts: StationTextsCache = field(default_factory=StationTextsCache)

    def find_language(self, request: Request) -> Language:
        return self.site.choose_language(
            read_language_choice(request, LANGUAGE_COOKIE), request.headers.get("accept-language", "")
        )

    def find_theme(self, request: Request) -> str:
        return read_theme_choice(request)

    def render_template(self, visit: OfficerVisit, template: str, values: Mapping[str, Any]) -> str:
        names, language = self.record_names(), visit.language
        known = {
            **describe_rooms(visit),
            "yuan": format_yuan,
            "clock": lambda at: short_text(at, language, visit.day),
            "roles": ROLE_LABELS,
            "link": build_link,
            "rights": Right,
            "area_choice": self.area_choice,
            "rules_by_title": lambda: sorted((title, id_) for id_, title in names.list_rules().items()),
            "officer_name": lambda who: actor_label(who, language, names),
            "organisation_choice": self.organisation_choice,
            "organisation_name": lambda code: organisation_label(code, names),
            "rule_title": lambda rule: rule_label(rule, names),
        }
        return self.pages.render(template, language, **{**known, **values})

    def resolve(self, visit: OfficerVisit, kind: FieldKind, text: str) -> str:
        from yihui.services.desk.choices import resolve_area, resolve_organisation, resolve_station
        from yihui.services.members.finding import resolve_member

        wiring = self.site.wiring
        if kind is FieldKind.ORGANISATION:
            return resolve_organisation(wiring, visit.actor, text)
        if kind is FieldKind.STATION:
            return resolve_station(wiring, visit.actor, text, self.station_texts())
        if kind is FieldKind.MEMBER:
            return resolve_member(wiring, visit.actor, text)
        return resolve_area(self.site.place_names(), text, self.own_areas(visit))

    def choice(self, visit: OfficerVisit, kind: FieldKind, code: str) -> str:
        from yihui.services.members.finding import describe_member

        if kind is FieldKind.MEMBER:
            return describe_member(self.site.wiring, visit.actor, code)
        return self.organisation_choice(code) if kind is FieldKind.ORGANISATION else self.area_choice(code)

    def name_persons(self, visit: OfficerVisit, faults: Sequence[Fault]) -> Sequence[Fault]:
        from yihui.services.members.finding import name_persons

        return name_persons(self.site.wiring, visit.actor, faults, visit.language)

    def organisation_choice(self, code: str) -> str:
        """Return an organisation by its name, with the code that tells it from another of the same."""
        name = self.record_names().organisation(code) if code else ""
        return f"{name}（{code}）" if name else code

    def area_choice(self, begin: str) -> str:
        """Return the beginning of an area's code as a choice by name, if it is the area's own."""
        code = begin.ljust(6, "0")
        name = self.site.place_names().get(code)
        return f"{name}（{code}）" if begin and name else begin

    def own_areas(self, visit: OfficerVisit) -> frozenset[str]:
        """Return the codes of the areas whose stations the officer may see."""
        scope = self.scope(visit, Right.READ_STATIONS)
        return frozenset(code for code in self.site.place_names() if scope.covers_district(code))

    def station_texts(self) -> StationTexts:
        """Return the texts of the stations in memory."""
        return self._station_texts.get(self.site.snapshots.current().stations)

    def record_names(self) -> RecordNames:
        """Return what finds the names of records that a page states by their ids."""
        return load_record_names(self.site.wiring, self.site.place_names())

    def scope(self, visit: OfficerVisit, right: Right) -> OfficerScope:
        """Return where the officer holds a right."""
        return OfficerScope(visit.scope(right), visit.day)

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

    async def carry_out(
        self, visit: OfficerVisit, sent: FormFields, right: Right | None, form: str, act: Act, again: Again
    ) -> Response:
        """Carry out the act of a form that was read, when the turn of its write comes."""
        return await self.site.write_queue.run(self._submit, visit, sent, right, form, act, again)

    def _submit(
        self, visit: OfficerVisit, sent: FormFields, right: Right | None, form: str, act: Act, again: Again
    ) -> Response:
        sent_form = SentForm.build(self.site.wiring, visit, form, sent, PRIVATE_HEADERS, right)

        def work() -> ActOutcome | str:
            if right is not None:
                self.authorise(visit, right)
            return act(visit, resolve_named_fields(self.site, visit.actor, sent, self.station_texts))

        return sent_form.carry_out(work, lambda error: self.show_again(visit, error, sent, form, again))


def read_day(sent: FormFields, name: str) -> date | None:
    """Return the day of a field; None if it is empty. *Raises*: FaultError."""
    text = form_value(sent, name)
    day = parse_civil_date(text) if text else None
    if text and day is None:
        raise FaultError(SENT_FORM_FAULTS.build("day", field=name, value=text[:40]))
    return day


def require_value(sent: FormFields, name: str, label: str) -> str:
    """Return a field. *Raises*: FaultError if it is empty."""
    if not (value := form_value(sent, name)):
        raise FaultError(SENT_FORM_FAULTS.build("missing", field=name, terms={"field": label}))
    return value


def login_redirect(request: Request) -> Response:
    """Lead to the log-in, and from there back to the page; after a form, to the page that had it."""
    path = request.url.path if request.method in ("GET", "HEAD") else "/desk"
    query = f"?{request.url.query}" if request.url.query and path != "/desk" else ""
    return RedirectResponse(f"/desk/login?{urlencode({'next': path + query})}", 303, PRIVATE_HEADERS)
