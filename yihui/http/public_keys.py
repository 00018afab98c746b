"""/.well-known/yihui-keys: the public keys by which anybody verifies a card or an organisation's link."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from yihui.http.site import Site
from yihui.services.members.card_keys import load_public_keys

_KEYS_AGE_S = 300


def router(site: Site) -> APIRouter:
    made = APIRouter()

    @made.get("/.well-known/yihui-keys")
    def card_keys() -> Response:
        """Return the public keys that verify cards and organisations' links, as a JWK Set (RFC 7517, 8037).

        ``retired`` names keys by id whose signatures no longer hold.
        """
        headers = {"Cache-Control": f"public, max-age={_KEYS_AGE_S}"}
        return JSONResponse(load_public_keys(site.wiring).as_jwks(), headers=headers)

    return made
