"""Read which host apps may hand a member's log-in over: a file of JSON that `YIHUI_MEMBER_APPS` names."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.member_sessions import WAYS_WITHOUT_APP
from yihui.runtime.provider_keys import ProviderKeys, provider_fault

if TYPE_CHECKING:
    from joserfc.jwk import Key

_ADDRESS = r"^(https://[^\s/?#@]+|http://(127\.0\.0\.1|localhost)(:\d+)?)(/[^\s?#]*)?$"
_REMEDY = N_("compare the file with docs/members_page.md")
MEMBER_APP_FAULTS = FaultTable(
    "member_apps",
    {
        "unreadable": (N_("the file of the host apps can't be read: {value}"), _REMEDY),
        "entry": (N_("the file of the host apps is wrong at {field}"), _REMEDY),
        "reserved": (
            N_("a host app can't have the name {value}: sessions without an app have it"),
            N_("give the app another name"),
        ),
        "twice": (N_("two host apps have the same {field}"), N_("give each its own name and issuer")),
    },
)


class MemberAppEntry(BaseModel):
    """One app as the file describes it. Its keys come from an address (JWKS), or from a file beside this one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    title: Annotated[str, Field(min_length=1, max_length=40)]
    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    audience: Annotated[str, Field(min_length=1, max_length=500)]
    keys: Annotated[str | None, Field(pattern=_ADDRESS, max_length=500)] = None
    keys_file: Path | None = None

    @model_validator(mode="after")
    def _has_keys(self) -> "MemberAppEntry":
        if (self.keys is None) == (self.keys_file is None):
            raise ValueError("keys or keys_file")
        return self


@dataclass(frozen=True, slots=True)
class MemberApp:
    """A host app whose signed tokens log members in."""

    name: str
    title: str
    issuer: str
    audience: str
    keys: ProviderKeys = field(repr=False)

    def find_key(self, key_id: str | None, algorithm: str) -> "Key | None":
        """Return the key of an id. *Raises*: ProviderUnavailable."""
        return self.keys.find(key_id, algorithm)


def load_member_apps(path: Path | None) -> Sequence[MemberApp]:
    """Return the apps of a file; none without a file. *Raises*: FaultError."""
    if path is None:
        return ()
    try:
        entries = TypeAdapter(list[MemberAppEntry]).validate_json(path.read_bytes())
    except OSError as error:
        raise _fault("unreadable", value=error.strerror or "") from error
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in one["loc"]) for one in error.errors()})
        raise FaultError(
            [MEMBER_APP_FAULTS.build("entry", file=str(path), field=place or "[]") for place in places]
        ) from error
    for entry in entries:
        if entry.name in WAYS_WITHOUT_APP:
            raise _fault("reserved", field="name", value=entry.name)
    for name in ("name", "issuer"):
        if len({getattr(entry, name) for entry in entries}) < len(entries):
            raise _fault("twice", field=name)
    return tuple(_build(entry, path.parent) for entry in entries)


def _build(entry: MemberAppEntry, folder: Path) -> MemberApp:
    if entry.keys is not None:
        keys = ProviderKeys(entry.keys)
    else:
        assert entry.keys_file is not None, "the entry was checked"
        keys = ProviderKeys(str(folder / entry.keys_file), _read_keys)
    return MemberApp(entry.name, entry.title, entry.issuer, entry.audience, keys)


def _read_keys(path: str) -> object:
    try:
        return json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise provider_fault("unreadable", path, detail=type(error).__name__) from error


def _fault(code: str, *, field: str | None = None, value: str | None = None) -> FaultError:
    return FaultError(MEMBER_APP_FAULTS.build(code, field=field, value=value))
