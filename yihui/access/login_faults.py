"""The faults of log-ins, passwords and codes. No text quotes what was typed: it may be a password."""

from core.faults import FaultTable
from core.text_marks import N_

_AGAIN = N_("log in again")
_OTHER = N_("choose another one; several words that you remember make a good one")
LOGIN_FAULTS = FaultTable(
    "login",
    {
        "wrong": (
            N_("the login or the password is wrong"),
            N_("type them again; an administrator of your union can give you a new set-up code"),
        ),
        "wrong_code": (
            N_("the code is wrong, or was used before"),
            N_("wait for the next code of your phone, or type one of your recovery codes"),
        ),
        "too_many": (
            N_("too many tries to log in"),
            N_("try again in {minutes} minutes"),
        ),
        "step_over": (N_("this step was open for too long, or is done already"), _AGAIN),
        "setup_code": (
            N_("this set-up code is not known, was used, or is too old"),
            N_("type it again; an administrator of your union can give you a new one"),
        ),
        "login_form": (
            N_("“{value}” can't be a login"),
            N_("write 2 to 64 letters, digits, dots, hyphens or underscores"),
        ),
        "login_taken": (N_("the login {value} is taken"), N_("choose another one")),
        "officer_unknown": (
            N_("there is no officer {value} who may log in"),
            N_("look at `yihui officers list`"),
        ),
        "no_local_account": (
            N_("{value} logs in by the union's identity provider and has no password here"),
            N_("change the password there"),
        ),
        "password_short": (
            N_("the password has {count} characters; it must have at least {least}"),
            _OTHER,
        ),
        "password_long": (N_("the password has more than {most} characters"), _OTHER),
        "password_common": (N_("many people use this password, so it is tried first"), _OTHER),
        "password_login": (N_("the password is the login"), _OTHER),
        "password_controls": (N_("the password holds a character that no keyboard types"), _OTHER),
        "password_twice": (N_("the two new passwords differ"), N_("type the same one twice")),
        "password_old": (N_("the password of until now is wrong"), N_("type it again")),
        "form": (
            N_("this form was open for too long, or was sent by another site"),
            N_("nothing was done; send it again from here. The browser must accept this site's cookies"),
        ),
        "not_encrypted": (
            N_("the connection is not encrypted, so nobody logs in over it"),
            N_("open the site by https://"),
        ),
        "secret_unreadable": (
            N_("the phone's secret of this account can't be read: the key of log-ins is another one"),
            N_("put login.key or YIHUI_LOGIN_KEY back, or have a new set-up code given"),
        ),
        "session_over": (N_("there is no such session, or it has ended"), N_("open the list anew")),
        "console_name": (
            N_("the officer's login is missing"),
            N_("write yihui login NAME, or yihui login --setup the first time"),
        ),
    },
)
