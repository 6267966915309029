"""What reports of an inspection say in words, the same in every format. Texts of the record come as they stand."""

from __future__ import annotations

from omi_rules.inspection.dates import DueDate, Standing
from omi_rules.inspection.grades import GeneralGrade
from omi_rules.inspection.judged import Judged
from omi_rules.inspection.questionnaires import Replies, Share
from omi_rules.inspection.record import FocusGroup
from omi_rules.reports.text import number_of
from omi_rules.scoring.scores import CriterionScore, half_up
from omi_rules.sentences import score_bases


def n_of(found: Share) -> str:
    """A share with its numbers: ``35 of 150 (23%)``; without a percentage where nobody could."""
    return f"{found.n} of {found.of}" + ("" if found.percent is None else f" ({found.percent}%)")


def said(found: Replies) -> str:
    """What a question was answered: every answer with its numbers, or what the source prints without them."""
    if not found.shares:
        return f"printed: {found.reply.printed}; numbers not recorded"
    parts = [", ".join(f"{share.answer} {n_of(share)}" for share in found.shares)]
    parts += [f"{found.unanswered} without an answer"] if found.unanswered else []
    parts += [f"printed: {found.reply.printed}"] if found.reply.printed else []
    return "; ".join(parts)


def due(found: DueDate) -> str:
    """When a step is due, as exactly as it is known."""
    if found.due is None:
        return ""
    one = found.due.first == found.due.last
    days = str(found.due.first) if one else f"between {found.due.first} and {found.due.last}"
    opens = f"from {found.opens.first} to " if found.opens and one else ""
    about = "about " if found.about else ""
    return f"{about}{opens}{days}{' (from the day the step before is due)' if found.projected else ''}"


def standing(found: DueDate) -> str:
    """How a step stands, with the reason where that cannot be told."""
    if found.days_early:
        least, most = found.days_early
        between = f"{least}" if least == most else f"{least} to {most}"
        return f"{found.standing} by {between} day{'' if most == 1 else 's'}; not late"
    if found.standing is not Standing.UNTOLD:
        return str(found.standing)
    if found.about:
        return "no verdict: the source says about when"
    return "cannot be told: " + ("what it runs from is not recorded" if found.projected else "a day is not recorded")


def graded(found: GeneralGrade) -> str:
    """How a computed grade came about: from how many, what the others could change, and the cap."""
    if found.computed is None:
        return "no specific criterion graded"
    parts = [f"{found.in_words(found.computed)}, from {found.graded} of {len(found.specific)}"]
    if found.bounds and found.graded < len(found.specific) and found.bounds[0] != found.bounds[1]:
        parts.append(f"{found.in_words(found.bounds[0])} to {found.in_words(found.bounds[1])} with the others")
    return ", ".join([*parts, *(["capped"] if found.capped else [])])


def figures_of(found: FocusGroup) -> str:
    """How many groups, and how many came."""
    number = sum(found.held.values()) if found.groups is None and found.held else found.groups
    parts = [] if number is None else [f"{number} group{'' if number == 1 else 's'}"]
    if found.held:
        parts[0] += f" ({', '.join(f'{number} {where}' for where, number in found.held.items())})"
    if found.attended is not None:
        parts.append(f"{found.attended} came" + ("" if found.invited is None else f" of {found.invited} invited"))
    return ", ".join(parts) or "numbers not recorded"


def starred(star: bool | None) -> str:
    """A printed star."""
    return "" if star is None else "*" if star else "no star"


def thread(judged: Judged) -> str:
    """The score that the decision looks at, and how sure it is; empty without a score."""
    score, scores = judged.decision.score, judged.scores
    if score is None or scores is None or score.rounded is None:
        return ""
    found = f"{judged.decision.title}: {score.rounded}%"
    sample = number_of(scores.tally.cases, "case")
    if score.interval:
        between = f"95% interval {half_up(score.interval[0])} to {half_up(score.interval[1])}"
        return f"{found}, {between}, from {sample}"
    base = score_bases(scores)["thread", judged.decision.thread]
    of = sample if base >= scores.tally.cases else f"{base:,} of {sample}"
    return f"{found}, on {of}: too few for an interval"


def priority(found: CriterionScore) -> str:
    """A score under the line of priority, and whether too few cases are behind it for an interval."""
    return f"{found.rounded}%" + ("" if found.interval else ", few cases")


def cases(judged: Judged) -> str:
    """How many cases were scored, and how many records could not be."""
    if judged.scores is None:
        return "No case sample: nothing is scored."
    left = f"; {number_of(len(judged.rejected), 'record')} could not be used: left out" if judged.rejected else ""
    return f"{number_of(judged.scores.tally.cases, 'case')}{left}."


def stars(judged: Judged) -> str:
    """How many of the rows that have a printed star, or a place for one, it says something else of; empty if none."""
    printed = sum(one.row.star is not None for one in judged.targets)
    apart = [one.row.measure for one in judged.star_disagreements]
    if not printed:
        return ""
    where = f": {'; '.join(apart)}" if apart else ""
    return f"The printed star says other than what is worked out in {len(apart)} of {number_of(printed, 'row')}{where}."
