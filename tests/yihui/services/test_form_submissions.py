"""A form's key is claimed once, on every database."""

from datetime import UTC, datetime
from pathlib import Path

from yihui.access.actor import Actor, ActorKind
from yihui.bootstrap import Settings, Wiring
from yihui.services.desk.form_submissions import EarlierSubmission, claim_submission, withdraw_submission

NOW = datetime(2026, 11, 18, 1, tzinfo=UTC)


def test_a_second_claim_of_a_forms_key_finds_the_first_one(target: str, tmp_path: Path) -> None:
    wiring = Wiring(Settings(target, tmp_path / "data"), lambda: NOW)
    officer = Actor("li.min", "li.min", ActorKind.OFFICER)
    assert claim_submission(wiring, officer, "a-key") is None
    assert claim_submission(wiring, officer, "a-key") == EarlierSubmission(None)
    withdraw_submission(wiring, "a-key")
    assert claim_submission(wiring, officer, "a-key") is None
    wiring.close()
