"""Whether the site is served locally or publicly, under which names and behind which proxies."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Self

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.faults import Fault, FaultError, FaultTable
from core.local_hosts import is_local_host
from core.text_marks import N_
from yihui.runtime.audiences import ALL_AUDIENCES, Audience

LOCAL_HOST_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
DEFAULT_READS_PER_S = 50.0  # in the long run: mobile carriers share one address among thousands of phones
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")  # as a browser sends it
_FAULTS = FaultTable(
    "serving",
    {
        "no_host_name": (
            N_("--public: “{value}” is not the name of a host"),
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
        "no_name": (
            N_("--host: a site that others reach at {value} needs names to answer to"),
            N_("add --public NAME, the name under which programs and tills reach it"),
        ),
        "audience": (N_("--for: there is no site for “{value}”"), N_("choose from {known}")),
    },
)
_NAMES, _PROXIES, _PER_CLIENT = "YIHUI_PUBLIC", "YIHUI_BEHIND_PROXY", "YIHUI_PER_CLIENT"
_AUDIENCES = "YIHUI_SERVE_FOR"


@dataclass(frozen=True, slots=True)
class ServingOptions:
    """Without public names the site answers this machine only, with all functions for officers.

    ``public``: host names under which everybody may use the functions for riders and keepers, and no others,
    unless ``chosen`` says for whom else the site is.
    ``proxies``: addresses that are trusted to report the client's address and scheme. ``per_client``: reads
    a second allowed to one network (`yihui/http/guard/allowances.py`); None means no limit.
    See docs/decisions/0030.
    """

    public: frozenset[str] = frozenset()
    proxies: tuple[str, ...] = ()
    per_client: float | None = None
    chosen: frozenset[Audience] = frozenset()

    @classmethod
    def parse(
        cls,
        public: str,
        proxies: str,
        per_client: float | None = None,
        host: str = "127.0.0.1",
        audiences: Sequence[str] = (),
    ) -> Self:
        """Parse the operator's values, separated by commas; a public site has a default limit.

        ``host`` is the address to listen on. *Raises*: FaultError, with every fault.
        """
        names, trusted = frozenset(name.lower() for name in _split(public)), _split(proxies)
        asked = [part for text in audiences for part in re.split(r"[,，、\s]+", text.lower()) if part]
        unknown = [_audience_fault(one) for one in dict.fromkeys(asked) if one not in set(Audience)]
        chosen = frozenset(Audience(one) for one in asked if one in set(Audience))
        if faults := [*_faults(names, trusted, host, chosen), *unknown]:
            raise FaultError(faults)
        return cls(
            names,
            trusted,
            (DEFAULT_READS_PER_S if names else None) if per_client is None else per_client,
            chosen,
        )

    @property
    def audiences(self) -> frozenset[Audience]:
        """For whom the site is: unless somebody chose, a public one for riders, and a local one for all."""
        return self.chosen or (frozenset({Audience.RIDERS}) if self.public else ALL_AUDIENCES)

    def is_for(self, *audiences: Audience) -> bool:
        """Return whether the site is for one of these."""
        return not self.audiences.isdisjoint(audiences)

    @property
    def host_names(self) -> frozenset[str]:
        """The accepted host names; those of this machine are always accepted."""
        return LOCAL_HOST_NAMES | self.public

    def to_environment(self) -> dict[str, str]:
        """Return the environment of a worker process, which reads it by `load_serving_options`."""
        limit = "" if self.per_client is None else repr(self.per_client)
        return {
            _NAMES: ",".join(sorted(self.public)),
            _PROXIES: ",".join(self.proxies),
            _PER_CLIENT: limit,
            _AUDIENCES: ",".join(sorted(self.chosen)),
        }

    def with_proxy_headers(self, app: ASGIApp) -> ASGIApp:
        """Return the app with the client's address as trusted proxies report it; others are not believed."""
        if not self.proxies:
            return app
        told = wrap_asgi_with_proxy_headers(app, list(self.proxies))

        async def behind(scope: Scope, receive: Receive, send: Send) -> None:
            await told(scope, receive, send)

        return behind


LOCAL_ONLY = ServingOptions()


def load_serving_options(environ: Mapping[str, str]) -> ServingOptions:
    limit = environ.get(_PER_CLIENT)
    return ServingOptions.parse(
        environ.get(_NAMES, ""),
        environ.get(_PROXIES, ""),
        float(limit) if limit else None,
        audiences=[environ.get(_AUDIENCES, "")],
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _audience_fault(text: str) -> Fault:
    return _FAULTS.build("audience", field="--for", value=text[:40], known=", ".join(Audience))


def _faults(
    names: frozenset[str], trusted: tuple[str, ...], host: str, chosen: frozenset[Audience]
) -> Iterator[Fault]:
    for name in sorted(names):
        if not _NAME.fullmatch(name):
            yield _FAULTS.build("no_host_name", field="--public", value=name)
    for address in trusted:
        if not _is_network(address):
            yield _FAULTS.build("no_address", field="--behind-proxy", value=address)
    if not names and not is_local_host(host):
        code = "no_name" if chosen and Audience.OFFICERS not in chosen else "open_to_all"
        yield _FAULTS.build(code, field="--host", value=host)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
