"""A rule as a document (施行办法): chapters in words, and an appendix of its figures, tables and examples."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.text_marks import N_
from rules import Rule, RuleDefinition
from rules.engine.rule import BenefitAmount, BenefitPart
from rules.facts import FactValue, facts_for_event
from rules.model.terms import Limit
from yihui.runtime.language import Language
from yihui.services.desk.record_names import NO_NAMES, RecordNames
from yihui.services.rules.examples import WorkedExample
from yihui.views.condition_words import render_condition
from yihui.views.fact_values import format_fact_value
from yihui.views.labels import EVENT_LABELS
from yihui.views.names import budget_label
from yihui.views.rule_lines import (
    BENEFIT_KIND_TITLES,
    basis_text,
    formula_text,
    money_text,
    period_text,
    redeem_at_lines,
)
from yihui.views.rule_terms import (
    MEMBER_AS_OF,
    dependency_lines,
    lower_level_lines,
    parameter_lines,
    place_lines,
    process_lines,
    time_lines,
)

_FIGURE_NAME = re.compile(r"^param\.\w+(?:: |：)")
_NAMED_BESIDE, _NAMED = re.compile(r" \(param\.\w+\)"), re.compile(r"param\.(\w+)")
_OUTCOMES = {
    "granted": N_("granted"),
    "entered": N_("takes part; if drawn or ranked high enough:"),
    "waiting": N_("is put on the waiting list"),
}
_PAPERS = N_("papers attached")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter: its title and its articles; an article may have several lines."""

    title: str
    articles: Sequence[str]


@dataclass(frozen=True, slots=True)
class Appendix:
    """A table of the appendix; ``last_is_amount``: its last column holds amounts."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    last_is_amount: bool = True


@dataclass(frozen=True, slots=True)
class Measures:
    """The whole document of one version."""

    title: str
    chapters: Sequence[Chapter]
    appendices: Sequence[Appendix]


def build_measures(
    rule: Rule,
    examples: Sequence[WorkedExample],
    owner_name: str,
    language: Language,
    names: RecordNames = NO_NAMES,
) -> Measures:
    """Build the document of a version in the reader's language; what the rule states itself stays as written."""
    writer = _Writer(rule, language, rule.definition.parameter_values, names)
    chapters = [
        (N_("Purpose and basis"), writer.purpose()),
        (N_("Who is entitled"), writer.audience(owner_name)),
        (N_("What is granted"), writer.benefits()),
        (N_("Conditions"), writer.conditions()),
        (N_("How often, how many, and budget"), writer.bounds()),
        (N_("Procedure and deadlines"), writer.procedure()),
        (N_("Papers"), writer.papers()),
        (N_("In force"), writer.in_force()),
    ]
    told = [
        Chapter(language.translate(title), [writer.plain(one) for one in lines]) for title, lines in chapters
    ]
    appendices = [*writer.tables(), *writer.figures(), *writer.examples(examples)]
    return Measures(rule.definition.title, [one for one in told if one.articles], appendices)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the chapters of one rule."""

    rule: Rule
    language: Language
    values: Mapping[str, FactValue]
    names: RecordNames

    @property
    def definition(self) -> RuleDefinition:
        return self.rule.definition

    def plain(self, text: str) -> str:
        """Return a text of the officers' view with the titles of parameters for their names."""
        held, bare = self.definition.parameters, _NAMED_BESIDE.sub("", text)
        for expression in self._expressions():
            for colon in (": ", "："):
                bare = bare.replace(colon + expression, colon + self._words(expression))
        return _NAMED.sub(lambda found: held[found[1]].title if found[1] in held else found[0], bare)

    def _expressions(self) -> Iterator[str]:
        """Yield the expressions that the officers' view of the places shows as they are written."""
        allocate = self.definition.allocate
        yield from (one for one in (allocate.rank, allocate.weight) if one)
        yield from (group.where for group in allocate.groups)
        yield from allocate.quota_per

    def purpose(self) -> Iterator[str]:
        if self.definition.purpose:
            yield self.definition.purpose
        yield from (basis_text(basis, self.language) for basis in self.definition.basis)

    def audience(self, owner_name: str) -> Iterator[str]:
        say = self.language.render
        yield say(N_("These measures hold for the members of {owner}."), owner=owner_name)
        happens = self.language.translate(EVENT_LABELS.get(self.definition.on, self.definition.on))
        yield say(N_("They apply when this happens: {event}."), event=happens)
        if self.definition.among:
            yield say(
                N_("They concern only those of whom holds: {that}."), that=self._words(self.definition.among)
            )

    def benefits(self) -> Iterator[str]:
        tables = 0
        for part in self.rule.parts:
            tables += bool(part.rows)
            lines = [self._benefit(part, tables)]
            if part.benefit.redeem_at:
                lines += [one.strip() for one in redeem_at_lines(part.benefit.redeem_at, self.language)]
            if part.benefit.partial:
                lines.append(
                    self.language.translate(
                        N_("where less than this is left of the budget, what is left is granted")
                    )
                )
            yield "\n".join(lines)

    def _benefit(self, part: BenefitPart, tables: int) -> str:
        benefit, say = part.benefit, self.language.render
        words = [
            self.language.translate(BENEFIT_KIND_TITLES[benefit.kind]),
            benefit.title or self.definition.title,
        ]
        if part.rows:
            words.append(say(N_("as appendix {number} states"), number=tables))
        elif benefit.amount is not None:
            expression = self._words(benefit.amount.expression)
            words.append(formula_text(self.definition, benefit.amount, expression, self.language))
        elif part.amount:
            words.append(self._amount(part.amount))
        if benefit.unit:
            words.append(f"{part.quantity} {benefit.unit}")
        if part.uses != 1:
            words.append(say(N_("can be used {times} times"), times=part.uses))
        return self.language.join_clauses(words)

    def conditions(self) -> Iterator[str]:
        for one in self.definition.require:
            lines = [self._words(one.that)]
            lines.append(self.language.render(N_("Otherwise: {reason}"), reason=one.otherwise))
            if one.remedy:
                lines.append(self.language.render(N_("What to do: {remedy}"), remedy=one.remedy))
            yield "\n".join(lines)

    def bounds(self) -> Iterator[str]:
        if self.definition.member_as_of:
            yield self.language.translate(MEMBER_AS_OF)
        for limit in self.definition.limits:
            yield self._limit(limit)
        yield from _article(place_lines(self.definition, self.language))
        for dependency in self.definition.depends:
            yield from _article(dependency_lines(self.definition, dependency, self.language))
        if self.definition.budget:
            yield self.language.render(
                N_("Paid out of the budget “{budget}”."),
                budget=budget_label(self.definition.budget, self.names),
            )
        if self.definition.caps:
            caps = self.language.format_list(self.definition.caps)
            yield self.language.render(
                N_("Together with other benefits no more than these caps allow: {caps}."), caps=caps
            )
        if self.definition.lower_levels:
            yield from _article(lower_level_lines(self.definition.lower_levels, self.language))

    def _limit(self, limit: Limit) -> str:
        times = self.definition.resolve_figure(limit.times)
        period = period_text(self.definition.resolve_period(limit.every), self.language)
        known = facts_for_event(self.definition.on)
        names = [
            self.language.translate(known[path].title if path in known else N_("member"))
            for path in limit.per
        ]
        per = self.language.format_list(names)
        told = self.language.render(
            N_("{times} times {period}, for each {per}."), times=times, period=period, per=per
        )
        if limit.shared:
            shared = N_("All benefits of “{name}” count together.")
            told = f"{told}{self.language.render(shared, name=limit.shared)}"
        return (
            told
            if limit.where is None
            else f"{told}\n{self.language.render(N_('This binds those for whom: {where}'), where=self._words(limit.where))}"
        )

    def procedure(self) -> Iterator[str]:
        yield from (line for line in self._process() if not self._is_about_papers(line))
        yield from (line.strip() for line in time_lines(self.definition, self.language))

    def papers(self) -> Iterator[str]:
        yield from (line for line in self._process() if self._is_about_papers(line))

    def _process(self) -> list[str]:
        process = self.definition.process
        return [line.strip() for line in process_lines(process, self.language)] if process else []

    def _is_about_papers(self, line: str) -> bool:
        return line.startswith(self.language.translate(_PAPERS))

    def in_force(self) -> Iterator[str]:
        span = self.definition.in_force
        if span.until is None:
            yield self.language.render(N_("In force from {since}."), since=span.since)
        else:
            yield self.language.render(
                N_("In force from {since} to {until}."), since=span.since, until=span.until
            )

    def tables(self) -> Iterator[Appendix]:
        columns = [self.language.translate(one) for one in (N_("case"), N_("amount granted"))]
        for part in (one for one in self.rule.parts if one.rows):
            table = part.benefit.table
            assert table is not None
            rows = [
                [self._row(row.that), self._amount(amount)]
                for row, amount in zip(part.rows, part.amounts, strict=True)
            ]
            rows.append([self.language.translate(N_("in every other case")), table.otherwise])
            yield Appendix(part.benefit.title or self.definition.title, columns, rows)

    def _row(self, that: str) -> str:
        return self.language.translate(N_("in every case")) if that == "true" else self._words(that)

    def figures(self) -> Iterator[Appendix]:
        if self.definition.parameters:
            lines = [one.strip() for one in parameter_lines(self.definition, self.language)]
            told = [[_FIGURE_NAME.sub("", line)] for line in lines]
            title = self.language.translate(N_("Figures of the rule"))
            yield Appendix(title, [self.language.translate(N_("figure, value and bounds"))], told, False)

    def examples(self, examples: Sequence[WorkedExample]) -> Iterator[Appendix]:
        if examples:
            columns = [self.language.translate(one) for one in (N_("case"), N_("decision"))]
            rows = [[self._facts(one.facts), self._decision(one)] for one in examples]
            yield Appendix(self.language.translate(N_("Worked examples")), columns, rows)

    def _facts(self, facts: Mapping[str, FactValue]) -> str:
        known = facts_for_event(self.definition.on)
        told = []
        for path, value in facts.items():
            if path in known and path not in ("member.organisation", "member.district"):
                shown = format_fact_value(path, value, self.language)
                told.append(f"{self.language.translate(known[path].title)}: {shown}")
        return "\n".join(told)

    def _decision(self, example: WorkedExample) -> str:
        if not example.is_granted:
            reasons = self.language.join_clauses([self.language.translate(one) for one in example.reasons])
            return self.language.render(N_("refused: {reasons}"), reasons=reasons)
        told = self.language.translate(_OUTCOMES[example.outcome])
        amounts = [money_text(one, self.language) for one in example.amounts_fen if one]
        return f"{told} {self.language.format_list(amounts)}" if amounts else told

    def _amount(self, amount: BenefitAmount) -> str:
        return (
            money_text(amount, self.language)
            if isinstance(amount, int)
            else self._words(amount.expression.text)
        )

    def _words(self, that: str) -> str:
        return render_condition(self.definition.on, that, self.values, self.language)


def _article(lines: Iterator[str]) -> Iterator[str]:
    """Yield one article of several lines, if there are any."""
    if told := "\n".join(line.strip() for line in lines):
        yield told
