"""Read how officers log in by the union's identity provider, from the environment."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from core.faults import Fault, FaultError, FaultTable
from core.local_hosts import is_local_host
from core.text_marks import N_
from yihui.runtime.setting import read_values
from yihui.runtime.setting_sources import mask_value
from yihui.runtime.settings import PROVIDER_SETTINGS, OidcAccess

_PREFIX = "YIHUI_OIDC_"
_ISSUER, _CLIENT_ID = "YIHUI_OIDC_ISSUER", "YIHUI_OIDC_CLIENT_ID"
_ACR = "YIHUI_OIDC_ACR"
ANY_FACTORS = "any"
_FAULTS = FaultTable(
    "oidc_setting",
    {
        "unset": (
            N_("log-in by an identity provider is set up in part: {field} is unset"),
            N_("set it, or unset all variables that begin with YIHUI_OIDC_; see docs/officers.md"),
        ),
        "bad_issuer": (
            N_("{field} can't be “{value}”"),
            N_(
                "write the provider's address as it writes it itself, such as https://sso.example/realms/union"
            ),
        ),
        "no_factors": (
            N_("nothing says how the provider reports that an officer proved two factors"),
            N_(
                "name its values in YIHUI_OIDC_ACR or YIHUI_OIDC_AMR; YIHUI_OIDC_ACR=any takes each of its"
                " log-ins"
            ),
        ),
        "any_and_others": (
            N_("{field} is any, and other values are named beside it"),
            N_("write any alone, or the values of two factors alone"),
        ),
    },
)


def read_oidc_access(environ: Mapping[str, str]) -> OidcAccess | None:
    """Return how officers log in by an identity provider; None if nothing of it is set.

    *Raises*: FaultError with every fault.
    """
    given = {name: text.strip() for name, text in environ.items() if name.startswith(_PREFIX)}
    if not any(given.values()):
        return None
    values, faults = read_values(PROVIDER_SETTINGS, given)
    if faults := faults or list(_faults(**values)):
        raise FaultError(faults)
    found = OidcAccess(**values)
    return replace(found, acr=()) if found.acr == (ANY_FACTORS,) else found


def _faults(
    issuer: str = "", client_id: str = "", acr: Sequence[str] = (), amr: Sequence[str] = (), **_: str
) -> Iterator[Fault]:
    for name, value in ((_ISSUER, issuer), (_CLIENT_ID, client_id)):
        if not value:
            yield _FAULTS.build("unset", field=name)
    if issuer and not is_usable_address(issuer):
        yield _FAULTS.build("bad_issuer", field=_ISSUER, value=mask_value(_ISSUER, issuer)[:80])
    if not acr and not amr:
        yield _FAULTS.build("no_factors", field=_ACR)
    if ANY_FACTORS in acr and (len(acr) > 1 or amr):
        yield _FAULTS.build("any_and_others", field=_ACR)


def is_usable_address(address: str) -> bool:
    """Return whether an address is encrypted, or stays on this machine; no user, query or fragment in it."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not host or parts.username or parts.fragment or parts.query or not address.isascii():
        return False
    if re.search(r"[\s\\]", address):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_local_host(host))
