"""/me/help: ask the union from any page, with what it is about filled in; the state of each question."""

from fastapi import APIRouter, Response

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from members.hotline.faults import HOTLINE_FAULTS
from members.hotline.terms import TERMS
from yihui.cases.hotline.forms import LONGEST_SUMMARY
from yihui.cases.hotline.own import (
    HelpTopic,
    OwnQuestion,
    add_words,
    find_help_topic,
    list_own_cases,
    load_own_case,
    open_own_case,
)
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.appearance import HELP_PAGES
from yihui.http.me.files import read_number
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.runtime.language import Language
from yihui.services.access.member_codes import read_own_phone_mask
from yihui.services.applications.own_applications import (
    list_own_notices,
    load_applicable_rule,
    load_own_application,
)
from yihui.services.attachments.attachments import find_own_file
from yihui.services.benefits.own_decisions import explain_undecided_rule
from yihui.services.benefits.own_participation import load_own_draw, load_own_poll

HELP_PATH = "/me/help"
LONGEST_QUESTION, LONGEST_MORE = 120, 2_000
_OBJECTION = N_("objection to application {number} on public notice ({programme} {year})")
_DONE = {
    "sent": N_("Your question has reached the union. You see its state below."),
    "objected": N_("Your objection has reached the union. You see its state below."),
    "added": N_("Your words were added."),
}


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/help", _show_help)
    pages.add_form(made, "/help", "question", _send, _show_again)
    pages.add_page(made, "/help/{number}", _show_question)
    pages.add_form(made, "/help/{number}/words", "words", _add_words, _show_question)


def _show_help(visit: MemberVisit, feedback: FormFeedback, about: str | None = None) -> Response:
    """Show the form for a question, the hotline's number, and the member's questions with their states."""
    from yihui.views.own_cases import OWN_STATES

    about = visit.request.query_params.get("about", "") if about is None else about
    wiring, language = visit.wiring, visit.language
    topic = _find_topic(visit, about, language)
    is_objection = topic is not None and topic.kind == "notice"
    return visit.page(
        "help.html",
        feedback,
        about=about,
        topic=topic,
        is_objection=is_objection,
        category=feedback.value("question", "category", topic.category if topic else "other"),
        categories={name: language.title(terms.title) for name, terms in TERMS.items()},
        longest=LONGEST_QUESTION,
        longest_more=LONGEST_MORE,
        phone=read_own_phone_mask(wiring, visit.member),
        cases=[(one, civil_date(one.opened_at)) for one in list_own_cases(wiring, visit.member)],
        states=OWN_STATES,
        done=visit.done(_DONE),
    )


def _show_again(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Show the form with what was typed; about nothing in particular, if a notice that it was about is over."""
    about = form_value(feedback.sent, "about")
    try:
        return _show_help(visit, feedback, about)
    except FaultError:
        if not about.startswith("notice:"):
            raise
        return _show_help(visit, feedback, "")


def _show_question(visit: MemberVisit, feedback: FormFeedback, number: str) -> Response:
    from yihui.views.own_cases import OWN_STATES, own_case_steps

    found = load_own_case(visit.wiring, visit.member, read_number(number))
    return visit.page(
        "help_question.html",
        feedback,
        case=found.case,
        state=visit.language.translate(OWN_STATES[found.case.state]),
        steps=own_case_steps(found, visit.language),
        takes_words=found.takes_words,
        longest_more=LONGEST_MORE,
        done=visit.done(_DONE),
    )


def _add_words(visit: MemberVisit, sent: FormFields, number: str) -> str:
    case = read_number(number)
    add_words(visit.wiring, visit.actor, case, form_value(sent, "text"))
    return f"{HELP_PATH}/{case}?done=added"


def _find_topic(visit: MemberVisit, about: str, language: Language) -> HelpTopic | None:
    """Return what a question is about, in a language; None for nothing in particular. *Raises*: FaultError (404)."""
    if not about:
        return None
    kind, _, name = about.partition(":")
    if kind == "page":
        if name not in HELP_PAGES:
            raise FaultError(HOTLINE_FAULTS.build("unknown_topic"))
        return HelpTopic(kind, language.translate(HELP_PAGES[name]), "other")
    if kind == "notice":
        return _find_notice(visit, read_number(name), language)
    if (title := _find_title(visit, kind, name, language)) is not None:
        return HelpTopic(kind, title, "benefit")
    return find_help_topic(visit.wiring, visit.member, kind, name)


def _find_title(visit: MemberVisit, kind: str, name: str, language: Language) -> str | None:
    """Return the title of the member's application, draw or file, of a form or a poll; None for other kinds.

    *Raises*: FaultError.
    """
    wiring = visit.wiring
    match kind:
        case "application":
            one = load_own_application(wiring, visit.member, read_number(name)).listed
            return language.render(N_("{programme} {year}"), programme=one.programme, year=one.year)
        case "rule":
            return load_applicable_rule(wiring, visit.member, name, visit.today).form.rule.definition.title
        case "undecided":
            return explain_undecided_rule(wiring, visit.member, name).rule.title
        case "poll":
            return load_own_poll(wiring, visit.member, name).state.poll.title
        case "draw":
            return load_own_draw(wiring, visit.member, name).part.title
        case "file":
            return find_own_file(wiring, visit.member, read_number(name)).title
    return None


def _find_notice(visit: MemberVisit, number: int, language: Language) -> HelpTopic:
    """Return the topic of an objection to what is on notice now; its title names nobody. *Raises*: FaultError (404) else."""
    from yihui.views.member_applications import notice_title

    for line in list_own_notices(visit.wiring, visit.member, visit.today):
        if line.listed.number == number and line.listed.member != visit.member:
            one = line.listed
            named = language.render(_OBJECTION, number=number, programme=one.programme, year=one.year)
            return HelpTopic(
                "notice",
                named,
                "benefit",
                application=number,
                shown=notice_title(line, visit.member, language),
            )
    raise FaultError(HOTLINE_FAULTS.build("unknown_topic"))


def write_summary(title: str, text: str) -> str:
    """Return a question after what it is about; a title that leaves it no room ends with an ellipsis."""
    room = LONGEST_SUMMARY - len(text) - len(": ")
    return f"{title if len(title) <= room else title[: room - 1] + '…'}: {text}"


def _send(visit: MemberVisit, sent: FormFields) -> str:
    """Open a case. What it is about stands before the question, in the union's language."""
    wiring = visit.wiring
    topic, text = _find_topic(visit, form_value(sent, "about"), wiring.language), form_value(sent, "text")
    question = OwnQuestion(
        write_summary(topic.title, text) if topic and text else text,
        form_value(sent, "category"),
        topic.station if topic else None,
        topic.application if topic else None,
        form_value(sent, "more"),
        form_value(sent, "call") == "yes",
    )
    open_own_case(wiring, visit.actor, question, visit.request_key(sent))
    is_objection = topic is not None and topic.kind == "notice"
    return f"{HELP_PATH}?done={'objected' if is_objection else 'sent'}"
