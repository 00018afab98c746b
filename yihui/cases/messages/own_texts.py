"""Render a member's messages as sentences, in the language of the member who reads them."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from core.money import format_yuan
from core.text_marks import N_
from yihui.frame.cells import cell_text
from yihui.runtime.language import Language
from yihui.services.members.certificates import parse_summary
from yihui.services.messages.member_messages import MemberMessage
from yihui.views.outcomes import fact_title

_SENTENCES: Mapping[tuple[str, str], str] = {
    ("decision", "granted"): N_("You get: {title}."),
    ("decision", "refused"): N_("You don't get: {title}. The page of the decision says why."),
    ("decision", "entered"): N_("You take part: {title}."),
    ("decision", "waiting"): N_("You are on the waiting list: {title}."),
    ("move", "issue"): N_("{title} was handed out to you."),
    ("move", "redeem"): N_("You used {title}{amount}."),
    ("move", "refund"): N_("{title} was given back to you{amount}."),
    ("move", "pay"): N_("{title} is on its way to your bank account{amount}."),
    ("move", "settle"): N_("{title} was settled{amount}."),
    ("move", "bounce"): N_(
        "The bank sent {title} back{amount}. Your organisation will ask for your account."
    ),
    ("move", "void"): N_("{title} was made void{amount}."),
    ("move", "expire"): N_("{title} has ended{amount}."),
    ("move", "reverse"): N_("{title} was taken back{amount}."),
    ("move", "claw_back"): N_("{title} was taken back, as its terms say{amount}."),
    ("claim", "claimed"): N_("You claimed {title}."),
    ("answer", "upheld"): N_("Your appeal was right: {title} is decided anew."),
    ("answer", "rejected"): N_("Your appeal was answered: the decision on {title} stands."),
    ("application", "submitted"): N_("Your application for {programme} {year} was handed in."),
    ("application", "accepted"): N_("Your application for {programme} {year} passed a review{stage}."),
    ("application", "returned"): N_(
        "Your application for {programme} {year} came back{stage}: something is missing or wrong. Hand it in again by {day}."
    ),
    ("application", "published"): N_("Your application for {programme} {year} is published for objections."),
    ("application", "examined"): N_(
        "Your application for {programme} {year}: objections that are being examined: {objections}."
    ),
    ("application", "confirmed"): N_("Your application for {programme} {year} was confirmed."),
    ("application", "withdrawn"): N_("Your application for {programme} {year} was withdrawn."),
    ("application", "refused"): N_(
        "Your application for {programme} {year} was refused. Its page says why, and how you can appeal."
    ),
    ("application", "appealed"): N_("Your appeal about {programme} {year} was handed in."),
    ("membership", "member.imported"): N_("You were taken over into the members' list."),
    ("membership", "member.joined"): N_("You joined the union."),
    ("membership", "member.transferred"): N_("You changed to another organisation of the union."),
    ("membership", "member.left"): N_("You left the union."),
    ("membership", "member.retired"): N_("You were recorded as retired."),
    ("membership", "member.card_activated"): N_("Your service card was activated."),
    ("membership", "member.skill_certified"): N_("A skill certificate of yours was recorded."),
    ("membership", "member.honoured"): N_("An honour of yours was recorded."),
    ("membership", "course.completed"): N_("You completed a course."),
    ("membership", "poll.completed"): N_("You completed a poll."),
    ("membership", "hardship.reviewed"): N_("Your household's case was reviewed."),
    ("case", "sent"): N_("The union has what you sent: {summary}"),
    ("case", "answered"): N_("The union has answered: {summary}"),
    ("case", "opened"): N_("Your question to 12351 was taken in, number {number}."),
    ("case", "closed"): N_("Your question to 12351, number {number}, was answered."),
    ("request", "refused"): N_("Your request about your membership was refused{because}."),
    ("reminder", "benefit"): N_("A benefit of yours can be used until {day}."),
    ("reminder", "claim"): N_("A benefit of yours can be claimed until {day}."),
    ("reminder", "application"): N_("An application of yours can be handed in again until {day}."),
}
_NAMED_REMINDERS: Mapping[str, str] = {
    "benefit": N_("{titles} can be used until {day}."),
    "claim": N_("{titles} can be claimed until {day}."),
}
_RECORDED = N_("Recorded about you: {facts}.")
_SOMETHING = N_("Something about you was recorded.")


_PATHS: Mapping[str, str] = {
    "decision": "/me/decisions/{}",
    "claim": "/me/decisions/{}",
    "answer": "/me/decisions/{}#appeals",
    "move": "/me/benefits/{}",
    "application": "/me/applications/{}",
    "case": "/me/help/{}",
}
_GENERAL_PATHS: Mapping[str, str] = {
    "case": "/me/help",
    "membership": "/me/data",
    "request": "/me/membership",
    "reminder": "/me",
}


def message_path(one: MemberMessage) -> str:
    """Return the address of the page about what a message says."""
    if one.subject:
        return _PATHS[one.kind].format(quote(one.subject, safe=""))
    return _GENERAL_PATHS[one.kind]


def message_sentence(one: MemberMessage, language: Language) -> str:
    """Return one message as a sentence."""
    template = _SENTENCES.get((one.kind, one.name))
    if one.name in _NAMED_REMINDERS and (titles := one.params.get("titles")):
        assert isinstance(titles, Sequence)
        day = one.params["day"]
        return language.render(_NAMED_REMINDERS[one.name], titles=language.format_list(list(titles)), day=day)
    if template is None and (facts := one.params.get("facts")):
        assert isinstance(facts, Sequence)
        names = [fact_title("member.left", f"member.{name}", language) for name in facts]
        return language.render(_RECORDED, facts=language.format_list(names))
    return language.render(template or _SOMETHING, **_words(one.params, language))


def _words(params: Mapping[str, object], language: Language) -> dict[str, object]:
    fen, stage = params.get("fen"), params.get("stage")
    amount = (
        language.render(N_(", {yuan} yuan"), yuan=format_yuan(fen)) if isinstance(fen, int) and fen else ""
    )
    of_stage = language.render(N_(" ({stage})"), stage=stage) if stage else ""
    reason = params.get("reason")
    because = language.render(N_(": {reason}"), reason=reason) if reason else ""
    summary = cell_text(parse_summary(str(params.get("summary", ""))), language)
    return {**params, "amount": amount, "stage": of_stage, "because": because, "summary": summary}
