"""Plain frozen classes that rule files are read into, and the marks that tell pydantic how.

The classes are ordinary dataclasses: pydantic checks what a file says against them when rules are compiled, and is not
needed to use them afterwards. That keeps half of a cold start away from everyone who only judges a case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform, get_args

from pydantic_core import core_schema

T = TypeVar("T")

Handler = Any
"""pydantic's way to the schema of the type that a mark stands on."""


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def form(cls: type[T]) -> type[T]:
    """A frozen class with a field for each key; ``from_`` is the key ``from``, which Python keeps for itself."""
    # without comparison and repr, which nobody asks for, forty classes are made in half the time
    made = dataclass(frozen=True, kw_only=True, eq=False, repr=False)(cls)
    made.__pydantic_config__ = {"extra": "forbid", "alias_generator": key_of}  # type: ignore[attr-defined]
    return made


def key_of(name: str) -> str:
    """The key of a field.

    >>> key_of("from_")
    'from'
    """
    return name.rstrip("_")


@dataclass(frozen=True)
class Before:
    """The value is first put through a function that takes short forms for what they stand for."""

    long_form: Callable[[Any], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: Handler) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.long_form, handler(source))


@dataclass(frozen=True)
class Made:
    """The value is whatever a function makes of it; in JSON Schema it is a value of type `written`."""

    make: Callable[[Any], Any]
    written: str = "string"

    def __get_pydantic_core_schema__(self, _source: Any, _handler: Handler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.make)

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Handler) -> dict[str, Any]:
        return {"type": self.written}


@dataclass(frozen=True)
class Strict:
    """Nothing is taken for a boolean or an integer that is not one."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Handler) -> core_schema.CoreSchema:
        return {**handler(source), "strict": True}


@dataclass(frozen=True)
class Bounds:
    """How small or large a number, or how short a list, may be."""

    ge: int | None = None
    le: int | None = None
    min_length: int | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: Handler) -> core_schema.CoreSchema:
        given = {name: bound for name, bound in vars(self).items() if bound is not None}
        return {**handler(source), **given}


SOME = Bounds(min_length=1)
"""At least one."""


@dataclass(frozen=True)
class OneOf:
    """A union whose member is told by a function, which gives its name."""

    member: Callable[[Any], str]
    names: tuple[str, ...]
    """Of the members, in their order."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Handler) -> core_schema.CoreSchema:
        members = {name: handler.generate_schema(one) for name, one in zip(self.names, get_args(source), strict=True)}
        return core_schema.tagged_union_schema(members, discriminator=self.member)
