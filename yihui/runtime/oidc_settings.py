"""Read how officers log in by the union's identity provider, from the environment."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field

from core.faults import Fault, FaultError, FaultTable
from core.local_hosts import is_local_host
from core.text_marks import N_
from yihui.runtime.setting_sources import mask_value
from yihui.runtime.settings import EnvironmentVariables, read_variables

_PREFIX = "YIHUI_OIDC_"
_ISSUER, _CLIENT_ID = "YIHUI_OIDC_ISSUER", "YIHUI_OIDC_CLIENT_ID"
_SECRET = "YIHUI_OIDC_CLIENT_SECRET"
_ACR, _AMR = "YIHUI_OIDC_ACR", "YIHUI_OIDC_AMR"
_LONGEST_SECRET_BYTES = 4096
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


def _split(text: str) -> list[str]:
    return list(dict.fromkeys(part for part in re.split(r"[\s,，、]+", text) if part))


_Names = Annotated[tuple[Annotated[str, Field(max_length=60)], ...], BeforeValidator(_split)]


class OidcVariables(EnvironmentVariables):
    """The variables of the identity provider."""

    issuer: str | None = Field(None, alias=_ISSUER, max_length=255)
    client_id: str | None = Field(None, alias=_CLIENT_ID, max_length=255)
    client_secret: str | None = Field(None, alias=_SECRET, max_length=_LONGEST_SECRET_BYTES)
    acr: _Names = Field((), alias=_ACR)
    amr: _Names = Field((), alias=_AMR)


@dataclass(frozen=True, slots=True)
class OidcAccess:
    """The union's identity provider, and this installation as its client.

    ``acr`` and ``amr`` are the provider's values for a log-in with two factors; both are empty where each of
    its log-ins counts (``YIHUI_OIDC_ACR=any``). A client without a secret is a public one.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    acr: tuple[str, ...] = ()
    amr: tuple[str, ...] = ()


def read_oidc_access(environ: Mapping[str, str]) -> OidcAccess | None:
    """Return how officers log in by an identity provider; None if nothing of it is set.

    *Raises*: FaultError with every fault.
    """
    given = {name: text.strip() for name, text in environ.items() if name.startswith(_PREFIX)}
    given = {name: text for name, text in given.items() if text}
    if not given:
        return None
    found = read_variables(OidcVariables, given)
    if faults := list(_faults(found)):
        raise FaultError(faults)
    assert found.issuer is not None and found.client_id is not None
    acr = () if found.acr == (ANY_FACTORS,) else found.acr
    return OidcAccess(found.issuer, found.client_id, found.client_secret, acr, found.amr)


def _faults(found: OidcVariables) -> Iterator[Fault]:
    for name, value in ((_ISSUER, found.issuer), (_CLIENT_ID, found.client_id)):
        if value is None:
            yield _FAULTS.build("unset", field=name)
    if found.issuer is not None and not is_usable_address(found.issuer):
        yield _FAULTS.build("bad_issuer", field=_ISSUER, value=mask_value(_ISSUER, found.issuer)[:80])
    if not found.acr and not found.amr:
        yield _FAULTS.build("no_factors", field=_ACR)
    if ANY_FACTORS in found.acr and (len(found.acr) > 1 or found.amr):
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
