"""Where the value of a setting comes from: the environment, a file that NAME_FILE names, or the default."""

import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from core.faults import Fault, FaultTable
from core.text_marks import N_
from yihui.runtime.setting import FILE_SUFFIX, PREFIX, Secrecy, mask_text
from yihui.runtime.settings import HANDED_OVER, SETTINGS

MAX_SECRET_BYTES = 16_384
_SERVICE_LINK = ("tcp://", "udp://", "sctp://")
SOURCE_FAULTS = FaultTable(
    "setting_source",
    {
        "unknown": (
            N_("there is no setting {field}"),
            N_("unset it, or correct its name; yihui settings --all lists them"),
        ),
        "misspelt": (
            N_("there is no setting {field}"),
            N_("perhaps {known} is meant; yihui settings --all lists them"),
        ),
        "service_link": (
            N_("there is no setting {field}; its value looks like that of a Kubernetes service"),
            N_("write enableServiceLinks: false into the pod, or give the service another name"),
        ),
        "no_file": (N_("{field} can't name a file: this setting has no file"), N_("set {known} itself")),
        "two_values": (N_("{known} is given twice: in itself and by {field}"), N_("unset one of them")),
        "unreadable": (
            N_("{field}: the file {value} can't be read"),
            N_("name a file that this user may read; {known} is its content"),
        ),
        "open_to_all": (
            N_("{field}: everybody on this machine may read the secret in {value}"),
            N_("run: chmod o= {value}; in Kubernetes give the volume defaultMode: 0440"),
        ),
        "empty": (N_("{field}: the file {value} is empty"), N_("write the secret into it, or unset {field}")),
        "too_long": (
            N_("{field}: the file {value} is too long to be a secret"),
            N_("name the file that holds the secret alone"),
        ),
        "binary": (
            N_("{field}: the file {value} is no text"),
            N_("name a file with the value as you would type it"),
        ),
    },
)
# The keys are bytes: a copy of a key's file in the data folder counts as that file.
_KEYS = tuple(name for name in SETTINGS if name.endswith("_KEY") and SETTINGS[name].takes_file)
_TEXT_KEY = "YIHUI_VAULT_KEY"  # several with commas, or a line each


class Origin(StrEnum):
    """Where a value comes from."""

    ENVIRONMENT = "environment"
    FILE = "file"
    OPTION = "option"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class GivenSettings:
    """The settings that are given: ``texts`` by name, ``keys`` by name as bytes; ``files`` say from where."""

    texts: Mapping[str, str]
    keys: Mapping[str, bytes]
    files: Mapping[str, Path]
    faults: Sequence[Fault] = ()  # unknown names, and files that can't be used

    def origin_of(self, name: str) -> Origin:
        """Return where a setting's value comes from."""
        if name in self.files:
            return Origin.FILE
        return Origin.ENVIRONMENT if self.texts.get(name) or name in self.keys else Origin.DEFAULT


def read_given_settings(environ: Mapping[str, str]) -> GivenSettings:
    """Read what is given in the environment and in the files that it names.

    ``texts`` keeps variables of other programs. A key that is given as a blank counts as given: a template that
    filled in nothing must not make a process create a key of its own.
    """
    faults = [*_iter_unknown(environ)]
    texts = dict(environ)
    keys = {name: os.fsencode(environ[name]) for name in _KEYS if name in environ}
    files: dict[str, Path] = {}
    for name in [name for name, setting in SETTINGS.items() if setting.takes_file]:
        variable = name + FILE_SUFFIX
        given = texts.pop(variable, "").strip()
        if not given:
            continue
        content = _read_secret(variable, name, Path(given), environ)
        if isinstance(content, Fault):
            faults.append(content)
            continue
        files[name] = Path(given)
        if name in _KEYS:
            keys[name] = content
        else:
            texts[name] = content.decode()
    return GivenSettings(texts, keys, files, faults)


def _iter_unknown(environ: Mapping[str, str]) -> Iterator[Fault]:
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name in SETTINGS or name in HANDED_OVER:
            continue
        base = name.removesuffix(FILE_SUFFIX)
        if base != name and base in SETTINGS:
            if not SETTINGS[base].takes_file:
                yield SOURCE_FAULTS.build("no_file", field=name, known=base)
            continue
        if environ[name].startswith(_SERVICE_LINK):
            yield SOURCE_FAULTS.build("service_link", field=name)
            continue
        close = get_close_matches(name, SETTINGS, n=1, cutoff=0.8)
        yield SOURCE_FAULTS.build("misspelt" if close else "unknown", field=name, known="".join(close))


def _read_secret(variable: str, name: str, path: Path, environ: Mapping[str, str]) -> bytes | Fault:
    """Return the content of a secret's file, or why it can't be used; the content is in no fault."""

    def fault(code: str) -> Fault:
        return SOURCE_FAULTS.build(code, field=variable, value=str(path)[:200], known=name)

    if environ.get(name):
        return fault("two_values")
    try:
        with path.open("rb") as file:
            is_open = bool(stat.S_IMODE(os.fstat(file.fileno()).st_mode) & stat.S_IROTH)
            content = file.read(MAX_SECRET_BYTES + 1)
    except OSError:
        return fault("unreadable")
    if is_open:
        return fault("open_to_all")
    if len(content) > MAX_SECRET_BYTES:
        return fault("too_long")
    text = _as_text(content)
    if text is None:
        return content if name in _KEYS and name != _TEXT_KEY else fault("binary")
    return text.encode() or fault("empty")


def _as_text(content: bytes) -> str | None:
    """Return a text, which may have lines, without the blanks around it; None for other bytes, such as a key's file's."""
    try:
        text = content.decode("utf-8").strip()
    except UnicodeDecodeError:
        return None
    return text if all(line.isprintable() for line in text.splitlines()) else None


def mask_value(name: str, text: str) -> str:
    """Return the value of a setting as it may be shown."""
    return mask_text(SETTINGS[name].secrecy if name in SETTINGS else Secrecy.OPEN, text)
