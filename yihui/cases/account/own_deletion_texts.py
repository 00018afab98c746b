"""Say to a member what goes when she deletes her data, what must stay and why, and what must be finished before.

*Source*: Personal Information Protection Law (in force since 2021-11-01), article 47, second paragraph: while a term of
storage in a law or an administrative regulation runs, data are only stored and protected; article 51: internal rules and
permissions for who works with data; article 69: the handler must prove that it is not at fault. The Measures for Accounting Archives
(Order 79 of 2015, https://www.gov.cn/gongbao/content/2016/content_5041555.htm) are rules of ministries, so that the
page names the Accounting Law too, which has accounting data kept as archives; their annex sets 30 years for vouchers and books.
Cybersecurity Law as amended with effect of 2026-01-01, article 23 (3), until then article 21 (3)
(https://www.cac.gov.cn/2025-12/29/c_1768735112911946.htm): logs of the network are stored for at least six months.
"""

from collections.abc import Mapping, Sequence

from core.money import format_yuan
from core.text_marks import N_
from yihui.runtime.language import Language
from yihui.services.members.erasure import DeletionObstacle, DeletionPreview, ObstacleKind

DELETED_KINDS: Sequence[str] = (
    N_("name, ID number and phone number"),
    N_("membership, birthday, trade, employer and all other facts"),
    N_("applications with their papers, appeals in your own words, named answers to polls"),
    N_("certificates with their files, and what you asked the union in your own words"),
    N_("cards, links to other apps, reminders and your choices"),
    N_("places on waiting lists and in draws that are not drawn yet, and codes that can be shown"),
    N_("your log-ins on all phones, and what this site stored on this phone"),
)


# Data that must stay: what, why with the law or document, and until when.
RETAINED_KINDS: Sequence[tuple[str, str, str]] = (
    (
        N_("What was granted, used and paid, under a code without your name"),
        N_(
            "The accounts must add up and can be audited: Accounting Law, and Measures for Accounting Archives "
            "(Order 79 of the Ministry of Finance and the National Archives Administration)."
        ),
        N_("30 years for vouchers and books of account"),
    ),
    (
        N_("Enrolments and claims of mutual aid and the sums of hardship files, under a code without names"),
        N_("They are the grounds of what was paid, and belong to its accounts (the same measures)."),
        N_("as long as those accounts"),
    ),
    (
        N_("Who worked with your data and when, without the reasons"),
        N_("It must be possible to prove it: Personal Information Protection Law, articles 51 and 69."),
        N_("no end is set; the Cybersecurity Law, article 23, asks for at least six months"),
    ),
    (
        N_("That your data were deleted, and when"),
        N_("The union must be able to prove it: Personal Information Protection Law, article 69."),
        N_("no end is set"),
    ),
    (
        N_("Answers to secret polls"),
        N_("They never had a name, so that nobody can tell which are yours."),
        N_("as long as the poll's result"),
    ),
    (
        N_("Copies that were saved before today"),
        N_("A backup is never changed. If one is read back, your union must delete your data again."),
        N_("until your union deletes the copy; ask it for how long copies are kept"),
    ),
)

_OBSTACLES: Mapping[ObstacleKind, tuple[str, str]] = {
    "payment": (
        N_("{amount} yuan are on their way to you: {title}"),
        N_("until the bank has confirmed the payment"),
    ),
    "debt": (N_("You still have to pay {amount} yuan back: {title}"), N_("until it is paid or waived")),
    "application": (
        N_("Your application is not decided: {title}"),
        N_("until it is decided, or you withdraw it"),
    ),
    "appeal": (N_("Your appeal of {title} has no answer yet"), N_("until your union has answered")),
    "aid_claim": (
        N_("Your claim of mutual aid of {title} is not decided"),
        N_("until your union has decided"),
    ),
    "case": (N_("Your request or question is open: {title}"), N_("until it is closed")),
}


def obstacle_texts(preview: DeletionPreview, language: Language) -> list[tuple[str, str]]:
    """Return what must be finished before the data can be deleted, each with until when it waits."""
    return [_texts(one, language) for one in preview.obstacles]


def _texts(one: DeletionObstacle, language: Language) -> tuple[str, str]:
    text, until = _OBSTACLES[one.kind]
    amount = "" if one.amount_fen is None else format_yuan(one.amount_fen)
    ends = [language.translate(until)]
    if one.until is not None:
        ends.append(language.render(N_("the union's day for the next step is {day}"), day=one.until))
    title = one.title
    if one.year is not None:
        title = language.render(N_("{programme} {year}"), programme=title, year=one.year)
    return language.render(text, title=title, amount=amount), language.join_clauses(ends)
