"""Heads are signed by a key outside of the database, and sent to other places."""

import json
import subprocess
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benefits import seal_batches
from core.faults import FaultError
from tests.yihui.refusals import refused
from tests.yihui.services.joining_people import Clock
from tests.yihui.services.message_gateway import open_gateway, url
from tools.servers.deciding import Wish, give
from yihui.bootstrap import Settings, Wiring
from yihui.files.ledger_heads import read_heads_file, render_public_key, write_heads_file
from yihui.runtime.health.database import check_head_receivers
from yihui.runtime.identity_key import HeadsSigner
from yihui.services.ledger.heads import HeadsProof, prove_heads, send_heads, send_new_heads, sign_heads

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


@dataclass
class Town:
    """An installation with a sealed ledger, and a clock that tests turn."""

    wiring: Wiring
    clock: Clock
    folder: Path
    given: int = 0

    def grow(self) -> None:
        """One more sealed grant."""
        self.given += 1
        give(self.wiring.database, Wish(f"m-{self.given}"))
        with self.wiring.database.write() as connection:
            while seal_batches(connection, self.clock.now).batches:
                pass

    def set(self, **settings: object) -> None:
        self.wiring.settings = replace(self.wiring.settings, **settings)  # type: ignore[arg-type]
        self.wiring.__dict__.pop("heads_signer", None)

    def publish(self, name: str = "x.heads.json") -> Path:
        from benefits import list_chain_heads

        with self.wiring.database.read() as connection:
            heads = list_chain_heads(connection)
        write_heads_file(self.folder / name, sign_heads(self.wiring, heads))
        return self.folder / name

    def prove(self, *files: Path, keys: tuple[Path, ...] = ()) -> list[HeadsProof]:
        return prove_heads(self.wiring, files, keys)

    def states(self, **how: bool) -> list[str]:
        return [one.state for one in send_heads(self.wiring, **how)]


@pytest.fixture
def town(target: str, tmp_path: Path) -> Iterator[Town]:
    clock = Clock(NOW)
    wiring = Wiring(Settings(target, tmp_path / "data"), clock)
    made = Town(wiring, clock, tmp_path)
    made.grow()
    yield made
    wiring.database.close()


def test_heads_are_signed_by_a_key_that_only_its_owner_reads(town: Town) -> None:
    [proof] = town.prove(file := town.publish())
    assert proof.is_trusted and proof.published.written_at == NOW
    key = town.folder / "data" / "heads.key"
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_bytes()) == 32
    document = json.loads(file.read_text())
    assert document["signature"]["key_id"] == proof.published.key_id
    assert key.read_bytes().hex() not in file.read_text()


def test_openssl_verifies_the_signature_over_the_documented_bytes(town: Town) -> None:
    [proof] = town.prove(town.publish())
    content, signature, key = (town.folder / name for name in ("content", "signature", "key.pem"))
    document = json.loads((town.folder / "x.heads.json").read_text())
    heads = [
        {name: head[name] for name in ("book", "lane", "number", "hash", "sealed_at")}
        for head in document["heads"]
    ]
    said = {"written_at": document["written_at"], "key_id": document["signature"]["key_id"], "heads": heads}
    content.write_text(
        "heads of the ledger 1\n" + json.dumps(said, separators=(",", ":"), ensure_ascii=False)
    )
    signature.write_bytes(b64decode(document["signature"]["value"]))
    assert proof.published.public_key is not None
    key.write_text(render_public_key(proof.published.public_key))
    command = [
        *["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", "-inkey"],
        key,
        "-in",
        content,
        "-sigfile",
        signature,
    ]
    assert subprocess.run(command, check=False, capture_output=True).returncode == 0


FORGERIES: tuple[Callable[[dict[str, Any]], object], ...] = (
    lambda document: document["heads"][0].update(hash="0" * 64),
    lambda document: document["heads"][-1].update(number=99),
    lambda document: document.update(written_at="2020-01-01T00:00:00+00:00"),
    lambda document: document["signature"].update(key_id="0" * 16),
    lambda document: document["signature"].update(value="A" * 86 + "=="),
)


def test_forged_heads_are_refused(town: Town) -> None:
    file = town.publish()
    whole = file.read_text()
    for forge in FORGERIES:
        document = json.loads(whole)
        forge(document)
        file.write_text(json.dumps(document))
        assert refused(read_heads_file, file) == ["forged"], forge


def test_a_broken_signature_is_no_file_of_heads(town: Town) -> None:
    file = town.publish()
    whole = file.read_text()
    for field_ in ("public_key", "value", "algorithm"):
        for value in ("", "AAAA", "ü", None, 5):
            document = json.loads(whole)
            document["signature"][field_] = value
            file.write_text(json.dumps(document))
            assert refused(read_heads_file, file) == ["invalid"], (field_, value)


def test_heads_that_somebody_signed_with_another_key_are_refused(town: Town) -> None:
    own = town.publish("own.heads.json")
    town.set(heads_key=town.folder / "forger.key")
    forged = town.publish("forged.heads.json")
    forger = town.folder / "forger.pem"
    forger.write_text(render_public_key(town.wiring.heads_signer.public_key))
    town.set(heads_key=None)
    assert refused(town.prove, forged) == ["other_key"]
    assert [one.is_trusted for one in town.prove(own)] == [True]
    pem = town.folder / "own.pem"
    pem.write_text(render_public_key(town.wiring.heads_signer.public_key))
    assert [one.is_trusted for one in town.prove(own, forged, keys=(pem, forger))] == [True, True]
    with pytest.raises(FaultError):
        town.prove(own, keys=(forger,))


def test_without_the_key_at_hand_the_signature_is_nobodys(town: Town) -> None:
    file = town.publish()
    (town.folder / "data" / "heads.key").unlink()
    town.set()
    [proof] = town.prove(file)
    assert proof.published.key_id and not proof.is_trusted
    assert not (town.folder / "data" / "heads.key").exists(), "verifying makes no key"


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 64])
def test_a_key_of_another_length_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(content)
    assert refused(HeadsSigner(tmp_path / "k").sign, b"") == ["no_key"]


def test_heads_go_to_a_folder_one_file_each_and_to_a_file_line_by_line(town: Town) -> None:
    folder, lines = town.folder / "other", town.folder / "log.jsonl"
    folder.mkdir()
    town.set(heads_to=(str(folder), str(lines)))
    assert town.states() == ["sent", "sent"]
    assert town.states() == ["current", "current"], "the same heads aren't sent twice"
    first = [path.read_bytes() for path in folder.iterdir()]
    town.clock.now += timedelta(minutes=2)
    town.grow()
    assert town.states() == ["sent", "sent"]
    assert len([*folder.iterdir()]) == 2 and first[0] in [path.read_bytes() for path in folder.iterdir()]
    assert len(lines.read_text().splitlines()) == 2
    assert [one.is_trusted for one in town.prove(lines, *folder.iterdir())] == [True] * 4


def test_a_torn_line_is_left_and_the_next_begins_anew(town: Town) -> None:
    lines = town.folder / "log.jsonl"
    lines.write_text('{"heads": [')
    town.set(heads_to=(str(lines),))
    assert town.states() == ["sent"]
    torn, whole = lines.read_text().splitlines()
    assert torn == '{"heads": [' and json.loads(whole)["heads"]


def test_after_a_command_heads_go_at_most_once_a_minute(town: Town) -> None:
    lines = town.folder / "log.jsonl"
    town.set(heads_to=(str(lines),))
    for minutes, count in ((0, 1), (0, 1), (2, 2)):
        town.clock.now += timedelta(minutes=minutes)
        town.grow()
        send_new_heads(town.wiring)
        assert len(lines.read_text().splitlines()) == count


def test_a_receiver_that_is_down_stops_nobody_and_is_tried_less_and_less(town: Town) -> None:
    away, lines = town.folder / "away", town.folder / "log.jsonl"
    town.set(heads_to=(str(away), str(lines)))
    send_new_heads(town.wiring)
    assert lines.exists() and not away.exists(), "a folder that isn't connected isn't created"
    finding = check_head_receivers(town.wiring)
    assert finding.state == "broken" and str(away) in finding.detail
    assert town.states(at_once=False) == ["waiting", "current"]
    town.clock.now += timedelta(minutes=1)
    assert town.states(at_once=False) == ["failed", "current"]
    town.clock.now += timedelta(minutes=1)
    assert town.states(at_once=False) == ["waiting", "current"]
    away.mkdir()
    assert town.states() == ["sent", "current"]
    assert check_head_receivers(town.wiring).state == "ok"


def test_no_receiver_is_a_fault_of_the_command_and_nothing_else(town: Town) -> None:
    send_new_heads(town.wiring)
    with pytest.raises(FaultError):
        send_heads(town.wiring)
    assert check_head_receivers(town.wiring).state == "missing"


def test_heads_are_posted_and_a_refusal_or_redirect_is_told_without_the_address(town: Town) -> None:
    with open_gateway() as gateway:
        town.set(heads_to=(url(gateway),))
        for status, state in ((500, "failed"), (302, "failed"), (204, "sent")):
            gateway.status = status
            [done] = send_heads(town.wiring)
            assert done.state == state and (
                state == "sent" or (done.fault and str(status) in done.fault.text)
            )
            assert "geheim" not in done.place + str(done.fault) and "sms" not in done.place
        file = town.folder / "posted.heads.json"
        file.write_text(gateway.got[-1][1])
    assert len(gateway.got) == 3, "no redirect was followed"
    assert [one.is_trusted for one in town.prove(file)] == [True]
    town.grow()
    [done] = send_heads(town.wiring)
    assert done.state == "failed" and done.fault and "ConnectError" in done.fault.text


def test_unsigned_heads_are_nobodys_and_refused_where_a_key_is_given(town: Town) -> None:
    file = town.publish()
    document = json.loads(file.read_text())
    pem = town.folder / "own.pem"
    pem.write_text(render_public_key(town.wiring.heads_signer.public_key))
    del document["signature"]
    file.write_text(json.dumps(document))
    [proof] = town.prove(file)
    assert proof.published.key_id is None and not proof.is_trusted
    assert refused(town.prove, file, keys=(pem,)) == ["unsigned"]
