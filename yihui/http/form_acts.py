"""Carry out the act of a form once: what it led to, what a refused one shows again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from core.civil_time import civil_date
from core.faults import FaultError
from store import count_commits
from yihui.access.acting import Acting, acting_as, find_unrecorded_entry
from yihui.access.actor import Actor
from yihui.access.audit import MAX_ACT, AuditEntry, check_audit_reason
from yihui.access.decide import AUTHORISATION_FAULTS, Refusal
from yihui.access.form_keys import check_form_key
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.frame.feedback import SENT_FORM_FAULTS, FormPage, LoginNeeded
from yihui.http.body import FormFields, form_value
from yihui.http.errors import invalid_request_problem, problem_for_error
from yihui.http.guard.refusals import note_refusal
from yihui.runtime.errors import Problem
from yihui.runtime.language import Language
from yihui.services.desk.form_submissions import (
    FormAct,
    claim_submission,
    finish_submission,
    withdraw_submission,
)

Again = Callable[..., Response]  # shows a page: it gets the visit, the feedback and what the address names
_LOGIN_CODES = frozenset(
    f"{AUTHORISATION_FAULTS.area}.{code}" for code in (Refusal.NOT_LOGGED_IN, Refusal.STEP_UP)
)


class Visit(Protocol):
    """Who visits a page, as a form of it is carried out."""

    @property
    def actor(self) -> Actor: ...

    @property
    def path(self) -> str: ...


def build_route_class(
    find_language: Callable[[Request], Language],
    render_problem: Callable[[Request, Problem], Response],
    lead_to_login: Callable[[Request], Response],
) -> type[APIRoute]:
    """Build the class of routes of pages: it leads to the log-in, and answers errors with pages in words."""

    def answer_problem(request: Request, error: FaultError | RequestValidationError) -> Response:
        language = find_language(request)
        if isinstance(error, FaultError):
            problem = problem_for_error(error, language)
        else:
            problem = invalid_request_problem(error.errors(), language)
        try:
            return render_problem(request, problem)
        except LoginNeeded:
            return lead_to_login(request)

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Any]:
            handle = super().get_route_handler()

            async def answer(request: Request) -> Response:
                try:
                    response = await handle(request)
                    if isinstance(response, FormPage) and response.refusal_code:
                        note_refusal(request, response.refusal_code)
                    return response
                except LoginNeeded:
                    return lead_to_login(request)
                except (FaultError, RequestValidationError) as error:
                    code = error.faults[0].code if isinstance(error, FaultError) else "request.invalid"
                    note_refusal(request, code)
                    if code in _LOGIN_CODES:
                        return lead_to_login(request)
                    return await run_in_threadpool(answer_problem, request, error)

            return answer

    return PageRoute


@dataclass(frozen=True, slots=True)
class ActOutcome:
    """The page that shows what a form's act led to; what it did to what is stated with ``state_act``.

    ``shown_once`` answers in place of the way to the page: it holds what can't be shown again, such as a key.
    """

    page: str
    shown_once: Response | None = None


# What a form does: it gets the visit, what was sent and what the address names, and returns the page that it leads to.
Act = Callable[..., ActOutcome | str]


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form that an actor sent with its key."""

    wiring: Wiring
    acting: Acting
    form: FormAct
    sent: FormFields
    headers: Mapping[str, str]

    def __repr__(self) -> str:  # what was typed must not reach a log
        return f"SentForm({self.form.act!r})"

    @classmethod
    def build(
        cls,
        wiring: Wiring,
        visit: Visit,
        form: str,
        sent: FormFields,
        headers: Mapping[str, str],
        right: Right | None = None,
    ) -> "SentForm":
        """Return a form of a page: its act is named below the right that it needs, or as the actor's own.

        *Raises*: FaultError if its key was not made for the actor.
        """
        actor, key = visit.actor, check_form_key(wiring, visit.actor, form_value(sent, "form_key"))
        # A form's name may end with a long id, which the entry's object has in full.
        named = f"{right.value if right else 'own'}.{form}"[:MAX_ACT]
        # The act's own transaction records it, with what the act states until then. The form's key stands as the
        # request's id, so that the report of a form that was cut off is found together with what was recorded.
        done = AuditEntry(named, "form", key, request_id=key)
        acting = Acting(actor, civil_date(wiring.now()), done, [(right, None)] if right else [])
        return cls(wiring, acting, FormAct(key, named, visit.path.partition("?")[0]), sent, headers)

    def carry_out(
        self, act: Callable[[], ActOutcome | str], show_again: Callable[[FaultError], Response]
    ) -> Response:
        """Carry the act out unless the key was used before; a refused act gives the key back.

        *Raises*: FaultError if the form was sent before and isn't finished, or was done in part.
        """
        wiring, actor, key = self.wiring, self.acting.actor, self.form.key
        earlier = claim_submission(wiring, actor, self.form)
        if earlier is not None:
            if earlier.outcome is None:
                raise FaultError(SENT_FORM_FAULTS.build("unfinished", field="form_key"))
            return self._redirect(earlier.outcome)
        with count_commits() as count:
            try:
                with acting_as(self.acting):
                    check_audit_reason(form_value(self.sent, "reason"))
                    done = act()
                    outcome = ActOutcome(done) if isinstance(done, str) else done
                    unrecorded = find_unrecorded_entry()
            except FaultError as error:
                if count.commits:  # the key stays claimed, and no fresh form invites to do it all again
                    raise FaultError(
                        [SENT_FORM_FAULTS.build("partly_done", field="form_key"), *error.faults]
                    ) from error
                withdraw_submission(wiring, key)
                return show_again(error)
            except BaseException:
                if not count.commits:
                    withdraw_submission(wiring, key)
                raise
        # The act is done: where it led to is recorded though it ended the actor's own role or session.
        finish_submission(wiring, actor, key, outcome.page, unrecorded)
        return outcome.shown_once or self._redirect(outcome.page)

    def _redirect(self, page: str) -> Response:
        return RedirectResponse(page, 303, dict(self.headers))
