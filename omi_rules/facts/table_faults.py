"""What is wrong with the columns of a table of cases, before any of its records is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from omi_rules.errors import Fault, nearest, show
from omi_rules.facts.cases import schema
from omi_rules.ruleset import Ruleset


def faults_of(found: pa.Schema, ruleset: Ruleset, file: str = "the DataFrame") -> Iterator[Fault]:
    """What is wrong with the columns of a table of cases."""
    for path, what, hint in _faults(_fields(found), _fields(schema(ruleset.vocabulary)), ""):
        yield Fault(file=file, path=path, what=what, hint=hint)
    for path, word in ruleset.vocabulary.fields.items():
        if word.required and not _has(found, path.split(".")):
            what = "no such column, and every case record has it"
            yield Fault(file=file, path=path, what=what, hint="add it, or rename the column that holds it")


def _fields(of: Any) -> Mapping[str, pa.DataType]:
    return {field.name: field.type for field in of}


def _has(of: Any, steps: list[str]) -> bool:
    type_ = _fields(of).get(steps[0])
    return type_ is not None and (not steps[1:] or (pa.types.is_struct(type_) and _has(type_, steps[1:])))


_Wrong = tuple[str, str, str]
"""The path of a column, what is wrong with it, and what to try."""


def _faults(found: Mapping[str, pa.DataType], wanted: Mapping[str, pa.DataType], before: str) -> Iterator[_Wrong]:
    for name, type_ in found.items():
        path = before + show(name)
        if name in wanted:
            yield from _unlike(type_, wanted[name], path)
        else:
            yield path, "not a column of a case record", nearest(name, wanted, "leave it out")


def _unlike(found: pa.DataType, wanted: pa.DataType, path: str) -> Iterator[_Wrong]:
    kind, right = _kind(found), _kind(wanted)
    if pa.types.is_null(found):
        return
    if kind != right:
        yield path, f"a column of {kind}, where {right} is wanted", "cast it before the cases are checked"
    elif right == "struct":
        yield from _faults(_fields(found), _fields(wanted), f"{path}.")
    elif right == "array":
        yield from _unlike(found.value_type, wanted.value_type, f"{path}[]")
    elif right == "map":
        yield from _unlike(found.key_type, wanted.key_type, f"{path} (key)")
        yield from _unlike(found.item_type, wanted.item_type, f"{path} (value)")


def _kind(type_: pa.DataType) -> str:
    """A type as Spark names it; whole numbers are one, whatever their size."""
    if pa.types.is_dictionary(type_):
        return _kind(type_.value_type)
    kinds = {
        "struct": pa.types.is_struct,
        "map": pa.types.is_map,
        "array": pa.types.is_list,
        "string": lambda of: pa.types.is_string(of) or pa.types.is_large_string(of),
        "date": pa.types.is_date,
        "boolean": pa.types.is_boolean,
        "whole numbers": pa.types.is_integer,
    }
    return next((name for name, has in kinds.items() if has(type_)), str(type_))
