"""Which faces the site has, under which names, and behind which proxies."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from typing import Self

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.faults import Fault, FaultTable, raise_faults
from core.local_hosts import is_local_host
from core.text_marks import N_
from yihui.runtime.audiences import ALL_AUDIENCES, Audience

LOCAL_HOST_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
DEFAULT_READS_PER_S = 50.0  # in the long run: mobile carriers share one address among thousands of phones
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")  # as a browser sends it
_BETWEEN = re.compile(r"[,，、\s]+")
_FAULTS = FaultTable(
    "serving",
    {
        "no_host_name": (
            N_("{field}: “{value}” is not the name of a host"),
            N_("write it as in yizhan.example.cn, without https:// and without a port"),
        ),
        "no_address": (
            N_("--behind-proxy: “{value}” is not an address"),
            N_("write the proxy's own address, as in 127.0.0.1, or its network, as in 10.0.0.0/24"),
        ),
        "open_to_all": (
            N_("--host: whoever reaches {value} could do what officers do"),
            N_("add --public NAME, which offers what riders and keepers need, and nothing else"),
        ),
        "name_of_this_machine": (
            N_(
                "{field}: “{value}” is this machine's own name; whoever reaches it through a proxy would be let in"
            ),
            N_("give the face a host name; or leave --faces out of a second yihui serve for this machine"),
        ),
        "nameless": (
            N_("--faces: others have host names, and these have none: {known}"),
            N_(
                "name each, as in desk=desk.example.cn; or run a second yihui serve for those of this machine"
            ),
        ),
        "members_elsewhere": (
            N_("{field}: riders don't reach the members' page at “{value}”"),
            N_("write the host name under which another process serves it, as in me.example.cn"),
        ),
        "no_name": (
            N_("--host: a site that others reach at {value} needs names to answer to; without one: {known}"),
            N_("add --public NAME for all of them, or give each its own: --faces FACE=NAME"),
        ),
        "audience": (N_("{field}: the site has no face “{value}”"), N_("choose from {known}")),
        "no_rate": (
            N_("--per-client: “{value}” is no number of answers a second"),
            N_("write one number from 0.1 on, such as 50; and one for each face that differs: members=20"),
        ),
    },
)
_NAMES, _PROXIES, _PER_CLIENT, _FACES, _MEMBERS_NAME = (
    "YIHUI_PUBLIC",
    "YIHUI_BEHIND_PROXY",
    "YIHUI_PER_CLIENT",
    "YIHUI_FACES",
    "YIHUI_MEMBERS_NAME",
)
_RATE, _LEAST_RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?"), 0.1


@dataclass(frozen=True, slots=True)
class ServingOptions:
    """Without public names the site answers this machine only, with all functions for officers.

    ``public``: host names under which everybody may use the functions for riders and keepers, and no others,
    unless ``chosen`` says for whom else the site is.
    ``own_names``: faces that are reached under names of their own; then each has one, ``public`` names the riders',
    and this machine's own names lead to none.
    ``proxies``: addresses that are trusted to report the client's address and scheme. ``per_client``: reads
    a second allowed to one network (`yihui/http/guard/allowances.py`), ``per_face`` where a face has another
    number; None means no limit. ``members_name``: where another process serves the members' page, which the riders'
    page links to. See docs/decisions/0030.
    """

    public: frozenset[str] = frozenset()
    proxies: tuple[str, ...] = ()
    per_client: float | None = None
    chosen: frozenset[Audience] | None = None  # None: nobody chose
    own_names: Mapping[Audience, frozenset[str]] = field(default_factory=dict)
    per_face: Mapping[Audience, float] = field(default_factory=dict)
    members_name: str = ""

    @classmethod
    def parse(
        cls,
        public: str,
        proxies: str,
        per_client: str = "",
        host: str = "127.0.0.1",
        faces: str = "",
        members_name: str = "",
    ) -> Self:
        """Parse the operator's values, separated by commas; a face with a name has a default limit.

        ``host`` is the address to listen on. *Raises*: FaultError, with every fault.
        """
        names, trusted = frozenset(name.lower() for name in _split(public)), _split(proxies)
        members_name = members_name.strip().lower()
        faults = [*_name_faults("--public", names), *_proxy_faults(trusted)]
        rate, per_face = _parse_rates(per_client, faults)
        chosen, own_names = _parse_faces(faces, faults)
        if own_names and names:
            own_names = {**own_names, Audience.RIDERS: own_names.get(Audience.RIDERS, frozenset()) | names}
            chosen = (chosen or frozenset()) | {Audience.RIDERS}
            names = frozenset()
        if rate is None and (names or own_names):
            rate = DEFAULT_READS_PER_S
        made = cls(names, trusted, rate, chosen, own_names, per_face, members_name)
        faults += [*made._nameless_faults(), *made._host_faults(host), *made._members_name_faults()]
        raise_faults(faults)
        return made

    @property
    def audiences(self) -> frozenset[Audience]:
        """For whom the site is: unless somebody chose, a public one for riders, and a local one for all."""
        if self.chosen is not None:
            return self.chosen
        return frozenset({Audience.RIDERS}) if self.public else ALL_AUDIENCES

    def is_for(self, *audiences: Audience) -> bool:
        """Return whether the site is for one of these."""
        return not self.audiences.isdisjoint(audiences)

    @property
    def host_names(self) -> frozenset[str]:
        """The accepted host names; those of this machine are always accepted."""
        return LOCAL_HOST_NAMES | self.public

    @property
    def reads_per_s(self) -> float | None:
        """Reads a second allowed to one network: the largest number of these faces; None means no limit."""
        rates = [self.per_face.get(face, self.per_client) for face in self.audiences]
        limits = [rate for rate in rates if rate is not None]
        return max(limits) if limits and len(limits) == len(rates) else None

    def find_members_address(self) -> str | None:
        """Return where the members' page is under a host name of its own; None if there is no such name."""
        names = sorted(self.own_names.get(Audience.MEMBERS, ())) or [self.members_name]
        return f"https://{names[0]}" if names[0] else None

    def split_by_name(self) -> list[Self]:
        """Return options for each set of faces that have the same names: for these faces and names alone."""
        faces: dict[str, frozenset[Audience]] = {}
        for face, names in self.own_names.items():
            for name in names:
                faces[name] = faces.get(name, frozenset()) | {face}
        return [
            replace(
                self,
                public=frozenset(name for name, those in faces.items() if those == one),
                chosen=one,
                own_names={},
            )
            for one in dict.fromkeys(faces.values())
        ]

    def without_faces(self) -> Self:
        """Return the options of the part that has no face: it answers monitors on this machine."""
        return replace(self, chosen=frozenset(), own_names={})

    def to_environment(self) -> dict[str, str]:
        """Return the environment of a worker process, which reads it by `load_serving_options`."""
        rates = [] if self.per_client is None else [repr(self.per_client)]
        rates += [f"{face}={rate!r}" for face, rate in sorted(self.per_face.items())]
        faces: list[str] = sorted((self.chosen or frozenset()) - self.own_names.keys())
        faces += [
            f"{face}={name}" for face, names in sorted(self.own_names.items()) for name in sorted(names)
        ]
        return {
            _NAMES: ",".join(sorted(self.public)),
            _PROXIES: ",".join(self.proxies),
            _PER_CLIENT: ",".join(rates),
            _FACES: ",".join(faces),
            _MEMBERS_NAME: self.members_name,
        }

    def with_proxy_headers(self, app: ASGIApp) -> ASGIApp:
        """Return the app with the client's address as trusted proxies report it; others are not believed."""
        if not self.proxies:
            return app
        told = wrap_asgi_with_proxy_headers(app, list(self.proxies))

        async def behind(scope: Scope, receive: Receive, send: Send) -> None:
            await told(scope, receive, send)

        return behind

    def _host_faults(self, host: str) -> Iterator[Fault]:
        if is_local_host(host) or self.public or self.own_names:
            return
        if Audience.OFFICERS in self.audiences:
            yield _FAULTS.build("open_to_all", field="--host", value=host)
        else:
            yield _FAULTS.build(
                "no_name", field="--host", value=host, known=", ".join(sorted(self.audiences))
            )

    def _nameless_faults(self) -> Iterator[Fault]:
        nameless = (self.chosen or frozenset()) - self.own_names.keys()
        if self.own_names and nameless:
            yield _FAULTS.build("nameless", field="--faces", known=", ".join(sorted(nameless)))

    def _members_name_faults(self) -> Iterator[Fault]:
        """Yield a fault for what is no host name, is this machine's, or this process's and not of its members' face."""
        name = self.members_name
        if not name:
            return
        if faults := [*_name_faults("--members-name", [name])]:
            yield from faults
            return
        if self.is_for(Audience.MEMBERS):
            names = self.own_names.get(Audience.MEMBERS, self.public)
            leads_there = not names or name in names
        else:
            here = LOCAL_HOST_NAMES | self.public | frozenset[str]().union(*self.own_names.values())
            leads_there = name not in here
        if not leads_there:
            yield _FAULTS.build("members_elsewhere", field="--members-name", value=name)


LOCAL_ONLY = ServingOptions()


def load_serving_options(environ: Mapping[str, str]) -> ServingOptions:
    return ServingOptions.parse(
        environ.get(_NAMES, ""),
        environ.get(_PROXIES, ""),
        environ.get(_PER_CLIENT, ""),
        faces=environ.get(_FACES, ""),
        members_name=environ.get(_MEMBERS_NAME, ""),
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in _BETWEEN.split(text) if part)


def _parse_faces(
    text: str, faults: list[Fault]
) -> tuple[frozenset[Audience] | None, Mapping[Audience, frozenset[str]]]:
    """Parse faces such as ``riders,members=me.example.cn``; add what is wrong to the faults. None: no face."""
    chosen: set[Audience] = set()
    own_names: dict[Audience, frozenset[str]] = {}
    for part in _split(text.lower().replace("＝", "=")):
        name, has_host, host = part.partition("=")
        face = _find_face(name, "--faces", faults)
        if has_host:
            faults += _name_faults("--faces", [host])
        if face is not None:
            chosen.add(face)
            if has_host:
                own_names[face] = own_names.get(face, frozenset()) | {host}
    return frozenset(chosen) or None, own_names


def _find_face(name: str, option: str, faults: list[Fault]) -> Audience | None:
    found = next((face for face in Audience if face == name), None)
    if found is None:
        fault = _FAULTS.build("audience", field=option, value=name[:40], known=", ".join(Audience))
        if fault not in faults:
            faults.append(fault)
    return found


def _parse_rates(text: str, faults: list[Fault]) -> tuple[float | None, Mapping[Audience, float]]:
    """Parse answers a second such as ``50,members=20``: for all faces, and for single ones."""
    general: float | None = None
    per_face: dict[Audience, float] = {}
    for part in _split(text.lower().replace("＝", "=")):
        name, _, number = part.rpartition("=")
        rate = _parse_rate(number, faults)
        if not name:
            if general is not None:
                faults.append(_FAULTS.build("no_rate", field="--per-client", value=text[:40]))
            general = rate
        elif (face := _find_face(name, "--per-client", faults)) is not None and rate is not None:
            per_face[face] = rate
    return general, per_face


def _parse_rate(text: str, faults: list[Fault]) -> float | None:
    if _RATE.fullmatch(text) and float(text) >= _LEAST_RATE:
        return float(text)
    faults.append(_FAULTS.build("no_rate", field="--per-client", value=text[:40]))
    return None


def _name_faults(option: str, names: frozenset[str] | list[str]) -> Iterator[Fault]:
    for name in sorted(names):
        if not _NAME.fullmatch(name) or ".." in name:
            yield _FAULTS.build("no_host_name", field=option, value=name[:253])
        elif option == "--faces" and name in LOCAL_HOST_NAMES:
            yield _FAULTS.build("name_of_this_machine", field=option, value=name)


def _proxy_faults(addresses: tuple[str, ...]) -> Iterator[Fault]:
    for address in addresses:
        if not _is_network(address):
            yield _FAULTS.build("no_address", field="--behind-proxy", value=address)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
