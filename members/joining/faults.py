"""Faults for which a request to join can't go on."""

from core.faults import FaultTable
from core.text_marks import N_

_AGAIN = N_("begin again: scan the organisation's code, or choose the organisation")
JOINING_FAULTS = FaultTable(
    "joining",
    {
        "unknown": (N_("there is no request to join with this number"), _AGAIN),
        "expired": (N_("the request to join ended unconfirmed at {value}"), _AGAIN),
        "locked": (N_("the code was typed wrong {value} times; the request has ended"), _AGAIN),
        "refused": (
            N_("the organisation did not accept this request"),
            N_("ask the organisation for the reason, or choose another one"),
        ),
        "withdrawn": (N_("this request was taken back"), _AGAIN),
        "own_unknown": (N_("there is no such request among yours"), N_("look at the list of your requests")),
        "over": (
            N_("this request is over, and the person joined by it"),
            N_("nothing is left to do; the member's card shows the organisation"),
        ),
        "waiting": (
            N_("the request waits for the organisation's review until {value}"),
            N_("wait for it; after that day the organisation above decides"),
        ),
        "no_place": (
            N_("no organisation was named"),
            N_("send either the text of a scanned code, or an organisation's code"),
        ),
        "two_places": (
            N_("a scanned code and an organisation were named, which may differ"),
            N_("send one of the two"),
        ),
        "link": (
            N_("the scanned code is not valid"),
            N_("open its address to see why, and ask the organisation for its current code"),
        ),
        "organisation": (
            N_("there is no organisation {value} on {day}"),
            N_("search the organisation by its name, or say where you work"),
        ),
        "organisation_ended": (
            N_("{value} ended on {day}"),
            N_("choose the organisation that its members went to, or say where you work"),
        ),
        "no_identity": (
            N_("the name, the ID number and the phone are missing"),
            N_("send the three of them first (step 2)"),
        ),
        "no_consent": (
            N_("you have not agreed yet to how your ID number is handled"),
            N_("read it, and tick the box if you agree; without it you can join on paper"),
        ),
        "consent_changed": (
            N_("the text about your ID number was changed meanwhile"),
            N_("read the new one, and tick the box again if you agree"),
        ),
        "on_paper": (
            N_("this organisation takes no ID number online: it has not said yet how it handles it"),
            N_("join at its office, on paper"),
        ),
        "no_own_consent": (
            N_("{value} has no text of its own about ID numbers"),
            N_("leave it: the text of the nearest organisation above holds"),
        ),
        "not_proven": (N_("the phone number is not proven yet"), N_("type the code that was sent to it")),
        "no_proof": (
            N_(
                "nothing shows that the person of this request proved who she is, or the request was changed since"
            ),
            N_(
                "she begins again; an officer refuses this request and tells the operator: yihui ledger verify"
            ),
        ),
        "code_form": (N_("a code has six digits"), N_("type the six digits of the message")),
        "wrong_code": (
            N_("this is not the code; attempts left: {left}"),
            N_("type the code of the last message, or have a new one sent"),
        ),
        "old_code": (
            N_("the code held until {value}"),
            N_("have a new one sent: send name, ID number and phone again"),
        ),
        "too_soon": (
            N_("a code was sent to this number a moment ago"),
            N_("wait {seconds} seconds; the message may be on its way"),
        ),
        "too_many_codes": (
            N_("too many codes were sent to this number"),
            N_("try again after {until}, or join at the organisation's office"),
        ),
        "full": (
            N_("{value} persons asked to join this organisation within a day, as many as it takes by itself"),
            N_("try again tomorrow, or join at the organisation's office"),
        ),
        "grants": (
            N_("rules in force grant something to who joins: {value}"),
            N_("leave the review as it is, or end these rules first"),
        ),
        "no_sender": (
            N_("no way to send codes is set"),
            N_("set YIHUI_CODE_SENDER: https://… of a gateway for messages, or file:PATH"),
        ),
        "not_sent": (
            N_("the code could not be sent"),
            N_("try again in a moment; if it lasts, join at the organisation's office"),
        ),
        "no_vault": (
            N_("nobody can join here: there is no key of the vault to encrypt names and numbers with"),
            N_("the operator makes one: yihui members vault create-key"),
        ),
        "elsewhere": (
            N_("this person is a member of {value} already"),
            N_("transfer in place of joining, with one tap"),
        ),
        "not_active": (
            N_("this person's membership is suspended or closed"),
            N_("ask an officer of {value} to settle it first"),
        ),
        "no_transfer": (
            N_("this person is a member of no other organisation"),
            N_("confirm the request to join in place of a transfer"),
        ),
        "own_organisation": (
            N_("this person is a member of {value} already; there is nothing to transfer"),
            N_("choose another organisation, or leave it as it is"),
        ),
        "not_waiting": (
            N_("this request does not wait for a review"),
            N_("look at the list of those that wait"),
        ),
        "not_reviewed": (
            N_("there is no request to review with this key"),
            N_("look at the list of those that wait"),
        ),
        "request_key": (N_("{field}: “{value}” is no request key"), N_("write 8 to 200 visible characters")),
        "key_reused": (
            N_("this request key was used for another organisation"),
            N_("use a new key for a new request"),
        ),
        "employer": (
            N_("there is an ID number or a phone number in the employer's name"),
            N_("write the employer's name or its unified social credit code"),
        ),
        "odd_employer": (
            N_(
                "the employer's name is longer than {most} characters, or holds characters that can't be printed"
            ),
            N_("write the employer's name or its unified social credit code"),
        ),
        "no_setting": (
            N_("this organisation has not said whether it reviews who joins"),
            N_("until it does, it reviews everybody"),
        ),
    },
)
