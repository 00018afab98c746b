"""The ways of a code: a gateway that answers, one that doesn't, and a file."""

import json
import logging
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.yihui.services.message_gateway import Gateway, open_gateway, url
from yihui.services.messages.gateways import CodeMessage, CodeNotSent, build_code_sender
from yihui.services.messages.gateways import Gateway as GatewayAddress

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBnYXRld2F5IGhlcmU="


def message() -> CodeMessage:
    """A message of now: a gateway refuses the signature of an old one."""
    return CodeMessage("13800138000", "012345", "012345 是您的验证码", datetime.now(UTC))


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with open_gateway() as server:
        yield server


def test_a_gateway_gets_the_message_signed(gateway: Gateway) -> None:
    sender = build_code_sender(url(gateway), SECRET)
    assert sender is not None
    sender.send(message())
    [(headers, body)] = gateway.got
    Webhook(SECRET).verify(body, headers)
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["phone"] == "13800138000" and json.loads(body)["code"] == "012345"


@pytest.mark.parametrize("status", [400, 302, 500])
def test_a_gateway_that_refuses_is_a_fault_and_nothing_personal_is_logged(
    gateway: Gateway, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.status = status
    sender = build_code_sender(url(gateway))
    assert sender is not None
    with pytest.raises(CodeNotSent):
        sender.send(message())
    assert len(gateway.got) == 1 and str(status) in caplog.text
    seen = caplog.text + repr(sender) + repr(message())
    assert not [secret for secret in ("13800138000", "012345", "geheim") if secret in seen]


def test_a_gateway_that_is_not_there_is_the_same_fault() -> None:
    sender = build_code_sender("http://127.0.0.1:1/sms")
    assert sender is not None
    with pytest.raises(CodeNotSent):
        sender.send(message())


def test_a_gateway_that_answers_a_byte_at_a_time_is_left_after_the_time_out_as_a_whole() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as apart:
        apart.submit(_drip, server)
        result = GatewayAddress(f"http://127.0.0.1:{server.getsockname()[1]}/sms", timeout_s=0.3).post(
            "m-1", "{}", datetime.now(UTC)
        )
        assert result.fault == "timeout", "not the end of the connection, which comes much later"


def _drip(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection, suppress(OSError):  # until the other end has gone
        for byte in b"HTTP/1.1 204 No Content" + b"x" * 1000:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)  # each byte comes within the time-out of one read: the total alone can end it


def test_a_file_gets_a_line_for_each_message(tmp_path: Path) -> None:
    sender = build_code_sender(f"file:{tmp_path / 'codes'}")
    assert sender is not None
    sender.send(message())
    sender.send(message())
    assert len((tmp_path / "codes").read_text("utf-8").splitlines()) == 2


def test_without_a_setting_there_is_no_sender() -> None:
    assert build_code_sender(None) is None
