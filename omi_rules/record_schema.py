"""The schema of a case record, built from the words of a ruleset; pydantic writes the JSON Schema from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pydantic_core import PydanticCustomError, core_schema

from omi_rules.vocabulary import LONGEST, MOST, DateRange, Vocabulary, Word, iso_date


def record_schema(words: Vocabulary, questions: Sequence[str], answers: Sequence[str]) -> core_schema.CoreSchema:
    """The record as pydantic-core checks it."""
    dates = _date(words.dates)
    tree: dict[str, Any] = {}
    for path, word in words.fields.items():
        _place(tree, path, (_optional(word, _value(word, dates)), word.required, word.means))
    for path, word in words.histories.items():
        entry = _object({"level": _value(word, dates), "from": dates}, word.means)
        _place(tree, path, (_nullable(core_schema.list_schema(entry)), False, word.means))
    flags = {name: core_schema.bool_schema(strict=True) for name in words.flags}
    tree["flags"] = (_nullable(_object(flags, "yes or no; absent: not recorded")), False, "")
    answer = _described(core_schema.literal_schema(list(answers)), "an assessor's answer")
    tree["answers"] = (_nullable(_object(dict.fromkeys(questions, answer), "question id to answer")), False, "")
    kinds = {
        name: _object(
            {"on": dates, **{key: _value(word, dates) for key, word in kind.attributes.items()}},
            kind.means,
            {"type": core_schema.literal_schema([name])},
        )
        for name, kind in words.events.items()
    }
    event = core_schema.tagged_union_schema(kinds, discriminator="type")
    tree["events"] = (_nullable(core_schema.list_schema(event)), False, "what happened; absent: not recorded")
    return _group(tree)


def _date(span: DateRange) -> core_schema.CoreSchema:
    def parse(value: object) -> date:
        day = iso_date(value)
        if not span.from_ <= day <= span.to:
            hint = f"dates from {span.from_} to {span.to} are believed"
            raise PydanticCustomError("bad_date", "a date too far away", {"hint": hint})
        return day

    return core_schema.no_info_before_validator_function(parse, core_schema.date_schema())


def _value(word: Word, dates: core_schema.CoreSchema) -> core_schema.CoreSchema:
    match word.type:
        case "text":
            schema: core_schema.CoreSchema = core_schema.str_schema(strict=True, min_length=1, max_length=LONGEST)
        case "date":
            schema = dates
        case "choice":
            schema = core_schema.literal_schema(list(word.one_of))
        case "set":
            schema = core_schema.list_schema(core_schema.literal_schema(list(word.one_of)))
        case "integer":
            schema = core_schema.int_schema(strict=True, ge=word.from_, le=MOST if word.or_more else word.to)
        case "yes_no":
            schema = core_schema.bool_schema(strict=True)
    return _described(schema, word.means)


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
