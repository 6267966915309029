"""Reading the record of an inspection: all that is wrong with it is told at once, each fault at its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from omi_rules.errors import Fault, Refused, nearest, printable, show
from omi_rules.inspection.dates import earlier
from omi_rules.inspection.record import (
    FILE,
    SAMPLE,
    FocusGroup,
    GeneralEvidence,
    Inspection,
    Questionnaire,
    SpecificEvidence,
    TargetTable,
)
from omi_rules.inspection.sound import sound
from omi_rules.leadership import GeneralCriterion, Leadership
from omi_rules.loading import build
from omi_rules.rule_text import read_yaml
from omi_rules.ruleset import Ruleset
from omi_rules.source import KEY, Document, Steps, read_text

SWAPPED = "are the two swapped?"


def read(folder: Path, ruleset: Ruleset) -> Inspection:
    """The record in a folder.

    Raises:
        Refused: the ruleset has no section 4, there is no record, or everything that is wrong with it.
    """
    rules = section_4(ruleset)
    if not folder.is_dir():
        what = "a file, where the folder of an inspection is wanted" if folder.exists() else "no such folder"
        raise Refused([Fault(file=printable(str(folder)), what=what, hint=f"an inspection is a folder with {FILE}")])
    document = read_yaml(read_text(folder / FILE), str(folder / FILE))
    faults: list[Fault] = []
    record = build(Inspection, document.data, document, (), faults)
    if record is not None:
        faults += _unfit(record, document, rules, ruleset)
    else:
        faults += _unfit(*sound(document, ruleset.vocabulary.dates.from_), rules, ruleset)
    if faults or record is None:
        raise Refused(faults)
    return record


def section_4(ruleset: Ruleset) -> Leadership:
    """The part of a ruleset that an inspection is judged by. Raises `Refused` if it has none."""
    if ruleset.leadership is None:
        what = "this ruleset has no file of section 4, by which an inspection is judged"
        hint = "rulesets/omi-2006/4-leadership.yaml is one to copy"
        raise Refused([Fault(file=printable(ruleset.head.id), what=what, hint=hint)])
    return ruleset.leadership


def sample_of(record: Inspection, folder: Path) -> list[str]:
    """The files of case records; none if the record names none and the usual one is not there."""
    if record.sample is not None:
        return [str(folder / name) for name in record.sample]
    return [str(folder / SAMPLE)] if (folder / SAMPLE).is_file() else []


def _unfit(record: Inspection, document: Document, rules: Leadership, ruleset: Ruleset) -> Iterator[Fault]:
    """What is wrong with a record whose keys and values are right one by one."""
    yield from _of_dates(record, rules, ruleset, document)
    general = {one.criterion: one for one in rules.general}
    for name, evidence in record.leadership.items():
        path: Steps = ("leadership", name)
        if name not in general:
            what = f"`{show(name)}` is not a criterion of section {rules.section}"
            yield document.fault((*path, KEY), what, nearest(name, general))
        else:
            yield from _of_grades(evidence, general[name], rules, document, path)
    for i, table in enumerate(record.targets):
        yield from _of_targets(table, document, ("targets", i))
    yield from _twice([one.who for one in record.questionnaires], "questionnaires", "who", document)
    for i, sent in enumerate(record.questionnaires):
        yield from _of_questionnaire(sent, document, ("questionnaires", i))
    for i, group in enumerate(record.focus_groups):
        yield from _of_groups(group, document, ("focus_groups", i))
    named = [(("sample", i), name) for i, name in enumerate(record.sample or ())]
    for at, name in [*named, *([(("design",), record.design)] if record.design is not None else [])]:
        if not _inside(name):
            what = f"`{show(name)}` is not the name of a file in this folder"
            yield document.fault(at, what, "put the file into the folder, and name it from there")


def _of_dates(record: Inspection, rules: Leadership, ruleset: Ruleset, document: Document) -> Iterator[Fault]:
    first, last = record.inspected.from_, record.inspected.to
    believed = ruleset.vocabulary.dates
    for key, day in (("from", first), ("to", last)):
        if not believed.from_ <= day <= believed.to:
            yield document.fault(("inspected", key), f"{day} is not between {believed.from_} and {believed.to}")
    if last < first:
        yield document.fault(("inspected", "to"), f"{last} is before the first day, {first}", SWAPPED)
    for name, done in record.dates.items():
        path: Steps = ("dates", name)
        if name not in rules.dates:
            what = f"`{show(name)}` is not a date of an inspection"
            yield document.fault((*path, KEY), what, nearest(name, rules.dates))
        elif done.last < last:
            what = f"{done} is before the last day of the field work, {last}"
            yield document.fault(path, what, "is the year right?")
        elif done.first > believed.to:
            yield document.fault(path, f"{done} is not between {believed.from_} and {believed.to}")
        else:
            before = [other for other in earlier(name, rules) if other in record.dates]
            passed = [other for other in before if done.last < record.dates[other].first <= believed.to]
            for other in passed[:1]:
                what = f"{done} is before {record.dates[other]}, the date of `{other}`: `{other}` comes first"
                yield document.fault(path, what, f"{SWAPPED[:-1]}, or is a year wrong?")


def _of_grades(
    evidence: GeneralEvidence, general: GeneralCriterion, rules: Leadership, document: Document, path: Steps
) -> Iterator[Fault]:
    known = [one.id for one in general.specific]
    for name, specific in evidence.specific.items():
        at: Steps = (*path, "specific", name)
        if name not in known:
            what = f"`{show(name)}` is not a specific criterion of {general.criterion}"
            yield document.fault((*at, KEY), what, nearest(name, known))
        yield from _of_number(specific, rules, document, (*at, "grade"))
    given: object = evidence.grade
    grades = rules.grades.lowest_first
    if given is not None and given not in grades:
        numbered = isinstance(given, int) and not isinstance(given, bool) and 0 <= given < len(grades)
        hint = f"write {grades[int(str(given))]}" if numbered else nearest(given, grades)
        yield document.fault((*path, "grade"), f"{show(given)} is not a grade", hint)
    if given is not None and not evidence.reason:
        what = "a general grade of the inspectors' own without its reason"
        yield document.fault((*path, "grade"), what, "write `reason: ...` beside it")


def _of_number(specific: SpecificEvidence, rules: Leadership, document: Document, path: Steps) -> Iterator[Fault]:
    given: object = specific.grade
    words = rules.grades.lowest_first
    if given is None or (isinstance(given, int) and not isinstance(given, bool) and 0 <= given < len(words)):
        return
    if given in words:
        hint = f"write {words.index(str(given))}"
    elif given in [str(i) for i in range(len(words))]:
        hint = nearest(given, range(len(words)))
    else:
        hint = f"the grades are: {', '.join(f'{i} {word}' for i, word in enumerate(words))}"
    yield document.fault(path, f"{show(given)} is not the number of a grade", hint)


def _of_targets(table: TargetTable, document: Document, path: Steps) -> Iterator[Fault]:
    for i, row in enumerate(table.rows):
        at: Steps = (*path, "rows", i)
        if row.measure in [other.measure for other in table.rows[:i]]:
            yield document.fault(
                (*at, "measure"), "the same measure twice in one table", "keep one, or say what differs"
            )
        if row.comparator is not None and not table.comparator:
            hint = "give the table a `comparator: ...` that says so"
            yield document.fault((*at, "comparator"), "a comparator, and nothing says who is compared with", hint)


def _of_questionnaire(sent: Questionnaire, document: Document, path: Steps) -> Iterator[Fault]:
    if sent.returned > sent.issued:
        what = f"{sent.returned} came back of {sent.issued} that were sent"
        yield document.fault((*path, "returned"), what, SWAPPED)
    for i, reply in enumerate(sent.answers):
        answered = sum(reply.counts.values())
        if answered > sent.returned:
            what = f"{answered} answers, and {sent.returned} questionnaires came back"
            yield document.fault(
                (*path, "answers", i, "counts"), what, "every one that came back has one answer at most"
            )


def _of_groups(group: FocusGroup, document: Document, path: Steps) -> Iterator[Fault]:
    if group.invited is not None and group.attended is not None and group.attended > group.invited:
        what = f"{group.attended} came of {group.invited} who were invited"
        yield document.fault((*path, "attended"), what, SWAPPED)
    held = sum(group.held.values())
    if group.held and group.groups is not None and held != group.groups:
        what = f"{held} groups here, and `groups` says {group.groups}"
        yield document.fault((*path, "held"), what, "count them again, or leave `groups` out")


def _twice(names: Iterable[str], part: str, key: str, document: Document) -> Iterator[Fault]:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            yield document.fault((part, i, key), f"`{show(name)}` stands above already", "put both into one")
        seen.add(name)


def _inside(name: str) -> bool:
    """Whether a name leads to a file inside the folder, by the look of it."""
    path = PurePosixPath(name.replace("\\", "/"))
    return bool(name) and not path.is_absolute() and ".." not in path.parts and ":" not in name
