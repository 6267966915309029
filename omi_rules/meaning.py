"""What a condition means, and what verdict follows: the law of this program.

Everything that judges must agree with this page. The engine compiles it, the tests hold the engine to it, and
where durable-rules cannot be had it judges in its place.

Truth has three values, by the strong logic of Kleene: true, false, and not recorded (`UNKNOWN`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from omi_rules.conditions import AllOf, AnyOf, Condition, In, Not, Recorded, Value


class Truth(StrEnum):
    """Whether something holds, as far as the record tells."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "not recorded"


class Computed(StrEnum):
    """What a clock found."""

    MET = "met"
    LATE = "late"
    NOT_DONE = "not_done"
    WRONG_ATTRIBUTE = "wrong_attribute"
    GAP_TOO_LONG = "gap_too_long"
    OCCURRED = "occurred"
    NOT_DUE = "not_due"
    ENDED = "ended"
    """Supervision ended before the due day."""
    NEVER = "never"
    """What the clock runs from never came."""
    DATE_MISSING = "date_missing"
    EVIDENCE_AMBIGUOUS = "evidence_ambiguous"
    NONE = "none"
    """No clock decides the question, or its clock awaits a number."""


class Answered(StrEnum):
    """Where an assessor's answer lies on the answer scale."""

    ABOVE = "above the line"
    BELOW = "below the line"
    OUTSIDE = "not applicable"
    NONE = "no answer"


class Outcome(StrEnum):
    """The outcome of a question for a case."""

    SUFFICIENT = "sufficient"
    NOT_SUFFICIENT = "not_sufficient"
    NOT_APPLICABLE = "not_applicable"
    NOT_EVIDENCED = "not_evidenced"
    PENDING = "pending"


class Reason(StrEnum):
    """Why: the closed list of `docs/contract.md`."""

    MET = "met"
    LATE = "late"
    NOT_DONE = "not_done"
    WRONG_ATTRIBUTE = "wrong_attribute"
    GAP_TOO_LONG = "gap_too_long"
    OCCURRED = "occurred"
    JUDGED = "judged"
    NOT_RELEVANT = "not_relevant"
    NOT_DUE = "not_due"
    DATE_MISSING = "date_missing"
    NOT_ANSWERED = "not_answered"
    EVIDENCE_AMBIGUOUS = "evidence_ambiguous"
    RELEVANCE_UNKNOWN = "relevance_unknown"


class Basis(StrEnum):
    """Who decided."""

    COMPUTED = "computed"
    JUDGED = "judged"


def truth(condition: Condition, facts: Mapping[str, Value | None]) -> Truth:
    """Whether a condition holds of the facts of a case; None is *not recorded*.

    >>> ppo = In("ppo", (True,))
    >>> [str(truth(ppo, {"ppo": value})) for value in (True, False, None)]
    ['true', 'false', 'not recorded']
    >>> tier_1, unpaid = In("tier", (1,)), In("unpaid", (True,))
    >>> str(truth(AllOf((Not(tier_1), Not(unpaid))), {"tier": None, "unpaid": True}))
    'false'
    >>> str(truth(AnyOf((tier_1, unpaid)), {"tier": None, "unpaid": False}))
    'not recorded'
    """
    match condition:
        case In(fact, values):
            value = facts[fact]
            return Truth.UNKNOWN if value is None else _known(value in values)
        case Recorded(fact):
            return _known(facts[fact] is not None)
        case Not(part):
            return _NOT[truth(part, facts)]
        case AllOf(parts):
            found = {truth(part, facts) for part in parts}
            return _first(found, Truth.FALSE, Truth.UNKNOWN, Truth.TRUE)
        case AnyOf(parts):
            found = {truth(part, facts) for part in parts}
            return _first(found, Truth.TRUE, Truth.UNKNOWN, Truth.FALSE)


def _known(holds: bool) -> Truth:
    return Truth.TRUE if holds else Truth.FALSE


_NOT = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


def _first(found: set[Truth], strongest: Truth, middle: Truth, otherwise: Truth) -> Truth:
    return strongest if strongest in found else middle if middle in found else otherwise


@dataclass(frozen=True)
class Verdict:
    """A line of the table: in which situations it speaks, and what it says."""

    name: str
    relevant: frozenset[Truth]
    computed: frozenset[Computed]
    answered: frozenset[Answered]
    outcome: Outcome
    reason: Reason
    basis: Basis


def _table() -> tuple[Verdict, ...]:
    anything, any_answer = frozenset(Computed), frozenset(Answered)
    yes, no, unknown = (frozenset({t}) for t in (Truth.TRUE, Truth.FALSE, Truth.UNKNOWN))
    undecided = frozenset({Computed.DATE_MISSING, Computed.EVIDENCE_AMBIGUOUS, Computed.NONE})
    good, bad, out, wait = Outcome.SUFFICIENT, Outcome.NOT_SUFFICIENT, Outcome.NOT_APPLICABLE, Outcome.PENDING

    # Relevance first.
    lines = [Verdict("not relevant", no, anything, any_answer, out, Reason.NOT_RELEVANT, Basis.COMPUTED)]

    # Computed before judged: where dates decide, they decide.
    for computed, outcome, reason in (
        (Computed.MET, good, Reason.MET),
        (Computed.LATE, bad, Reason.LATE),
        (Computed.NOT_DONE, bad, Reason.NOT_DONE),
        (Computed.WRONG_ATTRIBUTE, bad, Reason.WRONG_ATTRIBUTE),
        (Computed.GAP_TOO_LONG, bad, Reason.GAP_TOO_LONG),
        (Computed.OCCURRED, bad, Reason.OCCURRED),
        (Computed.NOT_DUE, wait, Reason.NOT_DUE),
        (Computed.ENDED, out, Reason.NOT_DUE),
        (Computed.NEVER, out, Reason.NOT_RELEVANT),
    ):
        lines.append(
            Verdict(f"clock: {computed}", yes, frozenset({computed}), any_answer, outcome, reason, Basis.COMPUTED)
        )

    # Where they cannot, be it the relevance or the clock, the assessor's answer decides ...
    for answered, outcome in ((Answered.ABOVE, good), (Answered.BELOW, bad), (Answered.OUTSIDE, out)):
        one = frozenset({answered})
        lines.append(Verdict(f"assessor: {answered}", yes, undecided, one, outcome, Reason.JUDGED, Basis.JUDGED))
        lines.append(
            Verdict(
                f"assessor, relevance unknown: {answered}", unknown, anything, one, outcome, Reason.JUDGED, Basis.JUDGED
            )
        )

    # ... and without one it is said what could not be told, never guessed.
    none = frozenset({Answered.NONE})
    for computed, reason, basis in (
        (Computed.DATE_MISSING, Reason.DATE_MISSING, Basis.COMPUTED),
        (Computed.EVIDENCE_AMBIGUOUS, Reason.EVIDENCE_AMBIGUOUS, Basis.COMPUTED),
        (Computed.NONE, Reason.NOT_ANSWERED, Basis.JUDGED),
    ):
        one_computed = frozenset({computed})
        lines.append(Verdict(f"no answer: {reason}", yes, one_computed, none, Outcome.NOT_EVIDENCED, reason, basis))
    lines.append(
        Verdict(
            "no answer: relevance unknown",
            unknown,
            anything,
            none,
            Outcome.NOT_EVIDENCED,
            Reason.RELEVANCE_UNKNOWN,
            Basis.COMPUTED,
        )
    )
    return tuple(lines)


TABLE = _table()
"""Every situation is covered by exactly one line."""


def verdict(relevant: Truth, computed: Computed, answered: Answered) -> Verdict:
    """The one line of the table that speaks.

    >>> v = verdict(Truth.TRUE, Computed.LATE, Answered.ABOVE)
    >>> str(v.outcome), str(v.reason)
    ('not_sufficient', 'late')
    >>> str(verdict(Truth.UNKNOWN, Computed.MET, Answered.NONE).outcome)
    'not_evidenced'
    """
    (line,) = [v for v in TABLE if relevant in v.relevant and computed in v.computed and answered in v.answered]
    return line


ANSWER_OUTCOME = {
    Answered.ABOVE: Outcome.SUFFICIENT,
    Answered.BELOW: Outcome.NOT_SUFFICIENT,
    Answered.OUTSIDE: Outcome.NOT_APPLICABLE,
    Answered.NONE: None,
}


def disagrees(line: Verdict, answered: Answered) -> bool:
    """Whether the assessor answered, the record decided, and the two outcomes differ.

    >>> disagrees(verdict(Truth.TRUE, Computed.LATE, Answered.ABOVE), Answered.ABOVE)
    True
    """
    return line.basis is Basis.COMPUTED and ANSWER_OUTCOME[answered] not in (None, line.outcome)
