"""An event of every type, with the digest by which the inbox knows it again: both stay as they are."""

import json
from pathlib import Path

from events import Event, parse_event, payload_models
from tests.events.sending import NOW

FILES = sorted((Path(__file__).parent / "golden").glob("*.v1.json"))


def test_every_type_has_its_golden_file() -> None:
    assert {file.stem for file in FILES} == {f"{kind}.v1" for kind in payload_models()}


def test_a_golden_event_is_read_whole_and_has_its_digest() -> None:
    for file in FILES:
        golden = json.loads(file.read_text("utf-8"))
        read = parse_event(json.dumps(golden["event"]), NOW)
        assert isinstance(read, Event), read
        assert type(read.payload) is payload_models()[read.type]
        assert read.payload.model_dump(mode="json", exclude_unset=True) == golden["event"]["data"], file.stem
        assert read.digest == golden["digest"], file.stem
