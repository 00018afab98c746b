"""How the brokers are reached is said, or they are on this machine."""

import pytest

from tests.yihui.refusals import faults_of
from yihui.runtime.stream_settings import read_stream_access


@pytest.mark.parametrize(
    "servers", ["kafka:9092", "10.0.0.7:9092", "127.0.0.1:9092, kafka.example:9092", "kafka"]
)
def test_a_broker_elsewhere_is_refused_without_a_protocol(servers: str) -> None:
    for said in ({}, {"YIHUI_KAFKA_PROTOCOL": ""}):
        assert (
            faults_of(read_stream_access, {"YIHUI_KAFKA": servers, **said})[0].code == "broker.not_encrypted"
        )


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_what_somebody_said_holds(protocol: str) -> None:
    access = read_stream_access({"YIHUI_KAFKA": "kafka:9092", "YIHUI_KAFKA_PROTOCOL": protocol})
    assert access is not None
    assert access.protocol == protocol


@pytest.mark.parametrize(
    "servers", ["127.0.0.1:9092", "localhost:9092", "[::1]:9092", "127.0.0.1:1,localhost:2"]
)
def test_a_broker_of_this_machine_needs_no_protocol(servers: str) -> None:
    access = read_stream_access({"YIHUI_KAFKA": servers})
    assert access is not None
    assert access.protocol == "PLAINTEXT"
    assert read_stream_access({}) is None
