"""What pydantic finds wrong in a rule file, in our words and at its place in the file."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from omi_rules.errors import Fault, nearest, show
from omi_rules.forms import key_of
from omi_rules.source import KEY, Document, Steps

_WANTED = {
    "string_type": "a text is wanted",
    "int_type": "a whole number is wanted",
    "bool_type": "true or false is wanted",
    "tuple_type": "a list is wanted",
    "dict_type": "`name: value` entries are wanted",
    "dataclass_type": "`name: value` entries are wanted",
}


def faults(error: ValidationError, model: type[Any], document: Document, raw: Any, path: Steps) -> list[Fault]:
    """Everything pydantic found wrong with `raw`, which stands at `path` of a document and should fill `model`."""
    found = [(_place(raw, item["loc"]), item) for item in error.errors(include_url=False)]
    unknown = [(at[:-1], nearest(at[-1], _keys(model, item["loc"][:-1]))) for (at, _), item in found if _extra(item)]
    made = []
    for (at, value), item in found:
        if item["type"] == "missing" and (at, f"did you mean `{item['loc'][-1]}`?") in unknown:
            continue  # it is there, misspelt, and that is said
        if item["type"] == "too_short" and value != []:
            continue  # pydantic counts the entries that are right, and the wrong ones are told
        made.append(_fault(model, item, value, document, (*path, *at)))
    return made


def empty(document: Document, raw: Any, path: Steps) -> Iterator[Fault]:
    """Keys with nothing after them, which pydantic would take as left out."""
    if raw is None:
        yield document.fault(path, "nothing stands here", "write a value, or take the key away")
    for key, value in raw.items() if isinstance(raw, dict) else enumerate(raw) if isinstance(raw, list) else ():
        if key not in ("case", "expect", "example_case"):
            yield from empty(document, value, (*path, key))


@cache
def keys_of(model: type[Any]) -> frozenset[str]:
    """The keys a form has."""
    return frozenset(key for key, _ in _fields(model))


def _extra(item: Mapping[str, Any]) -> bool:
    return bool(item["type"] == "unexpected_keyword_argument")


def _fault(model: type[Any], item: Mapping[str, Any], value: Any, document: Document, path: Steps) -> Fault:
    kind, context = item["type"], item.get("ctx", {})
    match kind:
        case "unexpected_keyword_argument":
            hint = nearest(path[-1], _keys(model, item["loc"][:-1]))
            return document.fault((*path, KEY), f"`{show(path[-1])}` is not a key of this part", hint)
        case "missing":
            return document.fault(path, f"`{item['loc'][-1]}` is missing", f"write `{item['loc'][-1]}: ...`")
        case "value_error":
            return document.fault(path, str(context["error"]))
        case "literal_error":
            choices = re.findall(r"'([^']*)'", context["expected"])
            return document.fault(path, f"{_said(value)} is not possible here", nearest(value, choices))
        case "too_short":
            return document.fault(path, "an empty list, where at least one entry is wanted")
        case "greater_than_equal" | "less_than_equal":
            bound = f"{context['ge']} is the least" if "ge" in context else f"{context['le']} is the most"
            return document.fault(path, f"{_said(value)}, where {bound}")
        case _ if kind in _WANTED:
            return document.fault(path, f"{_said(value)}, where {_WANTED[kind]}", _hint(model, item, value))
        case _:  # those of our own, which say it already
            return document.fault(path, f"{_said(value)}: {item['msg']}", context.get("hint", ""))


def _said(value: Any) -> str:
    return "nothing" if value is None else "`name: value` entries" if isinstance(value, dict) else show(value)


def _hint(model: type[Any], item: Mapping[str, Any], value: Any) -> str:
    match item["type"]:
        case "string_type" if isinstance(value, (bool, int)):
            return f'put it in quotation marks: "{show(value)}"'
        case "int_type" | "bool_type" if isinstance(value, str) and value in ("yes", "no"):
            return f"write {'true' if value == 'yes' else 'false'}"
        case "tuple_type" if isinstance(value, (str, int)):
            return f"put it in square brackets: [{show(value)}]"
        case "dataclass_type":
            return f"the names are: {', '.join(_keys(model, item['loc']))}"
    return ""


def _place(raw: Any, location: Sequence[str | int]) -> tuple[Steps, Any]:
    """The steps of pydantic's location that stand in the file, and what stands there.

    Left out are the names of union members, and the positions inside what a short form stands for.
    """
    steps: list[Any] = []
    step: Any
    for step in location:
        known = step in raw if isinstance(raw, dict) else isinstance(raw, list) and step in range(len(raw))
        if known:
            raw = raw[step]
            steps.append(step)
    return tuple(steps), raw


def _keys(model: type[Any], location: Sequence[str | int]) -> list[str]:
    """The keys that are valid at a place inside a model."""
    models = [model]
    for step in location:
        named = [one for one in models if one.__name__ == step]  # a member of a union
        inner = [found for one in models for key, info in _fields(one) if key == step for found in _models(info)]
        models = named or inner or models
    return [key for key, _ in _fields(models[0])]


def _fields(model: type[Any]) -> list[tuple[str, Any]]:
    return [(key_of(name), kind) for name, kind in typing.get_type_hints(model).items()]


def _models(annotation: Any) -> Iterator[type[Any]]:
    if is_dataclass(annotation) and isinstance(annotation, type):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)
