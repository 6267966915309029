"""Case records: read, checked against the vocabulary, refused with everything that is wrong.

The schema is built from the vocabulary for pydantic, which checks the record and writes the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from pydantic_core import PydanticCustomError, SchemaValidator, ValidationError, core_schema

from omi_rules.errors import Fault, Refused, nearest, show, written
from omi_rules.source import Document, Steps, read_json
from omi_rules.vocabulary import Vocabulary, Word

Record = dict[str, Any]
"""A checked case record: the JSON object with its dates as `datetime.date`."""

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class Reader:
    """Checks case records against one vocabulary and answer scale."""

    def __init__(self, vocabulary: Vocabulary, questions: Iterable[str], answers: Iterable[str]) -> None:
        self.vocabulary = vocabulary
        self.questions = tuple(questions)
        self.answers = tuple(answers)

    @cached_property
    def schema(self) -> core_schema.CoreSchema:
        """The record as pydantic-core checks it."""
        words = self.vocabulary
        tree: dict[str, Any] = {}
        for path, word in words.fields.items():
            _place(tree, path, (_optional(word, self._value(word)), word.required, word.means))
        for path, word in words.histories.items():
            entry = _object({"level": self._value(word), "from": self._date()}, word.means)
            _place(tree, path, (_nullable(core_schema.list_schema(entry)), False, word.means))
        flags = {name: core_schema.bool_schema(strict=True) for name in words.flags}
        tree["flags"] = (_nullable(_object(flags, "yes or no; absent: not recorded")), False, "")
        answer = _described(core_schema.literal_schema(list(self.answers)), "an assessor's answer")
        answers = _object(dict.fromkeys(self.questions, answer), "question id to answer")
        tree["answers"] = (_nullable(answers), False, "")
        kinds = {
            name: _object(
                {"on": self._date(), **{key: self._value(word) for key, word in kind.attributes.items()}},
                kind.means,
                {"type": core_schema.literal_schema([name])},
            )
            for name, kind in words.events.items()
        }
        event = core_schema.tagged_union_schema(kinds, discriminator="type")
        tree["events"] = (_nullable(core_schema.list_schema(event)), False, "what happened; absent: not recorded")
        return _group(tree)

    def _date(self) -> core_schema.CoreSchema:
        span = self.vocabulary.dates

        def parse(value: object) -> date:
            if not isinstance(value, str) or not _ISO.fullmatch(value):
                hint = "write dates as 2006-06-28"
                if isinstance(value, str) and (
                    found := re.fullmatch(r"(\d\d?)[/.](\d\d?)[/.](\d{4})", value, re.ASCII)
                ):
                    hint = f"write dates year first: {found[3]}-{int(found[2]):02}-{int(found[1]):02}"
                raise PydanticCustomError("bad_date", "not a date", {"hint": hint})
            try:
                day = date.fromisoformat(value)
            except ValueError:
                raise PydanticCustomError("no_such_day", "no such day", {"hint": ""}) from None
            if not span.from_ <= day <= span.to:
                hint = f"dates from {span.from_} to {span.to} are believed"
                raise PydanticCustomError("far_date", "a date too far away", {"hint": hint})
            return day

        return core_schema.no_info_before_validator_function(parse, core_schema.date_schema())

    def _value(self, word: Word) -> core_schema.CoreSchema:
        match word.type:
            case "text":
                schema: core_schema.CoreSchema = core_schema.str_schema(strict=True, min_length=1, max_length=10_000)
            case "date":
                schema = self._date()
            case "choice":
                schema = core_schema.literal_schema(list(word.one_of))
            case "set":
                schema = core_schema.list_schema(core_schema.literal_schema(list(word.one_of)))
            case "integer":
                schema = core_schema.int_schema(strict=True, ge=word.from_, le=None if word.or_more else word.to)
            case "yes_no":
                schema = core_schema.bool_schema(strict=True)
        return _described(schema, word.means)

    @cached_property
    def _validator(self) -> SchemaValidator:
        return SchemaValidator(self.schema, core_schema.CoreConfig(hide_input_in_errors=True))

    def check(self, document: Document) -> tuple[Record, list[Fault]]:
        """The record in a document, and warnings about it.

        Raises:
            Refused: every fault of the record.
        """
        if not isinstance(document.data, dict):
            what = f"{show(document.data)}, where a case record (an object) is wanted"
            hint = "for a list of records use `omi-check batch`" if isinstance(document.data, list) else ""
            raise Refused([document.fault((), what, hint)])
        try:
            record: Record = self._validator.validate_python(document.data)
        except ValidationError as error:
            raise Refused(self._fault(document, dict(found)) for found in error.errors(include_url=False)) from None
        return record, list(self._warnings(record, document))

    def read(self, text: str, name: str, first_line: int = 1) -> tuple[Record, list[Fault]]:
        """The record in a JSON text, and warnings about it. Raises `Refused`."""
        return self.check(read_json(text, name, first_line))

    def _fault(self, document: Document, found: Mapping[str, Any]) -> Fault:
        """One of pydantic's findings in our words."""
        kind, context = found["type"], found.get("ctx", {})
        path = _record_path(found["loc"])
        value = found.get("input")
        match kind:
            case "missing":
                return document.fault(path, "missing", "every record needs it")
            case "extra_forbidden":
                what = "not a question of this ruleset" if path[0] == "answers" else "not a key of a case record here"
                return document.fault(path, what, nearest(path[-1], self._keys_at(path, document.data)))
            case "union_tag_not_found":
                return document.fault(path, "an event without `type`", nearest("", self.vocabulary.events))
            case "union_tag_invalid":
                tag = value.get("type") if isinstance(value, dict) else value
                return document.fault(
                    (*path, "type"), f"{show(tag)} is not a type of event", nearest(tag, self.vocabulary.events)
                )
            case "literal_error":
                return document.fault(
                    path, f"{show(value)} is not a value of this key", self._literal_hint(path, value, document.data)
                )
            case "bad_date" | "no_such_day" | "far_date":
                return document.fault(path, f"{show(value)}: {found['msg']}", context.get("hint", ""))
            case "int_type" | "bool_type" | "string_type":
                want = {"int_type": "a whole number", "bool_type": "true or false", "string_type": "text"}[kind]
                hint = "leave the quotation marks away" if isinstance(value, str) and kind != "string_type" else ""
                return document.fault(path, f"{_quoted(value)}, where {want} is wanted", hint)
            case "greater_than_equal" | "less_than_equal":
                bound = "least" if kind == "greater_than_equal" else "most"
                return document.fault(
                    path, f"{show(value)}, where {context.get('ge', context.get('le'))} is the {bound}"
                )
            case "dict_type" | "list_type":
                want = "an object" if kind == "dict_type" else "a list"
                return document.fault(path, f"{_quoted(value)}, where {want} is wanted")
            case "string_too_short":
                return document.fault(
                    path, "an empty text", "leave the key out, or write null, for what is not recorded"
                )
            case "string_too_long":
                return document.fault(path, "a text of more than 10,000 characters")
            case "string_unicode":
                return document.fault(path, "a text that is not valid Unicode")
            case _:
                return document.fault(path, str(found["msg"]).lower())

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


def _quoted(value: object) -> str:
    return f'"{show(value)}"' if isinstance(value, str) else show(value)


# Building the schema


def _described(schema: core_schema.CoreSchema, means: str) -> core_schema.CoreSchema:
    return {**schema, "metadata": {"pydantic_js_updates": {"description": means}}} if means else schema


def _nullable(schema: core_schema.CoreSchema) -> core_schema.CoreSchema:
    return core_schema.nullable_schema(schema)


def _optional(word: Word, schema: core_schema.CoreSchema) -> core_schema.CoreSchema:
    return schema if word.required else _nullable(schema)


def _object(
    optional: Mapping[str, core_schema.CoreSchema],
    means: str,
    required: Mapping[str, core_schema.CoreSchema] | None = None,
) -> core_schema.CoreSchema:
    fields = {key: core_schema.typed_dict_field(schema, required=True) for key, schema in (required or {}).items()}
    fields |= {key: core_schema.typed_dict_field(_nullable(schema), required=False) for key, schema in optional.items()}
    return _described(core_schema.typed_dict_schema(fields, extra_behavior="forbid"), means)


def _place(tree: dict[str, Any], path: str, leaf: tuple[core_schema.CoreSchema, bool, str]) -> None:
    *groups, name = path.split(".")
    for group in groups:
        tree = tree.setdefault(group, {})
    tree[name] = leaf


def _group(tree: Mapping[str, Any]) -> core_schema.CoreSchema:
    """Nested objects from nested dictionaries; a group is required if anything in it is."""
    fields = {}
    for name, inner in tree.items():
        if isinstance(inner, dict):
            required = _any_required(inner)
            schema = _group(inner) if required else _nullable(_group(inner))
        else:
            schema, required, _ = inner
        fields[name] = core_schema.typed_dict_field(schema, required=required)
    return core_schema.typed_dict_schema(fields, extra_behavior="forbid")


def _any_required(tree: Mapping[str, Any]) -> bool:
    return any(_any_required(inner) if isinstance(inner, dict) else inner[1] for inner in tree.values())
