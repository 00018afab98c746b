"""Whether the site is served locally or publicly, under which names and behind which proxies."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Self

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.faults import Fault, FaultError, FaultTable
from core.local_hosts import is_local_host
from core.text_marks import N_

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
    },
)
_NAMES, _PROXIES, _PER_CLIENT = "YIHUI_PUBLIC", "YIHUI_BEHIND_PROXY", "YIHUI_PER_CLIENT"


@dataclass(frozen=True, slots=True)
class ServingOptions:
    """Without public names the site answers this machine only, with all functions for officers.

    ``public``: host names under which everybody may use the functions for riders and keepers, and no others.
    ``proxies``: addresses that are trusted to report the client's address and scheme. ``per_client``: reads
    a second allowed to one network (`yihui/http/guard/allowances.py`); None means no limit.
    See docs/decisions/0030.
    """

    public: frozenset[str] = frozenset()
    proxies: tuple[str, ...] = ()
    per_client: float | None = None

    @classmethod
    def parse(
        cls, public: str, proxies: str, per_client: float | None = None, host: str = "127.0.0.1"
    ) -> Self:
        """Parse the operator's values, separated by commas; a public site has a default limit.

        ``host`` is the address to listen on. *Raises*: FaultError, with every fault.
        """
        names, trusted = frozenset(name.lower() for name in _split(public)), _split(proxies)
        if faults := list(_faults(names, trusted, host)):
            raise FaultError(faults)
        return cls(
            names, trusted, (DEFAULT_READS_PER_S if names else None) if per_client is None else per_client
        )

    @property
    def host_names(self) -> frozenset[str]:
        """The accepted host names; those of this machine are always accepted."""
        return LOCAL_HOST_NAMES | self.public

    def to_environment(self) -> dict[str, str]:
        """Return the environment of a worker process, which reads it by `load_serving_options`."""
        limit = "" if self.per_client is None else repr(self.per_client)
        return {_NAMES: ",".join(sorted(self.public)), _PROXIES: ",".join(self.proxies), _PER_CLIENT: limit}

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
        environ.get(_NAMES, ""), environ.get(_PROXIES, ""), float(limit) if limit else None
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _faults(names: frozenset[str], trusted: tuple[str, ...], host: str) -> Iterator[Fault]:
    for name in sorted(names):
        if not _NAME.fullmatch(name):
            yield _FAULTS.build("no_host_name", field="--public", value=name)
    for address in trusted:
        if not _is_network(address):
            yield _FAULTS.build("no_address", field="--behind-proxy", value=address)
    if not names and not is_local_host(host):
        yield _FAULTS.build("open_to_all", field="--host", value=host)


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
