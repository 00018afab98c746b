"""Check the form of secret keys that are set, or lie in the data folder, before a process needs the first of them."""

from collections.abc import Iterable, Iterator

from core.faults import Fault, FaultError
from yihui.bootstrap import Settings
from yihui.runtime.audiences import ALL_AUDIENCES, SECRET_KEYS, Audience, SecretKey, list_withheld_keys
from yihui.runtime.identity_key import KEY_BYTES, KEY_FAULTS, HeadsSigner
from yihui.runtime.setting import FILE_SUFFIX
from yihui.runtime.setting_sources import SOURCE_FAULTS

_VAULT, _HEADS, _REPORTERS = "vault.key", "heads.key", "reporter.key"


def list_required_keys(settings: Settings, audiences: frozenset[Audience] = ALL_AUDIENCES) -> list[SecretKey]:
    """Return the keys that must have the right form before a process for these starts.

    A site answers riders also with a wrong reporter.key in its data folder; it warns whoever starts it.
    """
    withheld = list_withheld_keys(audiences)
    return [
        key
        for key in SECRET_KEYS
        if key not in withheld and (key.file != _REPORTERS or key.variable in settings.keys)
    ]


def list_process_keys(settings: Settings) -> list[SecretKey]:
    """Return the keys that must have the right form before a process without pages starts.

    They are those that every process uses, and those that were set for it; it needs to be able to read no others.
    """
    return [key for key in SECRET_KEYS if key.needed_for == ALL_AUDIENCES or settings.keys.get(key.variable)]


def read_key(settings: Settings, key: SecretKey) -> bytes | None:
    """Return a key that is set, or lies in the data folder; None if there is none. *Raises*: OSError."""
    path = settings.data_folder / key.file
    given = settings.keys.get(key.variable)
    return path.read_bytes() if given is None and path.exists() else given


def iter_key_faults(settings: Settings, keys: Iterable[SecretKey] = SECRET_KEYS) -> Iterator[Fault]:
    """Yield what is wrong with the form of keys; one that is neither set nor in the data folder has no fault.

    Nothing is created, and no database is opened.
    """
    for key in keys:
        try:
            _check_form(settings, key)
        except FaultError as error:
            yield from error.faults
        except OSError as error:
            place = error.filename or settings.data_folder / key.file
            yield SOURCE_FAULTS.build("unreadable", field=key.variable, value=place, known=key.variable)


def _check_form(settings: Settings, key: SecretKey) -> None:
    """*Raises*: FaultError if the key has a wrong form; OSError."""
    path = settings.data_folder / key.file
    if key.file == _HEADS:
        HeadsSigner(settings.heads_key or path).check_form()
        return
    if (content := read_key(settings, key)) is None:
        return
    named = key.variable + (FILE_SUFFIX if key.variable in settings.key_files else "")
    place = named if key.variable in settings.keys else str(path)
    if key.file == _VAULT:
        _check_vault_keys(content, place)
    elif len(content) < KEY_BYTES:
        raise FaultError(
            KEY_FAULTS.build(f"short_{key.name}_key", field=place, value=len(content), least=KEY_BYTES)
        )


def _check_vault_keys(content: bytes, place: str) -> None:
    from members.vault import parse_vault_keys

    try:
        parse_vault_keys(content.decode(), place)
    except UnicodeDecodeError as error:
        raise FaultError(SOURCE_FAULTS.build("binary", field=_VAULT, value=place)) from error
