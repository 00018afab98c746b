"""What a setting is: a variable of the environment, what it means, and how its text is read.

`yihui/runtime/settings.py` declares all of them.
"""

import dataclasses
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from yihui.runtime.arguments import CANNOT_BE

PREFIX, FILE_SUFFIX = "YIHUI_", "_FILE"
MASK = "***"
# Up to the last @: a password may hold one, and whoever typed it did not encode it.
_USER = re.compile(r"(?<=://)\S*@")
_QUERY = re.compile(r"\?.*", re.DOTALL)
_PATH = re.compile(r"(?<=://)([^/\s]*)/\S+")  # of a gateway: many have their key in it
# Secret keys of age, as people hand them in by mistake: for a public key, or for the name of a file.
_AGE_KEY = re.compile(r"(AGE-SECRET-KEY-)[0-9a-z-]+", re.IGNORECASE)
_SHOWN = 80  # characters of a wrong value in a fault
_FIELD = "setting"  # the key in the metadata of a dataclass's field
_YES, NO = ("true", "1", "yes", "on", "t", "y"), ("false", "0", "no", "off", "f", "n")


class Secrecy(StrEnum):
    """Whether a value may be shown. Secrets of processes that run for long may also come from a file."""

    OPEN = "open"
    ADDRESS = "address"  # shown without its password; also from a file
    SECRET = "secret"  # never shown; also from a file
    TYPED = "typed"  # never shown; from the environment alone


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``default`` is written as one would set it; empty: nothing, or a value of the process.

    ``read`` turns the text into the value; None, or an error, is a fault. Without it an option of a command reads the
    variable, or it is a key. ``params`` fill the placeholders of the fault's texts.
    """

    group: str
    name: str
    meaning: str
    default: str = ""
    secrecy: Secrecy = Secrecy.OPEN
    read: Callable[[str], Any] | None = None
    remedy: str = ""
    message: str = CANNOT_BE
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def takes_file(self) -> bool:
        """Return whether ``NAME_FILE`` may name a file with the value."""
        return self.secrecy in (Secrecy.ADDRESS, Secrecy.SECRET)

    def build_fault(self, text: str) -> Fault:
        """Build the fault of a text that can't be read."""
        table = FaultTable("setting", {self.name: (self.message, self.remedy)})
        shown, terms = mask_text(self.secrecy, text)[:_SHOWN], {"meaning": self.meaning}
        return table.build(self.name, field=self.name, value=shown, terms=terms, **self.params)


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Settings that are listed under one title; its methods declare them."""

    title: str

    def setting(self, name: str, meaning: str, default: str = "", **told: Any) -> Setting:
        """Declare a setting that is no field of a dataclass."""
        return Setting(self.title, name, meaning, default, **told)

    def field(
        self, name: str, meaning: str, default: Any = None, *, read: Callable[[str], Any] = str, **told: Any
    ) -> Any:
        """Declare a field of a dataclass whose value a variable gives; with ``MISSING`` the field is required."""
        text = "" if default in (None, (), MISSING) else str(default)
        text = text.lower() if isinstance(default, bool) else text
        declared = self.setting(name, meaning, text, read=read, **told)
        is_shown = declared.secrecy is not Secrecy.SECRET
        return dataclasses.field(default=default, repr=is_shown, metadata={_FIELD: declared})

    def number(
        self, name: str, meaning: str, default: int | None, least: int, most: int, times: int = 1
    ) -> Any:
        """Declare a field with a whole number from ``least`` to ``most``, which is multiplied."""

        def read(text: str) -> int | None:
            return found * times if least <= (found := int(text)) <= most else None

        remedy = N_("write a whole number from {least} to {most}: {meaning}")
        params = {"least": least, "most": most}
        return self.field(name, meaning, default, read=read, remedy=remedy, params=params)

    def choice(self, name: str, meaning: str, known: str, default: str = "") -> Setting:
        """Declare a setting that is one of a few words, which are separated by commas."""

        def read(text: str) -> str | None:
            return text if text in known.split(", ") else None

        remedy = N_("choose one of {known}")
        return self.setting(name, meaning, default, read=read, remedy=remedy, params={"known": known})


def read_matching(pattern: str, most: int = 500) -> Callable[[str], str | None]:
    """Return a function that reads a text of a form, with at most so many characters."""

    def read(text: str) -> str | None:
        return text if len(text) <= most and re.fullmatch(pattern, text, re.DOTALL) else None

    return read


def read_list(
    pattern: str, between: str = r"[\s,，、]+", clean: Callable[[str], str] = str
) -> Callable[[str], tuple[str, ...] | None]:
    """Return a function that reads several texts of a form, each once."""

    def read(text: str) -> tuple[str, ...] | None:
        found = tuple(dict.fromkeys(clean(part) for part in re.split(between, text) if part))
        return found if all(re.fullmatch(pattern, part) for part in found) else None

    return read


def read_paths(text: str) -> tuple[Path, ...]:
    """Read paths with the machine's separator between them."""
    return tuple(Path(part) for part in text.split(os.pathsep) if part)


def read_yes_or_no(text: str) -> bool | None:
    """Read true or false, in the words that people use for them."""
    word = text.strip().lower()
    return True if word in _YES else False if word in NO else None


def list_fields(kind: type) -> Mapping[str, Setting]:
    """Return the settings that the fields of a dataclass declare, by field."""
    return {each.name: each.metadata[_FIELD] for each in dataclasses.fields(kind) if _FIELD in each.metadata}


def read_values(
    declared: Mapping[str, Setting], texts: Mapping[str, str]
) -> tuple[dict[str, Any], list[Fault]]:
    """Read the settings that are given: the values by field, and the faults. A blank counts as unset."""
    values, faults = {}, []
    for field, setting in declared.items():
        text = texts.get(setting.name)
        if not text or setting.read is None:
            continue
        try:
            value = setting.read(text)
        except (ValueError, FaultError):
            value = None
        if value is None:
            faults.append(setting.build_fault(text))
        else:
            values[field] = value
    return values, faults


def mask_age_keys(text: str) -> str:
    """Return a text without the secret keys of age in it."""
    return _AGE_KEY.sub(rf"\1{MASK}", text)


def mask_text(secrecy: Secrecy, text: str) -> str:
    """Return a value as it may be shown: a secret as ***, an address without user, password, query, a gateway's path."""
    if secrecy in (Secrecy.SECRET, Secrecy.TYPED):
        return text and MASK
    shown = mask_age_keys(_USER.sub(f"{MASK}@", text))
    if secrecy is not Secrecy.ADDRESS:
        return shown
    if "http://" in shown or "https://" in shown:
        shown = _PATH.sub(rf"\1/{MASK}", shown)
    return _QUERY.sub(f"?{MASK}", shown)
