"""Requests to other servers: through no proxy of the environment, and without following a redirect."""

import logging
import ssl
from functools import cache
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import httpx

HttpClient = TypeVar("HttpClient", "httpx.Client", "httpx.AsyncClient")


def open_http_client(kind: type[HttpClient], timeout: "float | httpx.Timeout") -> HttpClient:
    """Return a client for one request or several; the caller closes it. No address is logged.

    *Units*: seconds.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the address, which may hold a key
    return kind(verify=_load_authorities(), trust_env=False, timeout=timeout, follow_redirects=False)


@cache  # reading them takes longer than most requests
def _load_authorities() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context(trust_env=False)
