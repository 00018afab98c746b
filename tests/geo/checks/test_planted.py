"""Planted faults are found: the goals of the bench, on one register."""

from pathlib import Path
from time import process_time

import pytest

from bench.check import GOAL, score_planted_register

pytestmark = pytest.mark.endure


def test_planted_faults_are_found_and_little_else(tmp_path: Path) -> None:
    scores, seconds = score_planted_register(tmp_path, 5, process_time)  # whatever else the machine does
    for kind in ("duplicates", "datum", "datum_in_house", "swapped", "districts", "rounded"):
        score = scores[kind]
        assert score.planted >= 100, kind
        assert score.recall >= GOAL, (kind, score)
        assert score.precision >= GOAL, (kind, score)
    assert seconds < 20
