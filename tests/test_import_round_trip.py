"""Random records, taken apart into tables in a random way of writing, come back as they were.

The tables and their mapping are made here from the vocabulary, by the words of `docs/importing.md`: a column for every
field, flag and attribute, rows for lists, histories, events and answers. Random are the codes, the words for yes, no
and not recorded, the form of dates, and the order of the rows.
"""

import json
import random
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import flat_tables
from flat_tables import Record, Tables
from hypothesis import given, settings
from hypothesis import strategies as st
from running import shipped

from omi_rules.importing.records import begin
from omi_rules.vocabulary import Word

WORDS = shipped().vocabulary
READER = shipped().reader
SCALARS = {path: word for path, word in WORDS.fields.items() if word.type != "set"}
SETS = {path: word for path, word in WORDS.fields.items() if word.type == "set"}
ATTRIBUTES = [*WORDS.attributes]

dates = st.dates(date(1950, 1, 1), date(2099, 12, 31))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9)
"""Control characters are no part of a text in Excel and PostgreSQL; blanks around a text do not count."""
plain = texts.map(str.strip).filter(bool).filter(lambda text: not text.startswith("#"))


def values(word: Word) -> st.SearchStrategy[Any]:
    match word.type:
        case "text":
            return plain
        case "date":
            return dates
        case "yes_no":
            return st.booleans()
        case "integer":
            return st.integers(word.from_ or 0, word.to or 0)
    return st.sampled_from(word.one_of)


def some(options: Mapping[str, Word]) -> st.SearchStrategy[Record]:
    return st.fixed_dictionaries({}, optional={name: values(word) for name, word in options.items()})


@st.composite
def written_records(draw: st.DrawFn) -> tuple[str, Record]:
    """A case reference, and what is recorded of the case by path."""
    required = {path: word for path, word in SCALARS.items() if word.required and path != "case_id"}
    record: Record = draw(st.fixed_dictionaries({path: values(word) for path, word in required.items()}))
    record |= draw(some({path: word for path, word in SCALARS.items() if not word.required}))
    for path, word in SETS.items():
        if draw(st.booleans()):
            record[path] = draw(st.lists(st.sampled_from(word.one_of), unique=True))
    for path, word in WORDS.histories.items():
        if draw(st.booleans()):
            record[path] = draw(st.lists(some({"level": word, "from": Word(type="date")}).filter(bool), max_size=3))
    record["flags"] = draw(some(dict.fromkeys(WORDS.flags, Word(type="yes_no"))))
    answers = st.dictionaries(st.sampled_from(READER.questions), st.sampled_from(READER.answers), max_size=5)
    record["answers"] = draw(answers)
    if draw(st.booleans()):
        kinds = st.sampled_from(sorted(WORDS.events))
        record["events"] = draw(st.lists(kinds.flatmap(_event), max_size=6))
    return draw(plain), record


def _event(kind: str) -> st.SearchStrategy[Record]:
    return some({"on": Word(type="date"), **WORDS.events[kind].attributes}).map(lambda said: {"type": kind, **said})


class Way:
    """A way of writing, drawn at random."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.form = rng.choice(["%Y-%m-%d", "%d/%m/%Y", "%d %b %Y", "%m-%d-%Y", "%Y%m%d"])
        self.yes, self.no = rng.choice([("Y", "N"), ("1", "0"), ("oui", "non"), ("true", "false")])
        self.nothing = rng.choice(["", "~NK"])
        self.codes: dict[str, dict[str, str]] = {}

    def column(self, table: str, to: str, word: Word) -> dict[str, Any]:
        """A column of the mapping: choices sometimes have codes."""
        if word.type == "choice" and self.rng.random() < 0.5:
            shuffled = self.rng.sample(word.one_of, len(word.one_of))
            self.codes[f"{table} {to}"] = {value: f"c{number}" for number, value in enumerate(shuffled)}
        codes = self.codes.get(f"{table} {to}")
        return {"to": to, **({"values": {code: value for value, code in codes.items()}} if codes else {})}

    def cell(self, value: Any, column: str = "") -> str:
        if value is None:
            return self.nothing
        if isinstance(value, bool):
            return self.yes if value else self.no
        if isinstance(value, date):
            return value.strftime(self.form)
        return self.codes.get(column, {}).get(value, str(value))


def taken_apart(cases: Mapping[str, Record], way: Way) -> tuple[Record, Tables]:
    """A mapping, and the tables it is for."""
    choice, day, flag = _choice, Word(type="date"), Word(type="yes_no")
    forms: dict[str, dict[str, Word]] = {
        "cases": {path: word for path, word in SCALARS.items() if path != "case_id"},
        "flags": {"flag": choice(WORDS.flags), "value": flag},
        "answers": {"question": choice(READER.questions), "answer": choice(READER.answers)},
        "events": {"type": choice(WORDS.events), "on": day, **{name: _attribute(name) for name in ATTRIBUTES}},
        **{path: {"level": word, "from": day} for path, word in WORDS.histories.items()},
        **{path: {"value": choice(word.one_of)} for path, word in SETS.items()},
    }
    lists = [name for name in forms if name not in ("cases", "flags", "answers")]
    mapping: Record = {"date_format": way.form, "yes": [way.yes], "no": [way.no], "not_recorded": ["~NK"], "tables": {}}
    tables: Tables = {}
    for name, parts in forms.items():
        columns = {f"{part}?": way.column(name, part, word) for part, word in parts.items()}
        rows_of = "case" if name == "cases" else name
        entry: Record = {"rows": rows_of, "key": "ref", "columns": columns}
        entry |= {"kept_if": f"{name}!"} if name in lists else {"no_rows": "not_recorded"} if name == "flags" else {}
        ordered = name in ("events", *WORDS.histories)
        entry |= {"order_by": "no"} if ordered else {}
        mapping["tables"][name] = entry
        tables[name] = [["ref", *(f"{one}!" for one in lists if name == "cases"), *(["no"] * ordered), *columns]]
        for key, record in cases.items():
            for number, row in enumerate(_rows(name, record)):
                said = [way.cell(one in record) for one in lists if name == "cases"] + [str(number)] * ordered
                cells = [way.cell(row.get(part), f"{name} {part}") for part in parts]
                tables[name].append([key, *said, *cells])
    return mapping, {name: [rows[0], *way.rng.sample(rows[1:], len(rows) - 1)] for name, rows in tables.items()}


def _choice(values: Any) -> Word:
    return Word(type="choice", one_of=tuple(values))


def _attribute(name: str) -> Word:
    """Without codes: what a word means may depend on the event."""
    word = next(kind.attributes[name] for kind in WORDS.events.values() if name in kind.attributes)
    return Word(type="text") if word.type == "choice" else word


def _rows(name: str, record: Record) -> list[Record]:
    match name:
        case "cases":
            return [record]
        case "flags":
            return [{"flag": flag, "value": said} for flag, said in record["flags"].items()]
        case "answers":
            return [{"question": question, "answer": said} for question, said in record["answers"].items()]
    return [{"value": one} if name in SETS else one for one in record.get(name, ())]


def whole(key: str, record: Record) -> Record:
    """The record as the program should give it, in a normal form."""
    made: Record = {"case_id": key}
    for path, value in record.items():
        *groups, name = path.split(".")
        group = made
        for step in groups:
            group = group.setdefault(step, {})
        group[name] = value
    return flat_tables.normal(json.loads(json.dumps(made, default=date.isoformat)))


@settings(max_examples=60)
@given(st.dictionaries(plain, written_records().map(lambda made: made[1]), min_size=1, max_size=4), st.integers())
def test_records_taken_apart_come_back(cases: dict[str, Record], seed: int) -> None:
    mapping, tables = taken_apart(cases, Way(random.Random(seed)))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mapping.yaml").write_text(json.dumps(mapping), encoding="utf-8")
        flat_tables.write_csv(tables, folder / "tables")
        found = begin(folder / "mapping.yaml", str(folder / "tables"), shipped())
        made = {}
        for item in found.items():
            assert item.record is not None, item.faults
            made[item.record["case_id"]] = flat_tables.normal(item.record)
    assert found.unused == ()
    assert made == {key: whole(key, record) for key, record in cases.items()}
