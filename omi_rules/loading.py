"""Loading a ruleset's folder: everything is checked, and every fault reported at its place in the files."""

from __future__ import annotations

import hashlib
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from omi_rules import conditions
from omi_rules.conditions import Value
from omi_rules.errors import Fault, Refused, nearest, show
from omi_rules.meaning import Computed, Reason
from omi_rules.naming import Names
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
from omi_rules.ruleset import Head, Ruleset, with_settings
from omi_rules.rule_text import read_yaml
from omi_rules.source import KEY, Document, Steps, read_text
from omi_rules.vocabulary import Model, Vocabulary

M = TypeVar("M", bound=Model)

MOMENT_FORMS: Mapping[str, type[Model]] = {
    "field": FieldMoment,
    "latest": LatestMoment,
    "reaches": ReachMoment,
    "forced_by": ForcedMoment,
}
FACT_FORMS: Mapping[str, type[Model]] = {
    "highest": HighestFact,
    "any_of": AnyOfFact,
    "any": AnyFact,
    "contains": SetFact,
    "exactly": SetFact,
    "more_than_one": SetFact,
}
CLOCK_FORMS: Mapping[str, type[Model]] = {
    "repeats": Repeats,
    "answers": Answers,
    "each": Each,
    "never": Never,
    "recorded": OnRecord,
    "event": Deadline,
}

HEAD, WORDS, CLOCKS = "ruleset.yaml", "vocabulary.yaml", "clocks.yaml"


def find(name: str) -> Path:
    """The folder of a ruleset, given its id or a path.

    Raises:
        Refused: there is no such ruleset.
    """
    folder = Path(name)
    if folder.is_dir():
        return folder
    shipped = _shipped()
    if (shipped / name / HEAD).is_file() and "/" not in name:
        return shipped / name
    known = sorted(path.name for path in shipped.iterdir() if (path / HEAD).is_file())
    raise Refused([Fault(file=show(name), what="no such ruleset, and no such folder", hint=nearest(name, known))])


def _shipped() -> Path:
    """The rulesets that come with the program: inside the package when installed, beside it in a checkout."""
    inside = Path(__file__).parent / "rulesets"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "rulesets"


def load(folder: Path) -> Ruleset:
    """The ruleset of a folder.

    Raises:
        Refused: every fault of every file.
    """
    loader = _Loader(folder)
    ruleset = loader.ruleset()
    if loader.faults or ruleset is None:
        raise Refused(loader.faults)
    return with_settings(ruleset, ruleset.head.parameters)


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

    def ruleset(self) -> Ruleset | None:
        """The ruleset, or None with the faults gathered."""
        missing = [name for name in (HEAD, WORDS, CLOCKS) if not (self.folder / name).is_file()]
        self.faults += [
            Fault(file=str(self.folder / name), what="missing: every ruleset has this file") for name in missing
        ]
        if self.faults:
            return None
        head = self._build(Head, self.documents[HEAD].data, self.documents[HEAD], ())
        vocabulary = self._build(Vocabulary, self.documents[WORDS].data, self.documents[WORDS], ())
        if head is None or vocabulary is None:
            return None
        self._messages(head)
        self.vocabulary, self.head = vocabulary, head
        plain = _plain_facts(vocabulary)
        plain_values = _values(plain, vocabulary)
        rules = self.documents[CLOCKS]
        moments = self._section(rules, "moments", MOMENT_FORMS, plain_values)
        declared = self._section(rules, "facts", FACT_FORMS, plain_values)
        facts: dict[str, Fact] = {**plain}
        for name, made in {**{n: MomentFact(means=m.means, moment=n) for n, m in moments.items()}, **declared}.items():
            if name in facts:
                self.faults.append(rules.fault(("facts", name, KEY), f"`{name}` is the name of another fact or moment"))
            facts[name] = made
        clocks: dict[str, Clock] = self._section(rules, "clocks", CLOCK_FORMS, plain_values)
        for part, named in (("moments", moments), ("facts", declared), ("clocks", clocks)):
            for name, made in named.items():
                names = Names(vocabulary, head, moments, rules, (part, name), self.faults)
                names.check(made)
        known = {"moments", "facts", "clocks"}
        for key in (rules.data or {}) if isinstance(rules.data, dict) else ():
            if key not in known:
                self.faults.append(
                    rules.fault((key, KEY), f"`{show(key)}` is not a part of this file", nearest(key, known))
                )
        values = _values(facts, vocabulary)
        criteria = self._criteria(clocks, values)
        if self.faults:
            return None
        return Ruleset(head, vocabulary, moments, facts, values, clocks, criteria, self.digest)

    def _messages(self, head: Head) -> None:
        wanted = {str(reason) for reason in Reason} | {str(Computed.ENDED)}
        document = self.documents[HEAD]
        for key in head.messages.keys() - wanted:
            self.faults.append(
                document.fault(("messages", key, KEY), f"`{show(key)}` is not a reason", nearest(key, wanted))
            )
        for key in sorted(wanted - head.messages.keys()):
            self.faults.append(document.fault(("messages",), f"no sentence for the reason `{key}`"))

    def _section(
        self, document: Document, part: str, forms: Mapping[str, type[Model]], facts: conditions.Values
    ) -> dict[str, Any]:
        """The named entries of one part of the clocks file, each in the form that its keys show."""
        raw = document.data.get(part) if isinstance(document.data, dict) else None
        if not isinstance(raw, dict):
            self.faults.append(document.fault((part,), f"`{part}` wants names with what they mean"))
            return {}
        made = {}
        for name, entry in raw.items():
            path: Steps = (part, name)
            form = next((key for key in forms if isinstance(entry, dict) and key in entry), None)
            if form is None:
                hint = (
                    nearest(next((k for k in entry if nearest(k, forms).startswith("did")), ""), forms)
                    if isinstance(entry, dict)
                    else ""
                )
                self.faults.append(document.fault(path, f"`{show(name)}` is of no known form", hint))
                continue
            ready = self._conditions(entry, document, path, facts)
            built = self._build(forms[form], ready, document, path)
            if built is not None:
                made[name] = built
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

    def _criteria(self, clocks: Mapping[str, Clock], values: conditions.Values) -> tuple[Criterion, ...]:
        made: list[Criterion] = []
        seen: dict[str, str] = {}
        for name, document in self.documents.items():
            if name in (HEAD, WORDS, CLOCKS):
                continue
            ready = self._conditions(document.data, document, (), values)
            criterion = self._build(Criterion, ready, document, ())
            if criterion is None:
                continue
            made.append(criterion)
            self._questions(criterion, document, clocks, seen)
        numbers = [criterion.criterion for criterion in made]
        for criterion in made:
            if criterion.section not in self.head.sections:
                self.faults.append(
                    Fault(file=str(self.folder), what=f"criterion {criterion.criterion} belongs to no section")
                )
            if numbers.count(criterion.criterion) > 1:
                self.faults.append(
                    Fault(file=str(self.folder), what=f"criterion {criterion.criterion} stands in two files")
                )
        if not made and not self.faults:
            self.faults.append(Fault(file=str(self.folder), what="no file with questions"))
        return tuple(sorted(made, key=lambda c: [int(n) if n.isdecimal() else 0 for n in c.criterion.split(".")]))

    def _questions(
        self, criterion: Criterion, document: Document, clocks: Mapping[str, Clock], seen: dict[str, str]
    ) -> None:
        for i, question in enumerate(criterion.questions):
            path: Steps = ("questions", i)

            def fault(key: str, what: str, hint: str = "", path: Steps = path) -> None:
                self.faults.append(document.fault((*path, key), what, hint))

            if question.id in seen:
                fault("id", f"`{question.id}` is also the id of a question in {seen[question.id]}")
            seen[question.id] = Path(document.name).name
            if not question.id.startswith(f"{criterion.criterion}."):
                fault(
                    "id",
                    f"`{question.id}` stands in the file of criterion {criterion.criterion}",
                    "ids begin with the criterion",
                )
            if question.decided_by and question.decided_by not in clocks:
                fault(
                    "decided_by", f"`{show(question.decided_by)}` is not a clock", nearest(question.decided_by, clocks)
                )
            if question.context and question.summary:
                fault("context", "a context measure is not scored, so it cannot be the summary question")
            for j, thread in enumerate(question.threads):
                if thread not in self.head.threads:
                    self.faults.append(
                        document.fault(
                            (*path, "threads", j),
                            f"`{show(thread)}` is not a thread",
                            nearest(thread, self.head.threads),
                        )
                    )
            Names(self.vocabulary, self.head, {}, document, path, self.faults).source(question.source)
        summaries = [q.id for q in criterion.questions if q.summary]
        if len(summaries) > 1:
            self.faults.append(
                document.fault(("questions",), f"{' and '.join(summaries)}: a criterion has one summary question")
            )

    def _build(self, model: type[M], raw: Any, document: Document, path: Steps) -> M | None:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            for found in error.errors(include_url=False):
                self.faults.append(_model_fault(model, found, document, path))
            return None


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
        if isinstance(fact, HighestFact) and fact.highest in vocabulary.histories:
            found[name] = vocabulary.histories[fact.highest].values
        elif isinstance(fact, FieldFact) and fact.path in vocabulary.fields:
            word = vocabulary.fields[fact.path]
            found[name] = () if word.type in ("text", "date") else word.values
    return found


def _model_fault(model: type[Model], found: Any, document: Document, path: Steps) -> Fault:
    """One of pydantic's findings in a rule file, in our words."""
    steps = tuple(step for step in found["loc"] if not (isinstance(step, str) and _is_tag(step)))
    where = (*path, *steps)
    kind = found["type"]
    if kind == "extra_forbidden":
        return document.fault(
            (*where, KEY),
            f"`{show(steps[-1])}` is not a key of this part",
            nearest(steps[-1], _keys(model, steps[:-1])),
        )
    if kind == "missing":
        return document.fault(where[:-1], f"`{steps[-1]}` is missing")
    if kind == "value_error":
        return document.fault(where, str(found["ctx"]["error"]))
    if kind == "literal_error":
        return document.fault(
            where, f"{show(found['input'])} is not possible here", f"one of: {found['ctx']['expected']}"
        )
    return document.fault(where, str(found["msg"])[:1].lower() + str(found["msg"])[1:])


def _is_tag(step: str) -> bool:
    """Whether a step of a location is pydantic's name of a union member, not a key."""
    return "[" in step or step in ("Awaits", "Model", "Events", "str", "constrained-str")


def _keys(model: Any, steps: Sequence[str | int]) -> list[str]:
    """The keys a model has at a place inside it."""
    for step in steps:
        if isinstance(step, str):
            for name, info in getattr(model, "model_fields", {}).items():
                if step == (info.alias or name):
                    model = next(_models(info.annotation), None)
                    break
    return [info.alias or name for name, info in getattr(model, "model_fields", {}).items()]


def _models(annotation: Any) -> Iterator[type[Model]]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)
