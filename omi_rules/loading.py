"""Loading a ruleset's folder: everything is checked, and every fault reported at its place in the files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from omi_rules import conditions, consistency, form_faults
from omi_rules.conditions import Value
from omi_rules.drafting_checks import of_drafting
from omi_rules.errors import Fault, Refused, nearest, printable, show
from omi_rules.leadership import Leadership
from omi_rules.leadership_checks import of_leadership
from omi_rules.naming import Names
from omi_rules.rule_text import read_yaml
from omi_rules.rules import (
    Answers,
    AnyFact,
    AnyOfFact,
    Clock,
    Criterion,
    Deadline,
    Each,
    Fact,
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
)
from omi_rules.ruleset import HEAD, Head, Ruleset, with_settings
from omi_rules.sample_checks import of_sample
from omi_rules.sample_rules import SampleRules
from omi_rules.source import KEY, Document, Steps, read_text
from omi_rules.vocabulary import Vocabulary

T = TypeVar("T")

MOMENT_FORMS: Mapping[str, type[Any]] = {
    "field": FieldMoment,
    "latest": LatestMoment,
    "reaches": ReachMoment,
    "forced_by": ForcedMoment,
}
FACT_FORMS: Mapping[str, type[Any]] = {
    "highest": HighestFact,
    "any_of": AnyOfFact,
    "any": AnyFact,
    "contains": SetFact,
    "exactly": SetFact,
    "more_than_one": SetFact,
}
CLOCK_FORMS: Mapping[str, type[Any]] = {
    "repeats": Repeats,
    "answers": Answers,
    "each": Each,
    "never": Never,
    "recorded": OnRecord,
    "event": Deadline,
}


@cache
def adapter(model: Any) -> TypeAdapter[Any]:
    """How pydantic reads a form."""
    return TypeAdapter(model)


WORDS, CLOCKS, SAMPLE = "vocabulary.yaml", "clocks.yaml", "sample.yaml"


def load(folder: Path) -> Ruleset:
    """The ruleset of a folder.

    Raises:
        Refused: every fault of every file.
    """
    loader = _Loader(folder)
    ruleset = loader.ruleset()
    if loader.faults or ruleset is None:
        raise Refused(loader.faults)
    try:
        return with_settings(ruleset, ruleset.head.parameters)
    except Refused as refused:
        head = loader.documents[HEAD]
        places = [(fault, ("parameters", fault.file.partition("=")[0])) for fault in refused.faults]
        raise Refused(head.fault(place, fault.what, fault.hint) for fault, place in places) from None


class _Loader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.documents: dict[str, Document] = {}
        digest = hashlib.sha256()
        for path in sorted(folder.glob("*.yaml")):
            try:
                text = read_text(path)
                digest.update(f"{path.name}\0{len(text)}\0{text}".encode())
                self.documents[path.name] = read_yaml(text, str(path))
            except Refused as refused:
                self.faults += refused.faults
        self.digest = f"sha256:{digest.hexdigest()}"
        for path in sorted(folder.glob("*.yml")):
            hint = f"name it {printable(path.stem)}.yaml"
            self.faults.append(Fault(file=str(path), what="not read: the files of a ruleset end in .yaml", hint=hint))

    def ruleset(self) -> Ruleset | None:
        """The ruleset, or None with the faults gathered."""
        missing = [name for name in (HEAD, WORDS, CLOCKS) if not (self.folder / name).is_file()]
        if not self.documents and not self.faults:
            hint = f"a ruleset has {HEAD}, {WORDS}, {CLOCKS} and a file for each criterion"
            self.faults.append(Fault(file=str(self.folder), what="a folder without any rule file", hint=hint))
            return None
        self.faults += [
            Fault(file=str(self.folder / name), what="missing: every ruleset has this file") for name in missing
        ]
        if any(name not in self.documents for name in (HEAD, WORDS, CLOCKS)):
            return None
        head = self._build(Head, self.documents[HEAD].data, self.documents[HEAD], ())
        vocabulary = self._build(Vocabulary, self.documents[WORDS].data, self.documents[WORDS], ())
        if head is None or vocabulary is None:
            return None
        self.vocabulary, self.head = vocabulary, head
        self.faults += consistency.of_words(vocabulary, self.documents[WORDS])
        self.faults += consistency.of_head(head, vocabulary, self.documents[HEAD])
        return self._rules()

    def _rules(self) -> Ruleset | None:
        plain = _plain_facts(self.vocabulary)
        plain_values = _values(plain, self.vocabulary)
        rules = self.documents[CLOCKS]
        if not self._parts(rules):
            return None
        moments = self._section(rules, "moments", MOMENT_FORMS, plain_values)
        declared = self._section(rules, "facts", FACT_FORMS, plain_values)
        clocks = self._section(rules, "clocks", CLOCK_FORMS, plain_values)
        facts: dict[str, Fact] = {**plain, **{n: MomentFact(means=m.means, moment=n) for n, m in moments.items() if m}}
        for name, fact in declared.items():
            if name in {*plain, *moments, "all", "any", "not"}:
                self._add(rules, ("facts", name, KEY), f"`{show(name)}` is the name of another fact, or of a moment")
            elif fact:
                facts[name] = fact
        for part, named in (("moments", moments), ("facts", declared), ("clocks", clocks)):
            for name, made in named.items():
                if made:
                    Names(self.vocabulary, self.head, moments, rules, (part, name), self.faults).check(made)
        broken = dict.fromkeys([name for name in (*moments, *declared) if name not in facts], conditions.BROKEN)
        self.faults += consistency.of_moments(moments, rules)
        values = {**_values(facts, self.vocabulary), **broken}
        criteria = self._criteria(clocks, values)
        leadership = self._leadership()
        sample = self._sample(moments, values)
        if self.faults:
            return None
        made = Ruleset(self.head, self.vocabulary, moments, facts, values, clocks, criteria, self.digest)
        return replace(made, leadership=leadership, sample=sample)

    def _add(self, document: Document, path: Steps, what: str, hint: str = "") -> None:
        self.faults.append(document.fault(path, what, hint))

    def _parts(self, document: Document) -> bool:
        """Whether the file has its three parts and no other; the faults, if not."""
        known, data = ("moments", "facts", "clocks"), document.data
        if not isinstance(data, dict):
            self._add(document, (), f"the parts {', '.join(known)} are wanted here")
            return False
        for key in data:
            if key not in known:
                self._add(document, (key, KEY), f"`{show(key)}` is not a part of this file", nearest(key, known))
        absent = [part for part in known if not isinstance(data.get(part), dict)]
        for part in absent:
            if part in data or not any(nearest(key, known) == f"did you mean `{part}`?" for key in data):
                self._add(document, (part,), f"`{part}`, with names and what they stand for, is missing")
        return not absent

    def _section(
        self, document: Document, part: str, forms: Mapping[str, type[Any]], facts: conditions.Values
    ) -> dict[str, Any]:
        """The named entries of one part, each in the form that its keys show; None for one whose faults are told."""
        made: dict[str, Any] = {}
        for name, entry in document.data[part].items():
            path: Steps = (part, name)
            form = next((key for key in forms if isinstance(entry, dict) and key in entry), None)
            if form is None:
                keys = entry if isinstance(entry, dict) else ()
                near = (hint for key in keys if (hint := nearest(key, forms)).startswith("did you mean"))
                hint = next(near, f"one of these keys is wanted in it: {', '.join(forms)}")
                self._add(document, path, f"`{show(name)}` is of no known form", hint)
                made[name] = None
                continue
            ready = self._conditions(entry, document, path, facts)
            made[name] = self._build(forms[form], ready, document, path)
        return made

    def _conditions(self, raw: Any, document: Document, path: Steps, facts: conditions.Values) -> Any:
        """The same tree with every `only` and `when` parsed."""
        if isinstance(raw, list):
            return [self._conditions(item, document, (*path, i), facts) for i, item in enumerate(raw)]
        if not isinstance(raw, dict):
            return raw
        made = {}
        for key, value in raw.items():
            if key in ("only", "when"):
                made[key] = conditions.parse(value, facts, document, (*path, key), self.faults)
            else:
                made[key] = value if key == "examples" else self._conditions(value, document, (*path, key), facts)
        return made

    def _criteria(self, clocks: Mapping[str, Clock | None], values: conditions.Values) -> tuple[Criterion, ...]:
        made: dict[str, Criterion] = {}
        aside = {HEAD, WORDS, CLOCKS, SAMPLE, *self._of_leadership()}
        for name, document in self.documents.items():
            if name in aside:
                continue
            ready = self._conditions(document.data, document, (), values)
            criterion = self._build(Criterion, ready, document, ())
            if criterion is not None:
                made[name] = criterion
        files = {name: (criterion, self.documents[name]) for name, criterion in made.items()}
        names = Names(self.vocabulary, self.head, {}, self.documents[HEAD], (), self.faults)
        self.faults += consistency.of_criteria(files, names, clocks)
        whole = made.keys() == {path.name for path in self.folder.glob("*.yaml")} - aside
        self.faults += of_drafting(files, names, clocks, whole=whole)
        if not made and not self.faults:
            self.faults.append(Fault(file=str(self.folder), what="a ruleset without any file of questions"))
        return tuple(sorted(made.values(), key=_number))

    def _of_leadership(self) -> dict[str, Document]:
        """The files of section 4: there should be one at most."""
        others = {name: file for name, file in self.documents.items() if name not in (HEAD, WORDS, CLOCKS, SAMPLE)}
        return {name: file for name, file in others.items() if _is_leadership(file.data)}

    def _leadership(self) -> Leadership | None:
        """Section 4, from the one file of its kind; None where there is none, or its faults are told."""
        files = self._of_leadership()
        if not files:
            return None
        (first, document), *others = files.items()
        for _, other in others:
            self._add(other, (), f"a second file of its kind, beside {first}", "put what both say into one")
        made = self._build(Leadership, document.data, document, ())
        if made is not None:
            self.faults += of_leadership(made, self.head, self.vocabulary, document)
        return made

    def _sample(self, moments: Mapping[str, Any], values: conditions.Values) -> SampleRules | None:
        """What a sample must be like; None where the ruleset says nothing on it, or its faults are told."""
        document = self.documents.get(SAMPLE)
        if document is None:
            return None
        made = self._build(SampleRules, self._conditions(document.data, document, (), values), document, ())
        if made is not None:
            self.faults += of_sample(made, self.head, self.vocabulary, moments, document)
        return made

    def _build(self, model: type[T], raw: Any, document: Document, path: Steps) -> T | None:
        return build(model, raw, document, path, self.faults)


def build(model: type[T], raw: Any, document: Document, path: Steps, faults: list[Fault]) -> T | None:
    """A form filled from what stands at a path of a document; None with the faults added, if it cannot be."""
    try:
        made: T = adapter(cast(Any, model)).validate_python(raw)
    except ValidationError as error:
        faults += form_faults.faults(error, model, document, raw, path)
        return None
    faults += form_faults.empty(document, raw, path)
    return made


def _is_leadership(data: Any) -> bool:
    """Whether a file is one of section 4 and not of questions: by the keys it has more of."""
    keys = data.keys() if isinstance(data, dict) else set()
    return len(keys & form_faults.keys_of(Leadership)) > len(keys & form_faults.keys_of(Criterion))


def _number(criterion: Criterion) -> list[int]:
    return [int(part) if part.isdecimal() else 0 for part in criterion.criterion.split(".")]


def _plain_facts(vocabulary: Vocabulary) -> dict[str, Fact]:
    """Fields and flags as facts; lists of words are asked about through facts of their own."""
    fields = {path: word.means for path, word in vocabulary.fields.items() if word.type != "set"}
    flags = {f"flags.{name}": means for name, means in vocabulary.flags.items()}
    return {path: FieldFact(means=means, path=path) for path, means in {**fields, **flags}.items()}


def _values(facts: Mapping[str, Fact], vocabulary: Vocabulary) -> dict[str, tuple[Value, ...]]:
    """The values each fact can have."""
    found: dict[str, tuple[Value, ...]] = {}
    for name, fact in facts.items():
        found[name] = (False, True)
        if isinstance(fact, HighestFact):
            word = vocabulary.histories.get(fact.highest)
            found[name] = word.values if word else conditions.BROKEN
        elif isinstance(fact, FieldFact) and fact.path in vocabulary.fields:
            field = vocabulary.fields[fact.path]
            found[name] = () if field.type in ("text", "date") else field.values
    return found
