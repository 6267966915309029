"""What a ruleset says of the sentences drafted from scores: their frames, the hedges, what is listed as what.

Percentages here are compared with the whole percentage that is printed, as the line of priority is.
"""

from __future__ import annotations

from typing import Annotated

from omi_rules.forms import SOME, Bounds, form
from omi_rules.leadership import Percentage, Rule
from omi_rules.vocabulary import StrictInt


@form
class Hedge(Rule):
    """The words for a share `from` a percentage up to the hedge before; they stand before the name of the cases.

    Those from 100 are for every case and those from 0 for none, whatever a percentage is rounded to.
    """

    from_: Percentage
    words: str


@form
class AtLeast(Rule):
    """A question whose share is so high, or higher, is a strength."""

    from_: Percentage


@form
class Below(Rule):
    """A question whose share is lower is an area for improvement."""

    below: Percentage


@form
class Fewer(Rule):
    """On fewer cases nothing is concluded: counts are given, without a percentage."""

    below: Annotated[StrictInt, Bounds(ge=0)]


@form
class Frames:
    """The sentences that the clauses of questions complete, and those on criteria and threads.

    `one`, if there is one, stands for `few` where a base is a single case and it is the one that is counted.
    """

    case: str
    few: str
    one: str = ""
    criterion: str
    thread: str


@form
class Drafting:
    """How strengths and areas for improvement are drafted."""

    note: str
    """What a reader has to know to read the sentences rightly; printed above them."""
    cases: str
    """The name of the base where a question gives none."""
    frames: Frames
    strength: AtLeast
    improvement: Below
    few_cases: Fewer


@form
class Shortfall:
    """A score or share under a percentage.

    Without `below`, a criterion is held to the line of priority, and a question to what makes it an area for
    improvement. A thread has no line, so `below` has to be said.
    """

    criterion: str | None = None
    thread: str | None = None
    question: str | None = None
    below: Percentage | None = None

    def __post_init__(self) -> None:
        if len([one for one in (self.criterion, self.thread, self.question) if one is not None]) != 1:
            raise ValueError("want one of `criterion: id`, `thread: name`, `question: id`")
        if self.thread is not None and self.below is None:
            raise ValueError("a thread has no line of its own: want `below: percentage` beside it")

    @property
    def of(self) -> tuple[str, str]:
        """What falls short: its kind, which is its key, and its id or name."""
        given = {"criterion": self.criterion, "thread": self.thread, "question": self.question}
        return next((kind, name) for kind, name in given.items() if name is not None)


@form
class Recommendation(Rule):
    """A sentence to be recommended where `all` of some shortfalls, and at least one of `any`, are found.

    The shortfalls found are its reasons; of the questions in `figures`, those that fall short are given besides.
    """

    name: str
    text: str
    all: Annotated[tuple[Shortfall, ...], SOME] | None = None
    any: Annotated[tuple[Shortfall, ...], SOME] | None = None
    figures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.all and not self.any:
            raise ValueError("want `all` or `any`: the shortfalls that call for it")
