"""Questionnaires: how many came back, and what they said. They are views of those who answered and enter no score."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from omi_rules.exact import percent
from omi_rules.inspection.record import Questionnaire, Reply


@dataclass(frozen=True)
class Share:
    """How many of those who answered a question gave one answer."""

    answer: str
    n: int
    of: int

    @property
    def percent(self) -> int | None:
        """The share as a whole percentage; None if nobody answered."""
        return percent(self.n, self.of)


@dataclass(frozen=True)
class Replies:
    """A question of a questionnaire."""

    reply: Reply
    shares: tuple[Share, ...]
    """By answer, as recorded; none where the source prints a percentage without numbers (`reply.printed`)."""
    unanswered: int | None
    """Questionnaires that came back without an answer to it; None where there are no numbers."""


@dataclass(frozen=True)
class Response:
    """A questionnaire with its response rate."""

    questionnaire: Questionnaire
    replies: tuple[Replies, ...]

    @property
    def rate(self) -> Share:
        """The part that came back of those sent."""
        return Share("returned", self.questionnaire.returned, self.questionnaire.issued)


def responses(sent: Iterable[Questionnaire]) -> tuple[Response, ...]:
    """Every questionnaire with its rates."""
    return tuple(Response(one, tuple(_replies(reply, one.returned) for reply in one.answers)) for one in sent)


def _replies(reply: Reply, returned: int) -> Replies:
    answered = sum(reply.counts.values())
    shares = tuple(Share(answer, n, answered) for answer, n in reply.counts.items())
    return Replies(reply, shares, returned - answered if shares else None)
