"""The identity key, as requests need it: what is wrong with it is the operator's to know, not a rider's."""

from core.faults import InputFaults
from yihui.bootstrap import Wiring


class KeyAway(InputFaults):
    """The site is not set up; its log says how (yihui.http.errors)."""

    status = 503


def identity_key(wiring: Wiring) -> bytes:
    """*Raises*: KeyAway where there is none that the database knows."""
    try:
        return wiring.identity_key
    except InputFaults as error:
        raise KeyAway(error.faults) from error
