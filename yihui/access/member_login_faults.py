"""The faults of members' log-ins. No text quotes a phone number, a code or a token, or says who is a member."""

from core.faults import FaultTable
from core.text_marks import N_

_NEW_CODE = N_("have a new code sent")
MEMBER_LOGIN_FAULTS = FaultTable(
    "member_login",
    {
        "no_sender": (
            N_("codes can't be sent at the moment"),
            N_("try again later, or call the union (12351)"),
        ),
        "wait": (
            N_("a code was asked for this number a moment ago"),
            N_("wait {seconds} seconds; the message may be on its way"),
        ),
        "too_many_codes": (
            N_("too many codes were asked for this number"),
            N_("try again after {until}, or call the union (12351)"),
        ),
        "too_many": (
            N_("too many tries came from this network"),
            N_("try again in {minutes} minutes, or use another network"),
        ),
        "code_form": (N_("a code has six digits"), N_("type the six digits of the message")),
        "wrong_code": (
            N_("this is not the code; attempts left: {left}"),
            N_("type the code of the last message, or have a new one sent"),
        ),
        "code_over": (
            N_("this code opens nothing any more: it was used, or is older than {minutes} minutes"),
            _NEW_CODE,
        ),
        "locked": (N_("the code was typed wrong {most} times"), _NEW_CODE),
        "choose": (
            N_("the code is right, and several members have this phone number"),
            N_("type the last four characters of your ID number, or the number of your card"),
        ),
        "wrong_choice": (
            N_("this doesn't say which member with this number you are; attempts left: {left}"),
            N_("type the whole number of your card, or ask your organisation, or call 12351"),
        ),
        "choice_locked": (
            N_("this phone number has had ten wrong answers within a day"),
            N_("try again tomorrow, or call the union (12351)"),
        ),
        "no_phone": (
            N_("the union doesn't know your phone number, so that no code can be sent"),
            N_("ask your organisation, or call 12351, to put your number on the roll"),
        ),
        "unknown_app": (
            N_("the token is from no app that may hand a log-in over"),
            N_("let the union's operator write the app's issuer into the file of host apps"),
        ),
        "long_life": (
            N_("the token holds for more than {minutes} minutes"),
            N_("let the app sign a token for each log-in, which holds for a minute or two"),
        ),
        "replayed": (
            N_("this token was handed over before"),
            N_("let the app sign a new token, with its own jti, for each log-in"),
        ),
        "app_away": (
            N_("the app's keys can't be fetched"),
            N_("try again in a minute; if it stays so, tell whoever runs the app"),
        ),
        "handover_over": (
            N_("this way in was used, or is older than {minutes} minutes"),
            N_("go back to the app and open the page from there again"),
        ),
        "session_over": (N_("there is no such session, or it has ended"), N_("open the list anew")),
    },
)
