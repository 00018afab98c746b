"""Time stamps of an authority: a third party proves that something existed at a time.

*Source*: RFC 3161; over HTTP as its section 3.4 says.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.runtime.outgoing import open_http_client

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

TIMEOUT_S = 10.0
_MAX_RESPONSE_BYTES = 200_000
TIME_STAMP_FAULTS = FaultTable(
    "time_stamp",
    {
        "unreachable": (
            N_("the time stamp authority does not answer: {value}"),
            N_("check YIHUI_HEADS_TSA; the heads are sent without a time stamp until it answers"),
        ),
        "refused": (
            N_("the time stamp can't be trusted: {value}"),
            N_("check that the certificates given are those of the authority's root"),
        ),
        "missing": (
            N_("the heads have no time stamp, though an authority's certificates are given"),
            N_("give heads that were stamped, or leave --tsa-certificates out"),
        ),
        "no_certificates": (
            N_("this file holds no certificates"),
            N_("give the authority's root certificates as PEM"),
        ),
    },
)


def request_time_stamp(url: str, content: bytes, certificates: Path | None) -> bytes:
    """Have content stamped and return the response in DER, after checking that it answers this request.

    Its signature is checked too if the authority's root certificates are given.
    *Raises*: FaultError; OSError.
    """
    import httpx
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    built = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256)
    request = built.nonce(nonce=True).cert_request(cert_request=True).build()
    headers = {"content-type": "application/timestamp-query", "accept": "application/timestamp-reply"}
    try:
        with open_http_client(TIMEOUT_S) as client:
            answer = client.post(url, content=request.as_bytes(), headers=headers)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _fault("unreachable", type(error).__name__) from error
    if not answer.is_success or len(answer.content) > _MAX_RESPONSE_BYTES:
        raise _fault("unreachable", str(answer.status_code))
    _check(answer.content, content, certificates, request.nonce)
    return answer.content


def check_time_stamp(response: bytes, content: bytes, certificates: Path) -> datetime:
    """Return when content was stamped. *Raises*: FaultError if the stamp is of other content, or not trusted."""
    return _check(response, content, certificates, None)


def _check(response: bytes, content: bytes, certificates: Path | None, nonce: int | None) -> datetime:
    from rfc3161_client import PKIStatus, VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        decoded = decode_timestamp_response(response)
        if PKIStatus(decoded.status) != PKIStatus.GRANTED:
            raise _fault("refused", " ".join([PKIStatus(decoded.status).name, *decoded.status_string]))
        if certificates is None:
            _compare(decoded, content, nonce)
        else:
            builder = VerifierBuilder() if nonce is None else VerifierBuilder(nonce=nonce)
            for certificate in _load_certificates(certificates):
                builder = builder.add_root_certificate(certificate)
            builder.build().verify_message(decoded, content)
        stamped: datetime = decoded.tst_info.gen_time
    except (VerificationError, ValueError) as error:
        raise _fault("refused", str(error) or type(error).__name__) from error
    return stamped.astimezone(UTC)


def _compare(decoded: object, content: bytes, nonce: int | None) -> None:
    """Compare a response with its request. *Raises*: ValueError."""
    from hashlib import sha256

    from rfc3161_client import TimeStampResponse

    assert isinstance(decoded, TimeStampResponse)
    if decoded.tst_info.nonce != nonce:
        raise ValueError("Nonce mismatch")
    if decoded.tst_info.message_imprint.message != sha256(content).digest():
        raise ValueError("Mismatch between messages")


def _load_certificates(path: Path) -> "Sequence[Certificate]":
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(path.read_bytes())
    except ValueError as error:
        raise FaultError(TIME_STAMP_FAULTS.build("no_certificates", file=path.name)) from error


def _fault(code: str, value: str) -> FaultError:
    return FaultError(TIME_STAMP_FAULTS.build(code, field="YIHUI_HEADS_TSA", value=value[:200]))
