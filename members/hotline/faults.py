"""Faults of the hotline: acts that a case refuses, and what an article lacks."""

from core.faults import FaultError, FaultTable
from core.text_marks import N_


class HotlineRefused(FaultError):
    """An act that a case, or an article, refuses."""


HOTLINE_FAULTS = FaultTable(
    "hotline",
    {
        "unknown_case": (N_("there is no case {value}"), N_("look its number up: yihui hotline list")),
        "own_over": (
            N_("this question is answered, and takes no more words"),
            N_("send a new question, or call 12351"),
        ),
        "no_phone": (
            N_("the union has no phone number of yours"),
            N_("send the question without the wish to be called, or call 12351"),
        ),
        "unknown_topic": (
            N_("there is no such thing among yours to ask about"),
            N_("open the page that it is about, and ask for help there"),
        ),
        "changed": (
            N_("case {value} was changed meanwhile: it is at version {version} now, and you saw {seen}"),
            N_("look at it again (yihui hotline show), and act on what it says now"),
        ),
        "not_now": (
            N_("a case that is {state} can't be changed by: {act}"),
            N_("what is possible now: {possible}"),
        ),
        "not_a_unit": (N_("{value} is not a unit of this case"), N_("name one of its units: {known}")),
        "accepted": (N_("{value} has accepted this case already"), N_("go on with it")),
        "not_accepted": (
            N_("{value} has not accepted this case yet"),
            N_("accept it first: yihui hotline accept"),
        ),
        "done": (N_("{value} has done its part of this case already"), N_("wait for the other unit")),
        "two_units": (
            N_("the case concerns more than one region or department"),
            N_("dispatch it to two units at once: --unit and --assist"),
        ),
        "same_unit": (N_("{value} can't assist itself"), N_("name another unit, or none")),
        "no_reason": (N_("{field}: the reason is missing"), N_("say why, in a sentence")),
        "suspension_day": (
            N_("{field}: a suspension can't end with {value}"),
            N_("name a last day from {first} to {last}"),
        ),
        "suspended_enough": (
            N_("case {value} was suspended for {days} days in all, and more is not allowed"),
            N_("answer it, or close it and say in the answer what is missing"),
        ),
        "too_long": (N_("{field}: the text has {value} characters"), N_("write at most {most}")),
        "no_office": (
            N_("the office that transferred the case is missing"),
            N_("name it, such as 12345: --from"),
        ),
        "not_transferred": (
            N_("only a transferred case comes from another office"),
            N_("say --channel transfer, or leave --from out"),
        ),
        "unknown_organisation": (
            N_("there is no organisation {value}"),
            N_("look it up: yihui organisations list"),
        ),
        "unknown_station": (N_("there is no station {value}"), N_("look it up: yihui stations list")),
        "no_member": (
            N_("case {value} is not about a member, so the ledger has no answer to it"),
            N_("close it in words: yihui hotline close"),
        ),
        "unknown_decision": (
            N_("the ledger has no decision {value} about {member}"),
            N_("look it up: yihui benefits why --member {member}"),
        ),
        "no_answer": (
            N_("the answer is empty"),
            N_("write it; the preview of this act shows what the ledger says"),
        ),
        "one_of_two": (
            N_("an answer is a decision or a rule, and exactly one of them"),
            N_("give --decision or --rule"),
        ),
        "no_vault": (
            N_("a caller's name, number and words are stored encrypted, and there is no key of the vault"),
            N_("make one: yihui members vault create-key; or open the case without them"),
        ),
        "no_caller": (
            N_("nothing personal is stored for case {value}"),
            N_("the caller was anonymous, or the data was deleted when its time was over"),
        ),
        "unknown_article": (
            N_("there is no article {value}"),
            N_("look its number up: yihui hotline articles list"),
        ),
        "article_changed": (
            N_("article {value} was changed meanwhile: it is at version {version} now, and you saw {seen}"),
            N_("look at it again, and write your change into that version"),
        ),
        "empty_search": (N_("nothing is searched for"), N_("type a word or a question")),
        "month": (N_("{field}: “{value}” is no month"), N_("write it as 2026-11")),
    },
)
