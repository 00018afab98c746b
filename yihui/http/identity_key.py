"""The identity key for requests: faults of the key are reported to the operator, not to riders."""

from dataclasses import replace

from core.faults import FaultError
from store import StoreError
from yihui.bootstrap import Wiring


class IdentityKeyUnavailable(FaultError):
    """The site has no usable identity key; its log tells the operator what to do (yihui.http.errors)."""


def require_identity_key(wiring: Wiring) -> bytes:
    """Return the identity key. *Raises*: IdentityKeyUnavailable if there is none that the database knows."""
    try:
        return wiring.identity_key
    except StoreError:
        raise
    except FaultError as error:
        raise IdentityKeyUnavailable(
            [replace(fault, code="identity_key.unavailable") for fault in error.faults]
        ) from error
