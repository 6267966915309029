"""The checker a good Python programmer would write for this one job: by hand, without rules and without an engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.facts import facts
from benchmarks.findings import code
from benchmarks.log import Record, Truth, both, either, known

Facts = dict[str, Any]

ASKED: list[tuple[Callable[[Facts], Truth], str]] = [
    (
        lambda _: True,
        "1.2.q07 1.2.q08 1.2.q09 1.2.q10 1.2.q11 1.2.q12 1.2.q13 1.2.q14 1.2.q19 1.2.qS 1.3.q02 1.3.q03 1.3.q06 1.3.qS "
        "1.4.q01 1.4.q02 1.4.q03 1.4.q04 1.4.q05 1.4.q06 1.5.q02 1.5.q03 1.5.q04 1.5.q05 1.5.q12 1.5.q22 1.5.q23 "
        "1.5.q24 1.5.q25 2.1.q01 2.1.q02 2.1.q03 2.1.q04 2.1.q05 2.1.q09 2.1.q16 2.1.q17 2.1.qS 2.2.q01 2.2.q02 "
        "2.2.q14 2.2.q15 2.2.q16 2.2.q18 2.2.qS 2.3.q04 2.3.q06 2.4.q01 2.4.q02 2.4.q03 2.4.q04 2.4.q05 2.4.q07 "
        "2.4.q08 2.4.q12 2.4.q13 2.4.q14 2.4.q15 2.4.q16 2.4.qS 2.5.q01 2.5.q02 2.6.q01 2.6.qS 2.7.q02 2.7.qS 3.1.q05 "
        "3.1.q06 3.1.q08 3.1.q12 3.1.q13 3.1.q15 3.1.q16 3.1.q17 3.1.q18 3.1.q19 3.1.q20 3.1.q21 3.1.q22 3.1.q23 "
        "3.1.q24 3.1.q25 3.1.q26 3.2.q03 3.2.q04 3.2.q05 3.2.q06",
    ),
    (
        lambda f: f["psr_written"],
        "1.1.q02 1.1.q03 1.1.q08 1.1.q09 1.1.q10 1.1.q11 1.1.q12 1.1.q14 1.1.q15",
    ),
    (lambda f: f["proposal_not_followed"], "1.1.q06"),
    (lambda f: f["psr_request"], "1.1.q07"),
    (lambda f: both(f["psr_written"], f["flags.self_harm"]), "1.1.q13"),
    (lambda f: both(f["psr_written"], f["flags.ppo"]), "1.1.q16 1.1.q17"),
    (lambda f: both(not _licence(f), f["roh_screened"]), "1.2.q01"),
    (lambda f: f["roh_screened"], "1.2.q02"),
    (
        lambda f: _licence(f),
        "1.2.q03 1.2.q18 2.1.q21 2.4.q17 2.4.q18 2.6.q03 2.6.q04 2.6.q05 2.6.q06 2.6.q07",
    ),
    (lambda f: not _licence(f), "1.2.q17 1.5.q01 1.5.q10 1.5.q17"),
    (lambda f: f["full_analysis_indicated"], "1.2.q04"),
    (lambda f: both(f["full_analysis_indicated"], known(f["full_analysis_done"], False)), "1.2.q05"),
    (lambda f: f["full_analysis_done"], "1.2.q06"),
    (lambda f: f["roh_high_since_start"], "1.2.q15 2.2.q17"),
    (lambda f: known(f["roh_since_start"], "medium"), "1.2.q16"),
    (lambda f: f["flags.approved_premises_referred"], "1.2.q20"),
    (lambda f: f["mappa_case"], "1.2.q22 1.2.q23 2.2.q08 2.2.q09"),
    (lambda f: f["flags.child_safeguarding"], "1.2.q24 2.2.q19"),
    (lambda f: f["flags.other_workers"], "1.2.q25 1.5.q11 2.1.q06 2.1.q07 2.1.q08"),
    (lambda f: _tier(f, 2), "1.3.q01 3.1.q09"),
    (lambda f: f["flags.ppo"], "1.3.q04 1.3.q05 2.4.q06 3.1.q14"),
    (lambda f: f["basic_skills_need_indicated"], "1.4.q07"),
    (lambda f: both(_tier(f, 2), known(f["stand_alone_unpaid_work"], False)), "1.5.q06 1.5.q07 1.5.qS"),
    (
        lambda f: both(not _licence(f), f["roh_since_start"] and f["roh_since_start"] != "low"),
        "1.5.q08 1.5.q09",
    ),
    (
        lambda f: f["plan_made"],
        "1.5.q13 1.5.q14 1.5.q15 1.5.q16 1.5.q18 1.5.q19 1.5.q20 1.5.q21 1.5.q26",
    ),
    (lambda f: f["stand_alone_unpaid_work"], "1.5.q27"),
    (lambda f: either(f["flags.approved_premises_resident"], f["flags.other_workers"]), "1.5.q28"),
    (lambda f: f["flags.transferred_in"], "2.1.q10 2.1.q11 2.1.q12 2.1.q13"),
    (lambda f: f["several_requirements"], "2.1.q14"),
    (lambda f: both(_licence(f), f["flags.prison_activity"]), "2.1.q15"),
    (lambda f: f["plan_reviewed"], "2.1.q18 2.1.q19 2.1.q20"),
    (lambda f: f["significant_change"], "2.2.q03"),
    (lambda f: f["roh_reviewed"], "2.2.q04 2.2.q05 2.2.q06 2.2.q07"),
    (lambda f: both(_licence(f), f["recalled_on_roh"]), "2.2.q10 2.2.q11"),
    (lambda f: both(_licence(f), f["recalled"]), "2.2.q12 2.2.q13"),
    (lambda f: f["flags.statutory_victim_contact"], "2.3.q01 2.3.q02 2.3.q03 2.3.q05"),
    (lambda f: either(f["requirement_exclusion"], f["requirement_curfew"]), "2.4.q09"),
    (lambda f: f["absences"], "2.4.q10"),
    (lambda f: f["breach_required"], "2.4.q11"),
    (lambda f: f["requirement_unpaid_work"], "2.4.q19 2.4.q20 2.4.q21 3.1.q07"),
    (lambda f: both(f["requirement_drug_rehabilitation"], f["drr_hearing_held"]), "2.5.q03 2.5.q04"),
    (lambda f: f["flags.basic_skills_need"], "2.5.q05"),
    (lambda f: either(f["requirement_accredited_programme"], _licence(f)), "2.5.q06 2.5.q07"),
    (lambda f: f["flags.approved_premises_resident"], "2.5.q08 2.7.q01"),
    (lambda f: f["flags.approved_premises_enhanced"], "2.6.q02"),
    (lambda f: both(_licence(f), f["flags.ppo"], f["flags.drug_need"]), "2.6.q08"),
    (lambda f: f["flags.literacy_need"], "2.7.q03"),
    (lambda f: f["flags.disability_need"], "2.7.q04"),
    (lambda f: f["flags.singleton_placement"], "2.7.q05 2.7.q07"),
    (
        lambda f: both(
            f["flags.singleton_placement"],
            either(f["requirement_unpaid_work"], f["requirement_accredited_programme"], _licence(f)),
        ),
        "2.7.q06",
    ),
    (lambda f: f["flags.domestic_abuse"], "3.1.q01"),
    (lambda f: known(f["sentence.tier"], 4), "3.1.q10"),
    (lambda f: _tier(f, 3), "3.1.q11"),
    (lambda f: known(f["offender_managers"], 3), "3.2.q02"),
]
"""Whether some questions are asked in a case, and which these are."""


def _licence(found: Facts) -> bool:
    return bool(found["sentence.kind"] == "licence")


def _tier(found: Facts, least: int) -> Truth:
    tier = found["sentence.tier"]
    return None if tier is None else tier >= least


_DATED = (
    "1.1.q07 1.2.q15 1.2.q16 1.3.q04 1.4.q01 1.4.q06 1.4.q07 1.5.q03 1.5.q06 2.2.q01 2.2.q02 2.2.q03 2.2.q17 2.3.q05 "
    "2.4.q11 2.5.q03 2.5.q04 2.6.q08 3.1.q05 3.1.q06"
)
DATED = frozenset(_DATED.split())
"""The questions that dates or fields decide."""

QUESTIONS = [question for _, listed in ASKED for question in listed.split()]

NOT_RELEVANT = code("not_applicable", "not_relevant")
NOT_ANSWERED = code("not_evidenced", "not_answered")
ANSWERED: dict[str | None, int] = {
    **dict.fromkeys(("excellent", "sufficient", "yes"), code("sufficient", "judged")),
    **dict.fromkeys(("not_sufficient", "poor", "no", "not_clear", "no_evidence"), code("not_sufficient", "judged")),
    "not_applicable": code("not_applicable", "judged"),
    None: NOT_ANSWERED,
}
CLOCK = {
    "met": code("sufficient", "met"),
    **{bad: code("not_sufficient", bad) for bad in ("late", "not_done", "wrong_attribute", "gap_too_long", "occurred")},
    "not_due": code("pending", "not_due"),
    "ended": code("not_applicable", "not_due"),
}
UNDECIDED = {why: code("not_evidenced", why) for why in ("date_missing", "evidence_ambiguous")}
_UNCLEAR = bytes.maketrans(bytes([NOT_ANSWERED]), bytes([code("not_evidenced", "relevance_unknown")]))


def _groups() -> Iterator[tuple[Callable[[Facts], Truth], int, int, bytes, list[tuple[int, str]]]]:
    """For each group when it is asked, from where to where it stands, what to say if it is not, and its dated ones."""
    for asked, listed in ASKED:
        questions = listed.split()
        start = QUESTIONS.index(questions[0])
        dated = [(place, question) for place, question in enumerate(questions, start) if question in DATED]
        yield asked, start, start + len(questions), bytes([NOT_RELEVANT]) * len(questions), dated


GROUPS = list(_groups())


def judge(record: Record) -> bytes:
    """The findings of a record, in the order of `QUESTIONS`."""
    found = facts(record)
    answers = record.get("answers") or {}
    codes = bytearray(map(ANSWERED.__getitem__, map(answers.get, QUESTIONS)))
    for asked, start, stop, not_relevant, dated in GROUPS:
        relevant = asked(found)
        if relevant is False:
            codes[start:stop] = not_relevant
        elif relevant is None:
            codes[start:stop] = codes[start:stop].translate(_UNCLEAR)
        else:
            for place, question in dated:
                status = found[question]
                if status in CLOCK:
                    codes[place] = CLOCK[status]
                elif codes[place] == NOT_ANSWERED:
                    codes[place] = UNDECIDED[status]
    return bytes(codes)
