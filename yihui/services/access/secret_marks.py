"""Find the key by which the audit log marks secrets: it is derived from the key of officers' log-ins."""

from yihui.access.secret_marks import SecretMarker
from yihui.bootstrap import Wiring
from yihui.runtime.audiences import key_variable, list_withheld_keys
from yihui.runtime.identity_key import derive_key

_KEY = "login"


def secret_marker(wiring: Wiring) -> SecretMarker:
    """Return what marks secrets. *Raises*: FaultError where the key is withheld."""
    return SecretMarker(derive_key(wiring.login_key, "marks in the audit log"))


def find_secret_marker(wiring: Wiring) -> SecretMarker | None:
    """Return what marks secrets if the key is at hand; no key is made."""
    return secret_marker(wiring) if is_key_at_hand(wiring, _KEY) else None


def is_key_at_hand(wiring: Wiring, name: str) -> bool:
    """Return whether this process has a key; none is made."""
    file = f"{name}.key"
    if any(one.file == file for one in list_withheld_keys(wiring.settings.audiences)):
        return False
    is_given = wiring.settings.keys.get(key_variable(name)) is not None
    return is_given or (wiring.settings.data_folder / file).exists()
