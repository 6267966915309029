"""Case records: read, checked against the vocabulary, refused with everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from pydantic_core import SchemaValidator, ValidationError, core_schema

from omi_rules.errors import Fault, Refused, nearest, show, written
from omi_rules.record_schema import record_schema
from omi_rules.source import Document, Steps, read_json
from omi_rules.vocabulary import Vocabulary, Word

Record = dict[str, Any]
"""A checked case record: the JSON object with its dates as `datetime.date`."""

_WANTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "dict_attributes_type": "an object",
    "model_attributes_type": "an object",
}

_YES_NO = {"true": "true", "yes": "true", "1": "true", "false": "false", "no": "false", "0": "false"}


def _instead(kind: str, value: object) -> str:
    """What to write instead of a value of the wrong type, where that can be told."""
    match kind:
        case "string_type" if isinstance(value, (int, float)):
            return f'put it in quotation marks: "{show(value)}"'
        case "int_type" if isinstance(value, str) and value.isdecimal():
            return "write it without quotation marks"
        case "bool_type" if show(value).lower() in _YES_NO:
            return f"write {_YES_NO[show(value).lower()]}, without quotation marks"
        case "list_type" if isinstance(value, (str, int)):
            return f"put it in square brackets: [{_said(value)}]"
    return ""


class Reader:
    """Checks case records against one vocabulary and answer scale."""

    def __init__(self, vocabulary: Vocabulary, questions: Iterable[str], answers: Iterable[str]) -> None:
        self.vocabulary = vocabulary
        self.questions = tuple(questions)
        self.answers = tuple(answers)

    @cached_property
    def schema(self) -> core_schema.CoreSchema:
        """The record as pydantic-core checks it."""
        return record_schema(self.vocabulary, self.questions, self.answers)

    @cached_property
    def _validator(self) -> SchemaValidator:
        return SchemaValidator(self.schema, core_schema.CoreConfig(hide_input_in_errors=True))

    def check(self, document: Document) -> tuple[Record, list[Fault]]:
        """The record in a document, and warnings about it.

        Raises:
            Refused: every fault of the record.
        """
        if not isinstance(document.data, dict):
            what = f"{_said(document.data)}, where a case record (an object) is wanted"
            hint = "for a list of records use `omi-check batch`" if isinstance(document.data, list) else ""
            raise Refused([*document.faults, document.fault((), what, hint)])
        try:
            record: Record = self._validator.validate_python(document.data)
        except ValidationError as error:
            raise Refused([*document.faults, *self._faults(error, document)]) from None
        if document.faults:
            raise Refused(document.faults)
        return record, list(self._warnings(record, document))

    def read(self, text: str, name: str, first_line: int = 1) -> tuple[Record, list[Fault]]:
        """The record in a JSON text, and warnings about it. Raises `Refused`."""
        return self.check(read_json(text, name, first_line))

    def _faults(self, error: ValidationError, document: Document) -> Iterator[Fault]:
        """Everything pydantic found, in our words."""
        found = [(_record_path(item["loc"]), dict(item)) for item in error.errors(include_url=False)]
        told = {(fault.line, fault.column) for fault in document.faults}
        made = [self._fault(path, item, document) for path, item in found]
        unknown = {
            (path[:-1], fault.hint)
            for (path, item), fault in zip(found, made, strict=True)
            if item["type"] == "extra_forbidden"
        }
        for (path, item), fault in zip(found, made, strict=True):
            if item["type"] == "missing" and (path[:-1], f"did you mean `{path[-1]}`?") in unknown:
                continue  # it is there, misspelt, and that is said
            if (fault.line, fault.column) not in told or item["type"] in ("missing", "extra_forbidden"):
                yield fault

    def _fault(self, path: Steps, found: Mapping[str, Any], document: Document) -> Fault:
        kind, context, value = found["type"], found.get("ctx", {}), found.get("input")
        match kind:
            case "missing":
                return document.fault(path, "missing", "every record needs it")
            case "extra_forbidden":
                answers = path[0] == "answers"
                what = "not a question of this ruleset" if answers else "not a key of a case record here"
                otherwise = (
                    "`omi-check rules list` shows them" if answers else "`omi-check rules schema case` shows them"
                )
                return document.fault(path, what, nearest(path[-1], self._keys_at(path, document.data), otherwise))
            case "union_tag_not_found":
                hint = f'say what happened, as in `"type": "{next(iter(self.vocabulary.events), "")}"`'
                return document.fault(path, "an event without `type`", hint)
            case "union_tag_invalid":
                tag = value.get("type") if isinstance(value, dict) else value
                hint = nearest(show(tag), self.vocabulary.events, "`omi-check rules schema case` shows them")
                return document.fault((*path, "type"), f"{_said(tag)} is not a type of event", hint)
            case "literal_error":
                hint = self._literal_hint(path, value, document.data)
                return document.fault(path, f"{_said(value)} is not a value of this key", hint)
            case "bad_date":
                return document.fault(path, f"{_said(value)}: {found['msg']}", context["hint"])
            case "greater_than_equal" | "less_than_equal":
                bound = f"{context['ge']} is the least" if "ge" in context else f"{context['le']} is the most"
                return document.fault(path, f"{_said(value)}, where {bound}")
            case _ if kind in _WANTED:
                hint = _instead(kind, value)
                return document.fault(path, f"{_said(value)}, where {_WANTED[kind]} is wanted", hint)
            case "string_too_short":
                field = self.vocabulary.fields.get(written(path))
                needed = field is not None and field.required
                hint = (
                    "every record needs it" if needed else "leave the key out, or write null, for what is not recorded"
                )
                return document.fault(path, "an empty text", hint)
            case "string_too_long":
                return document.fault(path, "a text of more than 10,000 characters")
            case "string_unicode":
                return document.fault(path, "a text that is not valid Unicode")
            case _:
                return document.fault(path, f"{_said(value)} cannot stand here")

    def _keys_at(self, path: Steps, data: Any) -> list[str]:
        """The keys that are valid where an unknown one was found."""
        parent = path[:-1]
        if parent == ("answers",):
            return list(self.questions)
        if parent == ("flags",):
            return list(self.vocabulary.flags)
        if len(parent) == 2 and parent[0] == "events":
            kind = self.vocabulary.events.get(data["events"][parent[1]].get("type"))
            return ["type", "on", *(kind.attributes if kind else ())]
        if parent and isinstance(parent[-1], int):
            return ["level", "from"]
        depth = len(parent)
        paths = [
            p.split(".") for p in (*self.vocabulary.fields, *self.vocabulary.histories, "flags", "events", "answers")
        ]
        return list(dict.fromkeys(p[depth] for p in paths if len(p) > depth and tuple(p[:depth]) == parent))

    def _literal_hint(self, path: Steps, value: object, data: Any) -> str:
        name = written(step for step in path if isinstance(step, str))
        if path[0] == "answers":
            return nearest(value, self.answers)
        if path[0] == "events":
            kind = self.vocabulary.events[data["events"][path[1]]["type"]]
            return nearest(value, kind.attributes[str(path[-1])].one_of)
        word = self.vocabulary.fields.get(name) or self.vocabulary.histories.get(name.removesuffix(".level"))
        return nearest(value, word.one_of) if word else ""

    def _warnings(self, record: Record, document: Document) -> Iterable[Fault]:
        """What is odd about a valid record. It is judged all the same, and nothing is left out in silence."""
        assessed = record["assessed_on"]
        if record.get("events") is None:
            yield document.fault(
                (),
                "no `events`: what is worked out from events is left to the assessor's answers",
                'write `"events": []` if nothing happened',
            )
        for i, event in enumerate(record.get("events") or ()):
            day = event.get("on")
            if day is None:
                yield document.fault(("events", i), "an event without a date: it settles nothing on its own")
            elif day > assessed:
                yield document.fault(
                    ("events", i, "on"), f"{day} is after the day of assessment ({assessed}): not counted before it"
                )
            for key, word in self.vocabulary.events[event["type"]].attributes.items():
                yield from _unusual(word, event.get(key), document, ("events", i, key))
        for path, word in self.vocabulary.fields.items():
            yield from _unusual(word, at(record, path), document, tuple(path.split(".")))
        for path in self.vocabulary.histories:
            for i, entry in enumerate(at(record, path) or ()):
                steps: Steps = (*path.split("."), i)
                if entry.get("from") is None or entry.get("level") is None:
                    yield document.fault(steps, "an entry without its level or date: the level cannot be told")
                elif entry["from"] > assessed:
                    yield document.fault(
                        (*steps, "from"),
                        f"{entry['from']} is after the day of assessment ({assessed}): not counted before it",
                    )


def at(record: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path of a record; None where it is not recorded.

    >>> at({"sentence": {"tier": 3}}, "sentence.tier"), at({}, "sentence.tier")
    (3, None)
    """
    value: Any = record
    for step in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _unusual(word: Word, value: object, document: Document, path: Steps) -> Iterable[Fault]:
    if word.known and value is not None and value not in word.known:
        yield document.fault(path, f"{show(value)} is not a usual value: read as it stands", nearest(value, word.known))


def _record_path(location: Iterable[str | int]) -> Steps:
    """pydantic's location without the tag it puts after the position of an event."""
    steps = list(location)
    if len(steps) > 2 and steps[0] == "events":
        del steps[2]
    return tuple(steps)


def _said(value: object) -> str:
    return f'"{show(value)}"' if isinstance(value, str) else show(value)
