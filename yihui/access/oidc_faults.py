"""The faults of log-ins by the identity provider. No text quotes a token, a code or a name of a person."""

from core.faults import FaultTable
from core.text_marks import N_

_AGAIN = N_("log in again")
_SHOW = N_("log in again; if it stays so, show this to whoever runs the identity provider")
_CLOCKS = N_(
    "set the clocks of this machine and of the provider by the network's time; {most} seconds may differ"
)
OIDC_FAULTS = FaultTable(
    "oidc",
    {
        "not_set_up": (
            N_("there is no log-in by an identity provider here"),
            N_("log in with a local account; docs/officers.md says how a provider is set up"),
        ),
        "too_many": (
            N_("too many log-ins were begun or refused from this network"),
            N_("try again in {minutes} minutes"),
        ),
        # Of the browser's way there and back:
        "no_browser_secret": (N_("this browser did not begin the log-in, or refuses cookies"), _AGAIN),
        "unknown_login": (N_("this log-in was not begun here, or is not of this browser"), _AGAIN),
        "used_login": (N_("this log-in is done already"), _AGAIN),
        "old_login": (N_("this log-in was begun more than {minutes} minutes ago"), _AGAIN),
        "provider_refused": (
            N_("the identity provider did not log you in: {value}"),
            N_("log in again; ask whoever runs the identity provider"),
        ),
        "no_code": (N_("the identity provider's answer holds no code"), _SHOW),
        "code_refused": (
            N_("the identity provider did not take its own code back: {value}"),
            _AGAIN,
        ),
        "other_provider": (N_("the answer is from another identity provider"), _SHOW),
        "no_id_token": (N_("the identity provider's answer holds no ID token"), _SHOW),
        # Of tokens:
        "long_token": (N_("the token has {value} bytes, more than {most}"), _SHOW),
        "malformed": (N_("the token can't be read"), _SHOW),
        "algorithm": (
            N_("the token is signed by “{value}”, which is not trusted"),
            N_("let the provider sign with an asymmetric key, by RS256 or ES256 for example"),
        ),
        "critical": (N_("the token demands an extension that is not known here"), _SHOW),
        "unknown_key": (
            N_("the token is signed with a key that the identity provider does not publish"),
            _SHOW,
        ),
        "signature": (N_("the token's signature is wrong"), _SHOW),
        "claim": (N_("the token's {field} is missing, or is not what was asked for"), _SHOW),
        "issuer": (N_("the token is from another issuer"), _SHOW),
        "audience": (N_("the token is for another program"), _SHOW),
        "expired": (N_("the token has expired"), _CLOCKS),
        "future": (N_("the token is from the future"), _CLOCKS),
        "nonce": (N_("the token belongs to another log-in"), _AGAIN),
        "stale": (
            N_("the identity provider did not ask for a fresh log-in"),
            N_("log out at the identity provider and log in again; docs/officers.md: max_age"),
        ),
        "factors": (
            N_("the identity provider did not check a second factor"),
            N_("register a phone or a key there, and log in again; docs/officers.md: YIHUI_OIDC_ACR"),
        ),
        # Of the officer:
        "unknown_account": (
            N_("no officer is linked to this account of the identity provider"),
            N_(
                "an administrator of your union types: yihui officers link OFFICER --issuer {issuer}"
                " --subject {subject}"
            ),
        ),
        "ended_account": (
            N_("this account may not log in any more"),
            N_("ask an administrator of your union"),
        ),
        "other_person": (
            N_("another person logged in than the one whose session it is"),
            N_("log out here, then log in again"),
        ),
        "session_over": (N_("the session ended meanwhile"), _AGAIN),
        # Of the provider's log-out:
        "no_logout_event": (N_("the token is no log-out token"), _SHOW),
        "used_token": (N_("this log-out token was used already"), _SHOW),
    },
)

# What is wrong with the provider, or with the way to it: the operator reads it in the log.
OIDC_PROVIDER_FAULTS = FaultTable(
    "oidc_provider",
    {
        "away": (
            N_("{url}: the identity provider can't be reached: {detail}"),
            N_("check the address in YIHUI_OIDC_ISSUER and the network"),
        ),
        "status": (
            N_("{url}: the identity provider answered with status {value}"),
            N_("check YIHUI_OIDC_ISSUER and the provider's log; redirects are not followed"),
        ),
        "too_much": (
            N_("{url}: the identity provider's answer is longer than {most} bytes"),
            N_("check the address in YIHUI_OIDC_ISSUER"),
        ),
        "too_slow": (
            N_("{url}: the identity provider's answer took more than {seconds} s"),
            N_("ask whoever runs the identity provider; try again later"),
        ),
        "unreadable": (
            N_("{url}: the identity provider's answer can't be used: {detail}"),
            N_("check YIHUI_OIDC_ISSUER; see docs/officers.md"),
        ),
        "other_issuer": (
            N_("{url} says that its issuer is “{value}”"),
            N_("write the issuer in YIHUI_OIDC_ISSUER exactly as the provider does"),
        ),
        "client_refused": (
            N_("the identity provider does not know this program, or its secret: {value}"),
            N_("check YIHUI_OIDC_CLIENT_ID and YIHUI_OIDC_CLIENT_SECRET"),
        ),
    },
)
