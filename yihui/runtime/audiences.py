"""For whom a site is, and which secret keys it needs for that: a site for riders holds none that names a person."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.runtime.setting import FILE_SUFFIX

WITHHELD_KEY_FAULTS = FaultTable(
    "withheld_key",
    {
        "withheld": (
            N_("this site is not given the key {value}"),
            N_("do it on a site for officers, or on the command line"),
        )
    },
)


class Audience(StrEnum):
    """For whom a site is: which of the routes it has. Operators call each a face of the site."""

    RIDERS = "riders"
    MEMBERS = "members"
    MERCHANTS = "merchants"
    SENDERS = "senders"
    OFFICERS = "desk"
    GIS = "gis"


ALL_AUDIENCES = frozenset(Audience)


@dataclass(frozen=True, slots=True)
class SecretKey:
    """A key in a file of the data folder, or in a variable; ``needed_for`` are the sites whose routes use it.

    ``names_persons``: who holds it and the database learns who a pseudonym is, or what somebody answered.
    """

    name: str
    needed_for: frozenset[Audience]
    names_persons: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}.key"

    @property
    def variable(self) -> str:
        return key_variable(self.name)


def key_variable(name: str) -> str:
    """Return the variable that may hold a key."""
    return f"YIHUI_{name.upper()}_KEY"


_OFFICERS, _MEMBERS = frozenset({Audience.OFFICERS}), frozenset({Audience.MEMBERS})
SECRET_KEYS = (
    # Feeds turn the ID numbers of their records into pseudonyms, and so does who joins on the member's page.
    SecretKey("identity", _OFFICERS | _MEMBERS | {Audience.SENDERS}, names_persons=True),
    SecretKey("vault", _OFFICERS | _MEMBERS, names_persons=True),
    SecretKey("poll", _OFFICERS | _MEMBERS, names_persons=True),
    SecretKey("account", _OFFICERS),
    SecretKey("login", _OFFICERS | _MEMBERS),
    SecretKey("voucher", _OFFICERS | _MEMBERS | {Audience.MERCHANTS}),
    # It signs the links to organisations' pages, which riders open.
    SecretKey("card", _OFFICERS | _MEMBERS | {Audience.RIDERS}),
    SecretKey("reporter", frozenset({Audience.RIDERS})),
    # Each site delivers what waits, and may send the chains' heads.
    SecretKey("webhook", ALL_AUDIENCES),
    SecretKey("heads", ALL_AUDIENCES),
)


def list_withheld_keys(audiences: frozenset[Audience]) -> tuple[SecretKey, ...]:
    """Return the keys that a site for these is not given."""
    return tuple(key for key in SECRET_KEYS if key.needed_for.isdisjoint(audiences))


def iter_exposed_keys(
    audiences: frozenset[Audience], data_folder: Path, environ: Mapping[str, str]
) -> Iterator[str]:
    """Yield the keys that name persons and that a site could read though it doesn't need them."""
    for key in list_withheld_keys(audiences):
        path = data_folder / key.file
        if key.names_persons and os.access(path, os.R_OK):
            yield str(path)
        for variable in (key.variable, key.variable + FILE_SUFFIX):
            if key.names_persons and environ.get(variable):
                yield variable


def refuse_withheld_key(audiences: frozenset[Audience], file: str) -> None:
    """Refuse the use of a key that a site for these is not given. *Raises*: FaultError."""
    if any(key.file == file for key in list_withheld_keys(audiences)):
        raise FaultError(WITHHELD_KEY_FAULTS.build("withheld", value=file))
