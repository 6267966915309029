"""The sentence of a finding, from the templates of its ruleset."""

from __future__ import annotations

import re
from collections.abc import Mapping

from omi_rules.conditions import facts_of
from omi_rules.evidence import Trail
from omi_rules.findings import Finding
from omi_rules.meaning import Computed, Outcome, Reason
from omi_rules.rules import Answers, Clock, DatedLength, kind_of, limit_of

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_WORD = re.compile(r"\{(\w+)\}")


def fill(template: str, words: Mapping[str, str]) -> str:
    """A template with its words put in; a part in square brackets is left out where one of its words is empty.

    >>> fill("Due[ by {due}][, {late} late].", {"due": "2006-04-26", "late": ""})
    'Due by 2006-04-26.'
    """

    def part(found: re.Match[str]) -> str:
        return found[1] if all(words.get(word) for word in _WORD.findall(found[1])) else ""

    return _WORD.sub(lambda found: words[found[1]], _OPTIONAL.sub(part, template))


def message(finding: Finding, trail: Trail) -> str:
    """What was required, what was found, and the source, in one sentence."""
    ruleset, question = trail.ruleset, finding.question
    clock = ruleset.clock_of(question)
    requires = required(clock) if clock else ""
    late = f"{finding.days_late} day{'' if finding.days_late == 1 else 's'}" if finding.days_late is not None else ""
    asked = "the rule" if clock is None else ruleset.citation(clock.source)
    words = {
        "requires": requires,
        "as_of": str(trail.as_of),
        "asked": str(trail.latest(clock.answers) or "") if isinstance(clock, Answers) else "",
        "Requires": requires[:1].upper() + requires[1:],
        "question": question.question,
        "asked_of": question.asked_of,
        "answer": finding.answer or "",
        "due": str(finding.due or ""),
        "done": str(finding.done or ""),
        "late": late if finding.done else "",
        "overdue": late if not finding.done else "",
        "found": "; ".join(failing(finding, trail)),
        "missing": ", ".join(missing(finding, trail)),
        "ended": str(trail.record["sentence"].get("ended_on") or ""),
        "facts": _facts(finding, trail),
        "source": ruleset.citation(question.source) if clock is None else asked,
    }
    return fill(_template(finding, clock, ruleset.head.messages), words)


def _template(finding: Finding, clock: Clock | None, messages: Mapping[str, str]) -> str:
    reason = str(finding.line.reason)
    if finding.line.reason is Reason.NOT_DUE and finding.line.outcome is Outcome.NOT_APPLICABLE:
        reason = str(Computed.ENDED)
    kind = "clock" if clock and finding.line.reason is Reason.JUDGED and not finding.unasked else kind_of(clock)
    return messages.get(f"{reason}.{kind}", messages[reason])


def required(clock: Clock) -> str:
    """What a clock requires, with its number."""
    return fill(clock.requires, {"within": allowed(clock) or "a time not yet set"})


def allowed(clock: Clock) -> str:
    """The time a clock allows; empty where it sets none, or awaits it."""
    limit = limit_of(clock)
    return _numbers(limit) if isinstance(limit, tuple) else ""


def _numbers(limit: tuple[DatedLength, ...]) -> str:
    return " or ".join(f"{dated.value}{f' (from {dated.from_})' if dated.from_ else ''}" for dated in limit)


def missing(finding: Finding, trail: Trail) -> list[str]:
    """The places of the record that would have to be filled for this finding to be told."""
    reason = finding.line.reason
    if reason is Reason.RELEVANCE_UNKNOWN:
        return trail.missing_for(finding.question.when)
    clock = trail.ruleset.clock_of(finding.question)
    told = reason in (Reason.DATE_MISSING, Reason.EVIDENCE_AMBIGUOUS, Reason.JUDGED) and not finding.unasked
    if clock is not None and told:
        return trail.missing(clock, finding.computed)
    return [f"answers.{finding.question.id}"] if reason is Reason.NOT_ANSWERED else []


def failing(finding: Finding, trail: Trail) -> list[str]:
    """The events that are not as a clock wants them, where that is what was found."""
    clock = trail.ruleset.clock_of(finding.question)
    if clock is None or finding.line.reason not in (Reason.WRONG_ATTRIBUTE, Reason.OCCURRED):
        return []
    return [fact.text for fact in trail.failing(clock)]


def _facts(finding: Finding, trail: Trail) -> str:
    if not list(facts_of(finding.question.when)) or finding.line.reason is not Reason.NOT_RELEVANT:
        return ""
    return "; ".join(fact.text for fact in trail.condition(finding.question.when)[:3])
