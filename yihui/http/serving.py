"""How the site is offered: to this machine alone, or to everybody, under which names and behind which proxy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.types import ASGIApp

OUR_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]", "testserver"})
PER_CLIENT = 50.0  # reads a second, in the long run: a carrier puts thousands of phones behind one address
_NAMES, _PROXIES, _PER_CLIENT = "YIHUI_PUBLIC", "YIHUI_BEHIND_PROXY", "YIHUI_PER_CLIENT"


@dataclass(frozen=True, slots=True)
class Serving:
    """Without public names the site answers this machine only, with all that officers do.

    ``public``: the names under which everybody may ask for what riders and keepers need, and for nothing
    else. ``proxies``: addresses whose word is taken for who asks and by which scheme. ``per_client``: how
    many answers one network may have a second (`yihui/http/allowances.py`); None where it is not limited.
    See docs/decisions/0030.
    """

    public: frozenset[str] = frozenset()
    proxies: tuple[str, ...] = ()
    per_client: float | None = None

    @classmethod
    def of(cls, public: str, proxies: str, per_client: float | None = None) -> Self:
        """As an operator writes it, with commas; what is public has a limit unless another is given."""
        names = frozenset(name.lower() for name in _split(public))
        return cls(
            names, _split(proxies), (PER_CLIENT if names else None) if per_client is None else per_client
        )

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
        wrapped: ASGIApp = wrap_asgi_with_proxy_headers(app, list(self.proxies))
        return wrapped


HERE_ONLY = Serving()


def serving_from(environ: Mapping[str, str]) -> Serving:
    limit = environ.get(_PER_CLIENT)
    return Serving.of(environ.get(_NAMES, ""), environ.get(_PROXIES, ""), float(limit) if limit else None)


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
