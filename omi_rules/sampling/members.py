"""Which cases belong to the groups that a ruleset asks of a sample. What the record leaves open stays open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from omi_rules.errors import Fault, Refused
from omi_rules.facts.cases import Cases, batch
from omi_rules.facts.derive import Facts
from omi_rules.facts.elapsed import elapsed
from omi_rules.meaning import Truth
from omi_rules.records import Record, at
from omi_rules.rules import Awaits
from omi_rules.ruleset import Ruleset
from omi_rules.sample_rules import Membership, SampleRules, Supervision

_KNOWN = {Truth.TRUE: True, Truth.FALSE: False, Truth.UNKNOWN: None}


@dataclass(frozen=True)
class Members:
    """Some cases, and where each belongs; every list has one entry a case, None where it cannot be told."""

    case_ids: Sequence[str]
    belongs: Mapping[str, Sequence[bool | None]]
    """By group or portion."""
    holders: Mapping[str, Sequence[str | None]]
    """By limit: whose case it is."""
    days: Sequence[int | None]
    """Calendar days since the moment that supervision is counted from."""
    in_time: Sequence[bool | None]
    """Whether that is about the time asked for; None also where no margin is set."""


def rules_of(ruleset: Ruleset) -> SampleRules:
    """What a ruleset says of samples.

    Raises:
        Refused: it says nothing.
    """
    if ruleset.sample is None:
        hint = "sample.yaml of omi-2006 shows what could be asked"
        raise Refused(
            [Fault(file=ruleset.head.id, what="this ruleset does not say what a sample must be like", hint=hint)]
        )
    return ruleset.sample


def members(records: Sequence[Record], ruleset: Ruleset, as_of: date | None = None) -> Members:
    """Where some cases belong."""
    rules = rules_of(ruleset)
    facts = Facts(Cases(batch(records, ruleset), ruleset, as_of))
    kinds: dict[str, Membership] = {**rules.groups, **rules.portions}
    days, in_time = _supervision(rules.supervision, facts)
    return Members(
        case_ids=[record["case_id"] for record in records],
        belongs={name: _belongs(kind, records, facts) for name, kind in kinds.items()},
        holders={name: [at(record, limit.field) for record in records] for name, limit in rules.limits.items()},
        days=days,
        in_time=in_time,
    )


def _belongs(kind: Membership, records: Sequence[Record], facts: Facts) -> list[bool | None]:
    if kind.words:
        words = kind.words
        return [words.holds(at(record, words.field)) for record in records]
    assert kind.when is not None  # the form has one of the two
    return [_KNOWN[truth] for truth in facts.truth(kind.when)]


def _supervision(rule: Supervision | None, facts: Facts) -> tuple[list[int | None], list[bool | None]]:
    nothing: list[None] = [None] * facts.cases.size
    if rule is None:
        return [*nothing], [*nothing]
    since = elapsed(rule.since, facts)
    days = [int(n) if known else None for n, known in zip(since.days, since.known, strict=True)]
    if isinstance(rule.within, Awaits):
        return days, [*nothing]
    near = since.about(rule.about, rule.within)
    return days, [bool(one) if known else None for one, known in zip(near, since.known, strict=True)]
