"""The design of a drawn sample: written beside it, read back to weigh its cases."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from omi_rules.errors import Fault, Refused, show
from omi_rules.ruleset import Ruleset, with_settings
from omi_rules.sample_rules import settable
from omi_rules.sampling.draw import ALGORITHM, VERSION, Sample
from omi_rules.sampling.taking import Plan
from omi_rules.source import Document, Steps, read_json, read_text

FORMAT = "omi-check sample design 1"
EXACT = (
    "the size over the cases of the caseload: no minimum and no limit plays a part. 1/probability is a case's weight"
)
ESTIMATED = (
    "the mean, over so many draws with other random numbers, of the chance that the case is drawn given the numbers of "
    "all other cases, which is exact in each of them; with its standard error. 1/probability is a case's weight"
)


@dataclass(frozen=True)
class Frame:
    """What a sample was drawn from."""

    cases: int
    left_out: Sequence[str]
    """Places of records that could not be used."""
    digest: str
    """Of the references, in whatever order they came."""
    outside: int | None
    """Cases not about so long under supervision as is asked; None where no margin is set."""
    open: int | None
    """Cases of which that cannot be told; they are outside too."""
    not_recorded: Mapping[str, int]
    """By group or limit: cases of which it cannot be told."""


@dataclass(frozen=True)
class Stratum:
    """The cases that belong to the same groups."""

    groups: tuple[str, ...]
    caseload: int
    drawn: int


def strata(caseload: Iterable[frozenset[str]], drawn: Iterable[frozenset[str]]) -> list[Stratum]:
    """The strata of a caseload, by the groups of each case, with how many were drawn of each."""
    whole, taken = Counter(caseload), Counter(drawn)
    made = [Stratum(tuple(sorted(groups)), number, taken[groups]) for groups, number in whole.items()]
    return sorted(made, key=lambda one: one.groups)


def digest(case_ids: Iterable[str]) -> str:
    """A name for a set of cases: SHA-256 of their references in order."""
    found = hashlib.sha256()
    for case_id in sorted(case_ids):
        found.update(case_id.encode("utf-8", "surrogatepass") + b"\0")
    return f"sha256:{found.hexdigest()}"


def to_object(
    ruleset: Ruleset, plan: Plan, frame: Frame, found: Sequence[Stratum], sample: Sample, as_of: str | None
) -> dict[str, Any]:
    """A design as its file has it."""
    in_caseload, in_sample = Counter[str](), Counter[str]()
    for stratum in found:
        in_caseload.update(dict.fromkeys(stratum.groups, stratum.caseload))
        in_sample.update(dict.fromkeys(stratum.groups, stratum.drawn))
    rules = ruleset.sample
    return {
        "format": FORMAT,
        "algorithm": {"name": ALGORITHM, "version": VERSION},
        "ruleset": {"id": ruleset.head.id, "version": ruleset.head.version, "digest": ruleset.digest},
        "settings": dict(sorted(ruleset.settings.items())),
        "as_of": as_of,
        "seed": plan.seed,
        "size": plan.size,
        "caseload": {
            "cases": frame.cases,
            "digest": frame.digest,
            "left_out": list(frame.left_out),
            "outside_the_time_asked": frame.outside,
            "time_not_recorded": frame.open,
            "shut_out": sample.shut_out,
        },
        "groups": {
            name: {
                "means": group.means,
                "at_least": plan.minimums.get(name),
                "caseload": in_caseload[name],
                "not_recorded": frame.not_recorded[name],
                "drawn": in_sample[name],
            }
            for name, group in (rules.groups if rules else {}).items()
        },
        "limits": {
            name: {"at_most": most, "not_recorded": frame.not_recorded[name]} for name, most in plan.limits.items()
        },
        "strata": [vars(stratum) | {"groups": list(stratum.groups)} for stratum in found],
        "probability": {
            "exact": not sample.repeats,
            "draws": sample.repeats,
            "means": ESTIMATED if sample.repeats else EXACT,
        },
        "cases": [
            {
                "case_id": one.candidate.case_id,
                "probability": one.probability,
                "standard_error": one.standard_error,
                "drawn_for": one.drawn_for,
                "groups": sorted(one.candidate.groups),
            }
            for one in sample.drawn
        ],
    }


@dataclass(frozen=True)
class Design:
    """What weighing needs of a design."""

    file: str
    ruleset: str
    digest: str
    """Of the rules it was drawn by."""
    seed: int
    caseload: int
    probability: Mapping[str, float]
    """By case."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Numbers that were set when it was drawn, by key."""

    def weights(self) -> dict[str, float]:
        """The weight of each case beside that of the heaviest, so that equal weights are 1 exactly."""
        least = min(self.probability.values())
        return {case_id: least / chance for case_id, chance in self.probability.items()}

    @property
    def total(self) -> float:
        """The number of cases in the caseload as the weights estimate it."""
        return sum(1 / self.probability[case_id] for case_id in sorted(self.probability))


def read_design(path: Path) -> Design:
    """A design from its file.

    Raises:
        Refused: it is not one, or something in it cannot be.
    """
    document = read_json(read_text(path), str(path))
    data, faults = document.data, list(document.faults)
    if not isinstance(data, dict) or data.get("format") != FORMAT or not isinstance(data.get("cases"), list):
        hint = "`omi-check sample draw` writes one beside the sample"
        raise Refused([*faults, document.fault((), "not the design of a sample", hint)])
    known = {
        ("ruleset", "id"): str,
        ("ruleset", "digest"): str,
        ("caseload", "cases"): int,
        ("seed",): int,
        ("settings",): dict,
    }
    values = {path: _value(data, path, kind, document, faults) for path, kind in known.items()}
    probability: dict[str, float] = {}
    for i, entry in enumerate(data["cases"]):
        case_id = _value(entry, ("case_id",), str, document, faults, ("cases", i))
        chance = _value(entry, ("probability",), (int, float), document, faults, ("cases", i))
        right = chance is not None and 0 < chance <= 1
        if chance is not None and not right:
            what = f"{show(chance)} is not a probability"
            faults.append(document.fault(("cases", i, "probability"), what, "want more than 0 and at most 1"))
        if case_id in probability:
            faults.append(document.fault(("cases", i, "case_id"), f"{show(case_id)} stands above already"))
        probability[case_id or ""] = float(chance) if right else 1.0
    if not probability:
        faults.append(document.fault(("cases",), "a design without any case"))
    for key in values["settings",] or {}:
        _value(data, ("settings", key), str, document, faults)
    if faults:
        raise Refused(faults)
    ruleset, rules, caseload, seed, settings = values.values()
    return Design(str(path), ruleset, rules, seed, caseload, probability, settings)


def _value(raw: Any, path: Steps, kind: Any, document: Document, faults: list[Fault], before: Steps = ()) -> Any:
    """What stands at a path, if it is of the right kind."""
    found = raw
    for step in path:
        found = found.get(step) if isinstance(found, dict) else None
    if isinstance(found, kind) and not isinstance(found, bool):
        return found
    kinds = {str: "a text", int: "a whole number", dict: "an object"}
    where = "is missing" if found is None else f"is {show(found)}"
    faults.append(document.fault((*before, *path), f"`{path[-1]}` {where}: want {kinds.get(kind, 'a number')}"))
    return None


def with_design(ruleset: Ruleset, design: Design) -> Ruleset:
    """A ruleset with the numbers for samples that a design was drawn by; what is set in the ruleset already stands.

    A number of the design that the ruleset no longer has is passed over: nothing is asked that it could speak of.

    Raises:
        Refused: the design was drawn by another ruleset, or a number in it cannot be.
    """
    check_rules(design, ruleset)
    known = settable(ruleset.sample)
    numbers = {key: value for key, value in design.settings.items() if key in known and key not in ruleset.settings}
    try:
        return with_settings(ruleset, numbers)
    except Refused as refused:
        raise Refused(replace(one, file=design.file, path=f"settings.{one.file}") for one in refused.faults) from None


def check_rules(design: Design, ruleset: Ruleset) -> None:
    """Refuse a design that was drawn by other rules.

    Raises:
        Refused: the ruleset is another one.
    """
    if design.ruleset != ruleset.head.id:
        what = f"drawn by the ruleset {show(design.ruleset)}, where {ruleset.head.id} judges"
        hint = f"judge with --ruleset {show(design.ruleset)}, or give the design of this sample"
        raise Refused([Fault(file=design.file, what=what, hint=hint)])


def check_cases(design: Design, case_ids: Iterable[str], caseload: int | None = None) -> None:
    """Refuse a design that is not of these cases: each must have its probability.

    Raises:
        Refused: cases that are not in it, or a caseload of another size.
    """
    faults = []
    foreign = sorted(case_id for case_id in case_ids if case_id not in design.probability)
    if foreign:
        shown = ", ".join(map(show, foreign[:5])) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        what = f"not in this design, and so without a weight: {shown}"
        hint = "give the design that was written with this sample; a case that was not drawn cannot be weighed"
        faults.append(Fault(file=design.file, path="cases", what=what, hint=hint))
    if caseload is not None and caseload != design.caseload:
        what = f"the design is of a sample from {design.caseload} cases"
        faults.append(Fault(file=f"--caseload {caseload}", what=what, hint="leave the option out, or give its design"))
    if faults:
        raise Refused(faults)
