"""How the site is offered: to this machine alone, or to everybody, under which names and behind which proxy."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Self

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.types import ASGIApp, Receive, Scope, Send

from core.faults import Fault
from yihui.runtime.arguments import WrongValue

N_ = str  # marks a text for the message catalogue

OUR_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]", "testserver"})
PER_CLIENT = 50.0  # reads a second, in the long run: a carrier puts thousands of phones behind one address
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\]")  # as a browser sends it
_NAMES, _PROXIES, _PER_CLIENT = "YIHUI_PUBLIC", "YIHUI_BEHIND_PROXY", "YIHUI_PER_CLIENT"


@dataclass(frozen=True, slots=True)
class Serving:
    """Without public names the site answers this machine only, with all that officers do.

    ``public``: the names under which everybody may ask for what riders and keepers need, and for nothing
    else. ``proxies``: addresses whose word is taken for who asks and by which scheme. ``per_client``: how
    many answers one network may have a second (`yihui/http/guard/allowances.py`); None where it is not limited.
    See docs/decisions/0030.
    """

    public: frozenset[str] = frozenset()
    proxies: tuple[str, ...] = ()
    per_client: float | None = None

    @classmethod
    def of(cls, public: str, proxies: str, per_client: float | None = None, host: str = "127.0.0.1") -> Self:
        """As an operator writes it, with commas; what is public has a limit unless another is given.

        ``host`` is the address to listen on. *Raises*: WrongValue, with all that is wrong.
        """
        names, trusted = frozenset(name.lower() for name in _split(public)), _split(proxies)
        if faults := list(_faults(names, trusted, host)):
            raise WrongValue(faults)
        return cls(names, trusted, (PER_CLIENT if names else None) if per_client is None else per_client)

    @property
    def names(self) -> frozenset[str]:
        """The names to which it answers: this machine may always ask."""
        return OUR_NAMES | self.public

    def environment(self) -> dict[str, str]:
        """For a worker process, which reads it by `serving_from`."""
        limit = "" if self.per_client is None else repr(self.per_client)
        return {_NAMES: ",".join(sorted(self.public)), _PROXIES: ",".join(self.proxies), _PER_CLIENT: limit}

    def behind_proxies(self, app: ASGIApp) -> ASGIApp:
        """The app, told by the proxies who asks; what anybody else says of that is not believed."""
        if not self.proxies:
            return app
        told = wrap_asgi_with_proxy_headers(app, list(self.proxies))

        async def behind(scope: Scope, receive: Receive, send: Send) -> None:
            await told(scope, receive, send)

        return behind


HERE_ONLY = Serving()


def serving_from(environ: Mapping[str, str]) -> Serving:
    limit = environ.get(_PER_CLIENT)
    return Serving.of(environ.get(_NAMES, ""), environ.get(_PROXIES, ""), float(limit) if limit else None)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _faults(names: frozenset[str], trusted: tuple[str, ...], host: str) -> Iterator[Fault]:
    for name in sorted(names):
        if not _NAME.fullmatch(name):
            yield Fault(
                N_("--public: “{value}” is not the name of a host"),
                N_("write it as in yizhan.example.cn, without https:// and without a port"),
                field="--public",
                value=name,
            )
    for address in trusted:
        if not _is_network(address):
            yield Fault(
                N_("--behind-proxy: “{value}” is not an address"),
                N_("write the proxy's own address, as in 127.0.0.1, or its network, as in 10.0.0.0/24"),
                field="--behind-proxy",
                value=address,
            )
    if not names and not _is_of_this_machine(host):
        yield Fault(
            N_("--host: whoever reaches {value} could do what officers do"),
            N_("add --public NAME, which offers what riders and keepers need, and nothing else"),
            field="--host",
            value=host,
        )


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _is_of_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
