"""Check rule files against the shipped caps and the rules that they may depend on."""

import re
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from benefits import list_budgets
from core.faults import Fault
from rules import RuleDefinition, RuleFaults, lint_rule_files
from yihui.bootstrap import Wiring
from yihui.services.rules.fact_sources import build_fact_sources
from yihui.services.rules.in_force import DraftAmendment
from yihui.services.rules.places import find_unknown_places
from yihui.services.rules.rules import RuleFileTexts, read_rule_texts, shipped_file_names
from yihui.services.rules.sources import RuleSources, read_rule_sources

_NAMES_RULES = re.compile(r"\b(depends|adapts)\b")
_ADAPTS = re.compile(r"""(?m)^adapts:\s*["']?([a-z0-9-]+)""")
_BUDGET = re.compile(r"""\bbudget["']?\s*:""")
_ID = re.compile(r"""(?m)^id:\s*["']?([a-z0-9-]+)""")


def lint_paths(wiring: Wiring, paths: Sequence[Path]) -> list[Fault]:
    """Return all faults of the paths; without paths, of all rules as they hold.

    The paths are checked beside the caps and tables of the release, the rules on which they may depend, the
    rules that they adapt, and the amounts of the ledger's budgets. *Raises*: StoreError, OSError.
    """
    if not paths:
        return _lint_all(wiring, read_rule_sources(wiring), _load_budgets(wiring))
    read = read_rule_texts((*wiring.settings.rules_in_force, *paths))
    budgets = _load_budgets(wiring) if any(_BUDGET.search(text) for _, text in read.texts) else {}
    sources = _sources_beside(wiring, read.texts)
    beside = DraftAmendment.of_texts(read.texts, sources.amendment())
    above = _adapted_rules(read.texts, sources)
    named = {name for name, _ in above}
    found = lint_rule_files(
        [*read.texts, *above],
        beside,
        budgets=budgets,
        others=_others(read.texts, sources),
        sources=build_fact_sources(),
    )
    own = (fault for fault in found if fault.file not in named)
    return [*read.faults, *own, *find_unknown_places(wiring, read.texts)]


def _lint_all(wiring: Wiring, sources: RuleSources, budgets: Mapping[str, int]) -> list[Fault]:
    amendment = sources.amendment()
    texts = list(sources.texts())
    found = lint_rule_files(texts, amendment, budgets=budgets, sources=build_fact_sources())
    return [*sources.base.faults, *amendment.faults, *found, *find_unknown_places(wiring, texts)]


def _sources_beside(wiring: Wiring, texts: Sequence[tuple[str, str]]) -> RuleSources:
    """Return the rules as they hold if a text names another rule; else the database is not opened."""
    if any(_NAMES_RULES.search(text) for _, text in texts):
        return read_rule_sources(wiring)
    return RuleSources(RuleFileTexts())


def _others(texts: Sequence[tuple[str, str]], sources: RuleSources) -> list[RuleDefinition]:
    """Return the rules of other files on which the checked rules may depend."""
    own = {name for name, _ in texts}
    try:
        library = sources.load_library()
    except RuleFaults:  # a file of the folders is faulty; it is among the texts, and reported there
        shipped = [pair for pair in sources.base.texts if pair[0] in shipped_file_names()]
        library = RuleSources(RuleFileTexts(shipped), sources.approved).load_library()
    return [rule.definition for rule in library.rules if rule.file not in own]


def _adapted_rules(texts: Sequence[tuple[str, str]], sources: RuleSources) -> list[tuple[str, str]]:
    """Return the texts of the rules that the texts adapt, unless the texts replace them."""
    adapted = {found[1] for _, text in texts for found in _ADAPTS.finditer(text)}
    if not adapted:
        return []
    names = {name for name, _ in texts}
    stated = {found[1] for _, text in texts for found in _ID.finditer(text)}
    return [
        (name, text)
        for name, text in sources.texts()
        if name not in names and stated.isdisjoint(found[1] for found in _ID.finditer(text))
    ]


def _load_budgets(wiring: Wiring) -> dict[str, int]:
    """Return the amounts in fen of the ledger's budgets that have one; none without a database."""
    if not wiring.has_database:
        return {}
    reading = Wiring(replace(wiring.settings, read_only=True), wiring.now)
    with closing(reading), reading.database.read() as connection:
        return {b.id: b.ceiling_fen for b in list_budgets(connection) if b.ceiling_fen is not None}
