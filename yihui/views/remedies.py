"""The act of a member that mends what stands in the way, as a link to its page."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from core.text_marks import N_
from yihui.runtime.language import Language


@dataclass(frozen=True, slots=True)
class Remedy:
    """An act that mends something: a link's text and the address of its page."""

    label: str
    path: str


@dataclass(frozen=True, slots=True)
class AdvisedReason:
    """What stands in the way, what can be done about it, and the act that mends it."""

    text: str
    advice: str
    remedy: Remedy | None


_CORRECT_LABEL = N_("Correct my data")
_CORRECT = Remedy(_CORRECT_LABEL, "/me/data#correct")
_CERTIFICATE = Remedy(N_("Hand in a certificate"), "/me/certificates")
_APPLY = Remedy(N_("Apply"), "/me/apply")
_TRANSFER = Remedy(N_("Transfer my membership"), "/me/membership")
_MEMBERSHIP = Remedy(N_("Look at my membership"), "/me/membership")
_CARD = Remedy(N_("Look at my card"), "/me/card")
_TAKE_PART = Remedy(N_("Polls, draws and points"), "/me/take-part/polls")
_HELD = Remedy(N_("Look at what I have"), "/me")
_OTHERS = Remedy(N_("Look at my other benefits"), "/me/decisions")
_HELP = N_("Ask my union")
_ASK = Remedy(_HELP, "/me/help/about/union/ask")


def _correct(fact: str) -> Remedy:
    """Return the form for the correction of a fact."""
    return Remedy(_CORRECT_LABEL, f"/me/data/facts/{fact}/correct")


# Pages as the advice of shipped rules names them: the title on this site, and the act there.
_NAMED_PAGES: Mapping[str, tuple[str, Remedy]] = {
    "入会转会": (N_("My membership"), _MEMBERSHIP),
    "会员卡": (N_("My card"), _CARD),
    "我的资料": (N_("My data"), _CORRECT),
    "医疗互助": (N_("Apply"), _APPLY),
    "技能提升": (N_("Apply"), _APPLY),
}
# By the beginning of a fact's path: the act with which a member changes it. The first that fits counts.
_BY_FACT: Mapping[str, Remedy] = {
    "member.birthday": _correct("birthday"),
    "member.age": _correct("birthday"),
    "member.joined_on": _correct("joined_on"),
    "member.months": _correct("joined_on"),
    "member.trade": _correct("trade"),
    "member.employ": _CORRECT,
    "member.skill_level": _CERTIFICATE,
    "member.honours": _CERTIFICATE,
    "event.certificate": _ASK,  # the office that certifies sends this event; a case doesn't bring it about
    "member.hardship_level": _APPLY,
    "member.mutual_aid_year": _APPLY,
    "application.": _APPLY,
    "member.organisation": _TRANSFER,
    "member.district": _TRANSFER,
    "member.status": _MEMBERSHIP,
    "member.card": _CARD,
    "member.polls": _TAKE_PART,
}
# By the type of the event that the rule decides on: with what the member brings such an event about.
_BY_EVENT: Mapping[str, Remedy] = {
    "application.": _APPLY,
    "poll.": _TAKE_PART,
    "campaign.": _TAKE_PART,
    "member.birthday": _correct("birthday"),
    "member.card_activated": _CARD,
    "member.skill_certified": _ASK,
    "member.honoured": _CERTIFICATE,
}
# By the code of a refusal that no condition gave.
_BY_REFUSAL: Mapping[str, Remedy] = {
    "limit-reached": _HELD,
    "others-wait": _TAKE_PART,
    "waits-already": _TAKE_PART,
    "entries-closed": _TAKE_PART,
    "entered-already": _TAKE_PART,
    "needs-other": _OTHERS,
    "not-with-other": _OTHERS,
    "better-given": _OTHERS,
}


def find_remedy(
    paths: Iterable[str], has_page: Callable[[str], bool], advice: str = "", event_type: str = ""
) -> Remedy | None:
    """Return the act that mends a condition; None if no page of this site does.

    The page that the rule's advice names comes first, then the act that changes a fact which was read, then the one
    that brings about the event of the rule, where one of its facts was read.
    """
    paths = list(paths)
    named = [remedy for name, (_, remedy) in _NAMED_PAGES.items() if f"“{name}”页" in advice]
    by_fact = [one for path in paths for start, one in _BY_FACT.items() if path.startswith(start)]
    reads_event = any(path.startswith("event.") for path in paths)
    by_event = [one for start, one in _BY_EVENT.items() if reads_event and event_type.startswith(start)]
    return next((one for one in (*named, *by_fact, *by_event) if has_page(one.path)), None)


def refusal_remedy(code: str, decision: str) -> Remedy:
    """Return the act for a refusal that no condition gave; the union answers about places and money."""
    return _BY_REFUSAL.get(code) or help_remedy(decision)


def help_remedy(id: str, kind: str = "decision") -> Remedy:
    """Return the question to the union about a decision, or about another thing of the member's."""
    return Remedy(_HELP, f"/me/help/about/{kind}:{id}/ask")


def advice_text(advice: str, language: Language) -> str:
    """Return a rule's advice with the titles that its pages have on this site."""
    text = language.translate(advice) if advice else ""
    for name, (title, _) in _NAMED_PAGES.items():
        text = text.replace(f"“{name}”页", f"“{language.translate(title)}”页")
    return text
