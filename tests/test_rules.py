"""The shipped ruleset against the list of questions it was made from, and its words, examples and schemas."""

import copy
import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import generate
import pytest
from jsonschema import Draft202012Validator
from running import CASES, REPOSITORY, SHIPPED, run

from omi_rules.conditions import Condition, facts_of
from omi_rules.engine import Engine
from omi_rules.engine.reference import Reference
from omi_rules.engine.rete import Rete
from omi_rules.errors import Refused
from omi_rules.examples import merged, misses, shown
from omi_rules.findings import Judge
from omi_rules.rule_text import read_yaml
from omi_rules.rules import (
    Answers,
    AnyFact,
    AnyOfFact,
    Deadline,
    Each,
    Events,
    FieldFact,
    FieldMoment,
    ForcedMoment,
    HighestFact,
    LatestMoment,
    MomentFact,
    Never,
    OnRecord,
    ReachMoment,
    Repeats,
    SetFact,
    awaits,
)
from omi_rules.ruleset import Ruleset

# The list of questions


def rows() -> list[dict[str, str]]:
    text = (Path(__file__).parent / "data" / "omi-2006-questions.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_list_is_whole() -> None:
    """The totals that the domain document states above its table."""
    listed = rows()
    assert len(listed) == 213
    assert Counter(row["polarity"] for row in listed) == {"S": 149, "I": 56, "C": 8}
    assert Counter(row["roh"] for row in listed) == {"Y": 60, "N": 144, "?": 3, "N*": 6}
    assert Counter(row["summary"] for row in listed) == {"": 204, "sum": 6, "sum?": 3}


def test_ids_and_their_order(ruleset: Ruleset) -> None:
    assert list(ruleset.questions) == [row["id"] for row in rows()]


def test_scored_questions_and_context_measures(ruleset: Ruleset) -> None:
    context = [question.id for question in ruleset.questions.values() if question.context]
    assert context == [row["id"] for row in rows() if row["polarity"] == "C"]
    assert len(context) == 8
    assert len(ruleset.scored) == 205
    assert not {question.id for question in ruleset.scored} & set(context)


# Arguable members of the Risk of Harm thread (`?` in the table), all left out: the table's own total is 60.
LEFT_OUT_OF_ROH = {
    "1.1.q09": "an analysis of risk and needs in general, not of Risk of Harm",
    "1.1.q15": "information on a victim is not plainly about Risk of Harm",
    "2.1.q13": "the report speaks of the visit's time only",
}


def test_risk_of_harm_thread(ruleset: Ruleset) -> None:
    assert {row["id"] for row in rows() if row["roh"] == "?"} == LEFT_OUT_OF_ROH.keys()
    tagged = [question.id for question in ruleset.questions.values() if "roh" in question.threads]
    assert tagged == [row["id"] for row in rows() if row["roh"] == "Y"]
    assert {ruleset.criterion_of[one].section for one in tagged} == set(ruleset.head.threads["roh"].sections)


def test_summary_questions(ruleset: Ruleset) -> None:
    """`sum?` counts as a summary question: 2.3.q06, 2.6.qS and 2.7.qS speak for their whole criterion."""
    summary = [question.id for question in ruleset.questions.values() if question.summary]
    assert summary == [row["id"] for row in rows() if row["summary"]]


# How many lettered items the report lists for each criterion: strengths, areas for improvement.
LETTERED = {
    "1.1": (5, 5),
    "1.2": (6, 9),
    "1.3": (3, 1),
    "1.4": (3, 1),
    "1.5": (4, 8),
    "2.1": (5, 4),
    "2.2": (2, 5),
    "2.3": (2, 3),
    "2.4": (7, 2),
    "2.5": (3, 3),
    "2.6": (4, 0),
    "2.7": (3, 3),
    "3.1": (7, 7),
    "3.2": (3, 2),
}
NOT_CITED = {
    ("1.1", "areas for improvement (d)"): "what sentencers thought of the time reports took: no question of the tool",
    ("1.2", "strengths (a)"): "says of the level what areas for improvement (a) says with figures",
    ("2.3", "strengths (b)"): "what victims said: no question of the tool",
}


def lettered(criterion: str) -> Iterator[tuple[str, str]]:
    for kind, number in zip(("strengths", "areas for improvement"), LETTERED[criterion], strict=True):
        yield from ((criterion, f"{kind} ({'abcdefghi'[i]})") for i in range(number))


def test_every_question_cites_an_item_of_its_own_section(ruleset: Ruleset) -> None:
    assert [criterion.criterion for criterion in ruleset.criteria] == list(LETTERED)
    for question in ruleset.questions.values():
        criterion = ruleset.criterion_of[question.id].criterion
        assert question.source.document == "gm-2006", question.id
        assert (question.source.section, question.source.item) in set(lettered(criterion)), question.id


def test_every_item_of_the_report_is_behind_some_question(ruleset: Ruleset) -> None:
    cited = {(question.source.section, question.source.item) for question in ruleset.questions.values()}
    assert {item for criterion in LETTERED for item in lettered(criterion)} - cited == NOT_CITED.keys()


def test_wording(ruleset: Ruleset) -> None:
    asked = [question.question for question in ruleset.questions.values()]
    assert not [text for text in asked if not text.endswith("?") or text.count("?") > 1 or not text[0].isupper()]
    assert not [text for text, count in Counter(text.casefold() for text in asked).items() if count > 1]
    assert not [text for text in asked if "  " in text or text != text.strip() or len(text.split()) > 30]


def test_ids_stand_in_the_file_of_their_criterion() -> None:
    for path in sorted(SHIPPED.glob("[0-9].[0-9]*.yaml")):
        data = read_yaml(path.read_text(encoding="utf-8"), path.name).data
        assert path.name.startswith(f"{data['criterion']}-")
        slug = path.stem.removeprefix(f"{data['criterion']}-")
        assert slug == "-".join(str(data["title"]).lower().split()), path.name
        assert all(question["id"].startswith(f"{data['criterion']}.q") for question in data["questions"])


# Every word is of some use


@dataclass
class Used:
    """Names of a ruleset that some rule asks about."""

    facts: set[str] = field(default_factory=set)
    moments: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    histories: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    attributes: set[tuple[str, str]] = field(default_factory=set)

    def condition(self, condition: Condition) -> None:
        self.facts.update(facts_of(condition))

    def events(self, events: Events) -> None:
        for kind in events.event:
            self.types.add(kind.type)
            self.condition(kind.only)
            self.attributes.update((kind.type, name) for name in events.with_)


def used(ruleset: Ruleset) -> Used:
    """What the questions ask about, and what that in turn is made from."""
    found = Used()
    for question in ruleset.questions.values():
        found.condition(question.when)
    for clock in ruleset.clocks.values():
        match clock:
            case Deadline():
                found.events(clock)
            case Answers():
                found.events(clock)
                found.types.add(clock.answers)
            case Repeats():
                found.types.update(kind.type for kind in clock.repeats)
            case Each():
                found.types.add(clock.each)
                found.attributes.update((clock.each, name) for name in (*clock.with_, clock.dated_by) if name)
            case Never():
                found.types.add(clock.never)
            case OnRecord():
                found.fields.add(clock.recorded)
                continue
        found.moments.add(clock.after)
    for name in sorted(found.facts):
        fact = ruleset.facts[name]
        match fact:
            case MomentFact():
                found.moments.add(fact.moment)
            case FieldFact() | SetFact():
                found.fields.add(fact.path)
            case HighestFact():
                found.histories.add(fact.highest)
                found.moments.add(fact.since)
            case AnyOfFact():
                found.histories.add(fact.any_of)
            case AnyFact():
                found.events(fact.any)
                found.moments.update([fact.since] if fact.since else [])
    for name in sorted(found.moments):
        _moment(found, ruleset, name)
    return found


def _moment(found: Used, ruleset: Ruleset, name: str) -> None:
    moment, since = ruleset.moments[name], None
    match moment:
        case FieldMoment():
            for choice in moment.field:
                found.fields.add(choice.date)
                found.condition(choice.only)
        case LatestMoment():
            found.types.add(moment.latest)
            found.attributes.update([(moment.latest, moment.due)] if moment.due else [])
            since = moment.since
        case ReachMoment():
            found.histories.add(moment.reaches.history)
            since = moment.reaches.since
        case ForcedMoment():
            found.events(moment.forced_by)
            since = moment.forced_by.since
    found.moments.update([since] if since else [])


# Kept for the record only: words the contract's case record names, or that a reader of a case wants to see, though no
# date rule of this ruleset needs them.
RECORD_ONLY_TYPES = {
    "warning": "contract; statute wants warnings on record, but no question asks about them",
    "breach_ended": "contract; resets the count in the record system, not in the standards (D-11)",
    "recall_explained": "contract; 2.2.q12 is about how clearly, which the assessor decides",
    "drug_test": "contract; test frequency (SS8.12) is no question of the 2006 tool",
}
RECORD_ONLY_ATTRIBUTES = {
    ("psr_delivered", "format"): "contract; whether it was the right type of report (1.1.q03) is for the assessor",
    ("oasys", "kind"): "contract; any OASys answers 1.3.q04",
    ("drug_test", "result"): "see drug_test",
}
RECORD_ONLY_FIELDS = {
    "case_id": "names the case",
    "area": "whose case it is, for reports",
    "district": "as area",
    "officer": "as area",
    "assessed_on": "the as-of date",
    "assessor.id": "who read the case, for comparing assessors",
    "assessor.role": "as assessor.id",
    "person.sex": "for comparing groups; no question asks about it",
    "sentence.ended_on": "stops every clock",
}
RECORD_ONLY_FLAGS: dict[str, str] = {}


def test_every_clock_decides_a_question(ruleset: Ruleset) -> None:
    assert {question.decided_by for question in ruleset.questions.values()} - {None} == ruleset.clocks.keys()


def test_every_fact_and_moment_is_used(ruleset: Ruleset) -> None:
    found = used(ruleset)
    declared = {name for name, fact in ruleset.facts.items() if not isinstance(fact, FieldFact | MomentFact)}
    assert declared <= found.facts
    assert ruleset.moments.keys() == found.moments


def test_every_word_of_the_vocabulary_is_used_or_kept_for_the_record(ruleset: Ruleset) -> None:
    found, words = used(ruleset), ruleset.vocabulary
    attributes = {(name, attribute) for name, kind in words.events.items() for attribute in kind.attributes}
    assert words.events.keys() - found.types == RECORD_ONLY_TYPES.keys()
    assert attributes - found.attributes == RECORD_ONLY_ATTRIBUTES.keys()
    assert words.fields.keys() - found.fields == RECORD_ONLY_FIELDS.keys()
    assert {f"flags.{name}" for name in words.flags} - found.facts == RECORD_ONLY_FLAGS.keys()
    assert words.histories.keys() == found.histories


def test_every_word_says_what_it_means(ruleset: Ruleset) -> None:
    words = ruleset.vocabulary
    meanings = [word.means for word in (*words.fields.values(), *words.histories.values())]
    meanings += [kind.means for kind in words.events.values()]
    meanings += [word.means for kind in words.events.values() for word in kind.attributes.values()]
    assert all([*meanings, *words.flags.values()])


# Examples


@pytest.mark.parametrize("engine", [Reference(), Rete()], ids=lambda engine: engine.name)
def test_examples(ruleset: Ruleset, engine: Engine) -> None:
    assert [(miss.question.id, miss.example.name, miss.what) for miss in misses(ruleset, engine)] == []


def test_every_running_clock_has_examples_of_met_and_of_failing(ruleset: Ruleset) -> None:
    judge = Judge(ruleset, Reference())
    for question in ruleset.scored:
        clock = ruleset.clock_of(question)
        if clock is None:
            continue
        cases = [merged(ruleset.head.example_case, example.case) for example in question.examples]
        findings = judge.judge([ruleset.reader.read(json.dumps(case), "example")[0] for case in cases])
        found = [shown(findings.one(question, row)) for row in range(len(cases))]
        computed = Counter(one["outcome"] for one in found if one["basis"] == "computed")
        assert computed["sufficient"], question.id
        assert computed["not_sufficient"], question.id
        met = [one["done"] for one in found if one["reason"] == "met" and one["done"] == one["due"]]
        if isinstance(clock, Deadline | Repeats) and clock.within:
            assert met, f"{question.id}: none on the due day itself"


def test_every_condition_has_examples_of_both_kinds(ruleset: Ruleset) -> None:
    """What a question asks of, and what not, is shown wherever the record decides it."""
    for question in ruleset.scored:
        if not list(facts_of(question.when)):
            continue
        outside = [e for e in question.examples if e.expect.get("reason") == "not_relevant"]
        assert outside, question.id
        assert len(question.examples) > len(outside), question.id


def test_clocks_without_a_number_say_why(ruleset: Ruleset) -> None:
    waiting = {name: awaits(clock) for name, clock in ruleset.clocks.items() if awaits(clock)}
    assert len(waiting) == 9
    assert all("gives no number" in why for why in waiting.values())


# Showing the rules

LISTED = {"id", "question", "criterion", "summary", "threads", "source", "decided_by"}


def test_list_as_json(ruleset: Ruleset) -> None:
    ran = run("rules", "list", "--format", "json")
    entries = json.loads(ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert [entry["id"] for entry in entries] == [row["id"] for row in rows()]
    for entry, row in zip(entries, rows(), strict=True):
        assert LISTED <= entry.keys() <= LISTED | {"asked_of", "awaits", "context"}
        assert entry["criterion"] == entry["id"].rpartition(".")[0]
        assert entry.get("context", False) is (row["polarity"] == "C")
        assert entry["summary"] is bool(row["summary"])
        assert entry["threads"] == (["roh"] if row["roh"] == "Y" else [])
        assert entry["source"]["document"] in ruleset.head.sources
    deciders = Counter(entry["decided_by"] == "assessor" for entry in entries)
    assert deciders == {True: 193, False: 20}  # the twenty date rules of the contract
    waiting = [entry["id"] for entry in entries if "awaits" in entry]
    assert waiting == [
        "1.2.q01",
        "1.3.q01",
        "1.5.q01",
        "1.5.q07",
        "2.1.q11",
        "2.1.q12",
        "2.1.q13",
        "2.1.q16",
        "2.4.q01",
    ]


def test_list_in_other_formats() -> None:
    entries = list(csv.DictReader(io.StringIO(run("rules", "list", "--format", "csv").out)))
    assert [entry["id"] for entry in entries] == [row["id"] for row in rows()]
    for format_ in ("md", "rich"):
        text = run("rules", "list", "--format", format_).out
        assert all(row["id"] in text for row in rows())


def test_a_number_that_is_set_makes_the_clock_decide() -> None:
    ran = run("rules", "list", "--format", "json", "--set", "1.5.q07.within=15 working days")
    entry = next(entry for entry in json.loads(ran.out) if entry["id"] == "1.5.q07")
    assert entry["decided_by"] == "sentence-plan-on-time"
    assert "awaits" not in entry


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_show_every_question(ruleset: Ruleset, row: dict[str, str]) -> None:
    question = ruleset.questions[row["id"]]
    page, entry = run("rules", "show", row["id"], "--format", "md"), run("rules", "show", row["id"], "--format", "json")
    assert (page.code, page.err, entry.code, entry.err) == (0, "", 0, "")
    assert page.out.startswith(f"# {row['id']} {question.question}\n")
    assert question.source.item in page.out
    assert question.decided_by is None or f"`{question.decided_by}`" in page.out
    assert ("assessor" in page.out.split("## Decided by")[1].split("## Source")[0]) or row["polarity"] == "C"
    assert all(example.name.split(":")[0] in page.out.replace("\\", "") for example in question.examples)
    assert json.loads(entry.out)["id"] == row["id"]


def test_show_no_such_question() -> None:
    ran = run("rules", "show", "2.2.q1")
    assert ran.code == 2
    assert ran.out == ""
    assert "2.2.q1: not a question of this ruleset" in ran.err
    assert "did you mean `2.2.q01`?" in ran.err


def test_lint() -> None:
    ran = run("rules", "lint", SHIPPED)
    assert ran.code == 0
    assert ran.out.endswith("tried on reference and rete: no fault\n")
    assert "213 questions" in ran.out


# The JSON Schema of a case record, held to the program's own reader

Record = dict[str, Any]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads(run("rules", "schema", "case").out)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def read(ruleset: Ruleset, record: object) -> bool:
    try:
        ruleset.reader.read(json.dumps(record), "generated")
    except Refused:
        return False
    return True


@pytest.mark.parametrize("path", [p for p in sorted(CASES.glob("*.json")) if ".expected" not in p.name], ids=str)
def test_fixtures_fit_the_schema(validator: Draft202012Validator, path: Path) -> None:
    assert [error.message for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8")))] == []


def test_schema_of_the_rule_files() -> None:
    files = json.loads(run("rules", "schema", "ruleset").out)["files"]
    assert files.keys() == {
        "ruleset.yaml",
        "vocabulary.yaml",
        "clocks.yaml",
        "<criterion>.yaml",
        "<leadership>.yaml",
        "sample.yaml",
    }
    for schema in files.values():
        Draft202012Validator.check_schema(schema)
    for path in sorted(SHIPPED.glob("*.yaml")):
        data = read_yaml(path.read_text(encoding="utf-8"), path.name).data
        kind = "<leadership>.yaml" if "general" in data else "<criterion>.yaml"
        assert data.keys() <= files.get(path.name, files[kind])["properties"].keys()


Damage = Callable[[Record, Random], None]


def _event(change: Callable[[Record], object]) -> Damage:
    def damage(record: Record, rng: Random) -> None:
        if not record.get("events"):
            record["events"] = [{"type": "roh_review", "on": "2006-03-01"}]
        change(rng.choice(record["events"]))

    return damage


def _put(path: str, value: object) -> Damage:
    def damage(record: Record, _: Random) -> None:
        *groups, name = path.split(".")
        for group in groups:
            record[group] = record.get(group) or {}
            record = record[group]
        record[name] = copy.deepcopy(value)

    return damage


def _drop(path: str) -> Damage:
    def damage(record: Record, _: Random) -> None:
        *groups, name = path.split(".")
        for group in groups:
            record = record[group]
        record.pop(name, None)

    return damage


def damages() -> Iterator[tuple[str, Damage]]:
    """One thing wrong with a record, as people and programs get them wrong."""
    for path in ("case_id", "assessed_on", "sentence", "sentence.kind", "sentence.sentenced_on"):
        yield f"no {path}", _drop(path)
        yield f"{path} null", _put(path, None)
    wrong: dict[str, Iterable[object]] = {
        "case_id": ["", 17, ["GM-1"], "x" * 10_001],
        "assessed_on": ["28/06/2006", "2006-6-28", "20060628", "2006-02-30", 20060628, "2006-06-28T00:00:00", ""],
        "sentence.kind": ["comunity_order", "Licence", 3, ["licence"]],
        "sentence.sentenced_on": ["yesterday", "2006-13-01"],
        "sentence.ended_on": ["", "2006-06-31"],
        "sentence.tier": [0, 5, "3", 2.5, True],
        "sentence.requirements": ["unpaid_work", ["unpayed_work"], [None], {}],
        "sentence.teir": [3],
        "offender_managers": [0, "two"],
        "person": ["male", []],
        "person.ethnicity": ["", 5],
        "person.name": ["A"],
        "risk.roh": [{"level": "high"}, [{"level": "higher"}], [{"level": "high", "since": "2006-01-04"}], ["high"]],
        "risk.mappa": [[{"level": "1"}], [{"level": 4}], [{"level": 1, "from": "then"}]],
        "flags.ppo": ["yes", 1, "true"],
        "flags.pop": [True],
        "flags": [["ppo"]],
        "events": [{}, ["roh_review"], [[]], [{"on": "2006-03-01"}], [None]],
        "answers": [["yes"], "yes"],
        "answers.2.2.q99": ["yes"],
        "answrs": [{}],
    }
    for path, values in wrong.items():
        for value in values:
            keyed = _answer("2.2.q99", "yes") if path == "answers.2.2.q99" else _put(path, value)
            yield f"{path} = {str(value)[:30]!r}", keyed
    yield "an answer off the scale", _answer("2.2.q01", "good")
    yield "an answer that is a boolean", _answer("2.2.q01", True)
    yield "an answer to a misspelt question", _answer("2.2.q1", "yes")
    yield "an event of no known type", _event(lambda event: event.update(type="roh_reveiw"))
    yield "an event without a type", _event(lambda event: event.pop("type"))
    yield "an event with a stray key", _event(lambda event: event.update(colour="red"))
    yield "an event on no day", _event(lambda event: event.update(on="2006-02-30"))
    yield "an event with a number for a day", _event(lambda event: event.update(on=38718))
    visit = {"type": "home_visit", "on": "2006-01-16"}
    yield "an attribute of another type", _put("events", [{**visit, "need_indicated": True}])
    yield "an attribute off its choices", _put("events", [{**visit, "outcome": "complete"}])
    yield "an attribute in quotation marks", _put("events", [{"type": "drr_review_hearing", "attended": "true"}])


def _answer(question: str, word: object) -> Damage:
    def damage(record: Record, _: Random) -> None:
        record["answers"] = {**(record.get("answers") or {}), question: word}

    return damage


# What a schema cannot say: the reader refuses these, the schema does not.
BEYOND_A_SCHEMA: dict[str, Damage] = {
    "a date outside those that are believed": _put("sentence.sentenced_on", "1906-01-04"),
    "a far date of an event": _event(lambda event: event.update(on="2206-01-04")),
    "a whole number written as a decimal": _put("sentence.tier", 3.0),
}


def test_schema_and_reader_agree_on_sound_and_damaged_records(
    ruleset: Ruleset, validator: Draft202012Validator
) -> None:
    rng = Random(2006)
    ways = list(damages())
    for i, record in enumerate(generate.records(300, seed=31)):
        name, damage = ways[i // 2 % len(ways)] if i % 2 else ("sound", lambda _record, _rng: None)
        damage(record, rng)
        assert read(ruleset, record) is (name == "sound"), (name, record.get("case_id"))
        assert validator.is_valid(record) is (name == "sound"), (name, record.get("case_id"))
    assert len(ways) < 150, "more ways than damaged records: raise the number of records"


@pytest.mark.parametrize("record", [None, [], "case", 3, [{}]], ids=str)
def test_what_is_no_object(ruleset: Ruleset, validator: Draft202012Validator, record: object) -> None:
    assert not read(ruleset, record)
    assert not validator.is_valid(record)


@pytest.mark.parametrize("name", BEYOND_A_SCHEMA)
def test_what_a_schema_cannot_say(ruleset: Ruleset, validator: Draft202012Validator, name: str) -> None:
    (record,) = generate.records(1, seed=8)
    assert read(ruleset, record)
    BEYOND_A_SCHEMA[name](record, Random(1))
    assert not read(ruleset, record)
    assert validator.is_valid(record)


@pytest.mark.parametrize(
    "text",
    ['{"case_id": "A", "case_id": "B"}', '{"case_id": NaN}', '{"case_id": "A"} {}', "{'case_id': 'A'}", ""],
)
def test_what_never_reaches_a_schema(ruleset: Ruleset, text: str) -> None:
    """The same key twice, NaN, a second record, other quotation marks, nothing: faults of the text, not the data."""
    with pytest.raises(Refused):
        ruleset.reader.read(text, "text")


def test_dates_the_schema_takes_are_dates(validator: Draft202012Validator) -> None:
    """`format: date` is checked by validators that are told to; ours is (`format_checker`)."""
    record = {
        "case_id": "A",
        "assessed_on": date(2006, 6, 28).isoformat(),
        "sentence": {"kind": "licence", "sentenced_on": "2006-01-04"},
    }
    assert validator.is_valid(record)
    assert not validator.is_valid({**record, "assessed_on": "2006-06-31"})


def test_repository_has_the_rules_the_package_finds() -> None:
    assert (REPOSITORY / "rulesets" / "omi-2006").is_dir()
    assert run("rules", "list", "--ruleset", "omi-2006", "--format", "csv").out == (
        run("rules", "list", "--ruleset", SHIPPED, "--format", "csv").out
    )
