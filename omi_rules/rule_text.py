"""Reading rule files: the plain part of YAML that people can read, every value with its place in the file.

It is read by the rules of YAML 1.2: only ``true`` and ``false`` are booleans, so that a key ``on`` stays a key,
and dates stay text. Duplicate keys, tags, anchors and aliases are refused.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from omi_rules.errors import Fault, Refused, printable
from omi_rules.source import KEY, Document, Steps

DEEPEST = 40
"""How deeply lists and keys may stand inside each other: more is a slip, or meant to break something."""

_SAID = {
    "tab character": ("a tab", "indent with spaces"),
    "found character '\\t' that cannot start any token": ("a tab", "indent with spaces"),
    "could not find expected ':'": ("a colon is missing after a key", "write `key: value`, with a space"),
    "mapping values are not allowed in this context": (
        "a second colon in one value",
        "put the value in quotation marks, or indent the line like its neighbours",
    ),
    "did not find expected ',' or ']'": ("a list that is not closed, or a comma missing in it", ""),
    "did not find expected ',' or '}'": ("a brace that is not closed, or a comma missing before this", ""),
    "did not find expected key": ("a key is wanted here", "are the lines before it indented alike?"),
    "did not find expected '-' indicator": ("an entry of the list is wanted here", "are the lines indented alike?"),
    "did not find expected <document start>": ("something that does not belong here", "is a colon missing?"),
    "found unexpected end of stream": ("a text whose closing quotation mark is missing", ""),
    "found character that cannot start any token": (
        "a text may not begin with this character",
        "put the value in quotation marks",
    ),
    "found unknown escape character": ("a backslash with a wrong letter after it", "use single quotation marks"),
}
"""The parser's complaints in our words, each with what to try."""


_OPEN = ("found unexpected end of stream", "did not find expected ','")
"""Complaints whose cause is where the text, list or brace begins."""


def read_yaml(text: str, name: str) -> Document:
    """Parse one YAML document.

    Raises:
        Refused: a syntax error, or something outside the plain part of YAML the rules are written in.
    """
    import yaml  # a seventh of a start-up: rules that are compiled already do not need it

    tree = _Tree(text, name)
    try:
        tree.read(yaml)
    except yaml.MarkedYAMLError as error:
        open_ = str(error.problem).startswith(_OPEN) and error.context_mark
        mark: Any = open_ or error.problem_mark or error.context_mark
        tree.refuse(tree.offset(mark), *_complaint(str(error.problem or error.context)))
    except yaml.reader.ReaderError as error:
        at = text.find(chr(error.character)) if isinstance(error.character, int) else -1
        said = ("not valid YAML: {}: {}".format(*_named(text[at])), _AWAY)
        complaint = said if at >= 0 else _complaint(str(error.reason))
        tree.refuse(max(at, 0), *complaint)
    if tree.faults:
        raise Refused(tree.faults)
    return Document(name, text, tree.data, places=tree.places)


def _complaint(problem: str) -> tuple[str, str]:
    for theirs, (said, hint) in _SAID.items():
        if theirs in problem:
            return f"not valid YAML: {said}", hint
    return f"not valid YAML: {printable(problem)}", ""


_AWAY = "take it away"


def _named(character: str) -> tuple[str, str]:
    """What kind of character it is that does not show, and which.

    >>> _named(chr(0x202E)), _named(chr(27))
    (('a character that does not show', 'U+202E (RIGHT-TO-LEFT OVERRIDE)'), ('a control character', 'U+001B'))
    """
    kind = "a control character" if unicodedata.category(character) == "Cc" else "a character that does not show"
    name = unicodedata.name(character, "")
    return kind, f"U+{ord(character):04X}" + (f" ({name})" if name else "")


def _unseen(text: str) -> str:
    """The first character of a text that does not show; empty if there is none. Line breaks are what they should be."""
    return next((character for character in text if character != "\n" and not character.isprintable()), "")


class _Tree:
    """Builds plain data out of the parser's events: no recursion in it that the file could exhaust."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.data: Any = None
        self.places: dict[Steps, int] = {}
        self.faults: list[Fault] = []
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def refuse(self, offset: int, what: str, hint: str = "", path: Steps = ()) -> None:
        """Add a fault at an offset of the text."""
        self.faults.append(Document(self.name, self.text, None, places={path: offset}).fault(path, what, hint))

    def read(self, yaml: Any) -> None:
        """Read everything; what is wrong with it is in `faults`."""
        events = yaml.parse(self.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents == 2:
                    self.refuse(
                        self.offset(event.start_mark),
                        "a second document (`---`), where a file has one",
                        "take the line away",
                    )
                    return
            elif isinstance(event, yaml.NodeEvent):
                self.data = self._value(yaml, event, events, ())

    def offset(self, mark: Any) -> int:
        """The place of one of the parser's marks in the text."""
        return int(min(self.starts[min(mark.line, len(self.starts) - 1)] + mark.column, len(self.text)))

    def _value(self, yaml: Any, event: Any, events: Any, path: Steps) -> Any:
        at = self.offset(event.start_mark)
        self.places[path] = at
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            mark = "an alias (`*`)" if isinstance(event, yaml.AliasEvent) else "an anchor (`&`)"
            self.refuse(at, mark, "write the value out: rules are read by people", path)
        elif event.tag is not None:
            self.refuse(at, "a tag (`!`)", "put the text in quotation marks, or take the tag away", path)
        if isinstance(event, yaml.AliasEvent):
            return None
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if len(path) >= DEEPEST:
            self.refuse(at, "nested too deeply", "", path[:3])
            raise Refused(self.faults)
        if isinstance(event, yaml.SequenceStartEvent):
            made: list[Any] = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                made.append(self._value(yaml, event, events, (*path, len(made))))
            return made
        return self._mapping(yaml, events, path)

    def _mapping(self, yaml: Any, events: Any, path: Steps) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            at = self.offset(event.start_mark)
            key = event.value if isinstance(event, yaml.ScalarEvent) else None
            inner = (*path, key) if key is not None else path
            if key is None:
                self.refuse(at, "a key that is not a word", "", path)
                self._value(yaml, event, events, (*path, KEY))
            elif not key.isprintable():
                self._refuse_unseen(_unseen(key) or "\n", "key", event, path)
            elif key in made:
                self.refuse(at, "the same key twice", "keep one of the two", inner)
            twice = key is None or key in made
            places = dict(self.places) if twice else self.places
            value = self._value(yaml, next(events), events, inner)
            if twice:
                self.places = places
                continue
            made[str(key)] = value
            self.places[(*inner, KEY)] = at
        return made

    def _scalar(self, event: Any, path: Steps) -> Any:
        if found := _unseen(event.value):
            self._refuse_unseen(found, "text", event, path)
        return event.value if event.style else _plain(event.value)

    def _refuse_unseen(self, character: str, where: str, event: Any, path: Steps) -> None:
        """Refuse a character that does not show, where it stands, or where its text begins if it is an escape there."""
        start, end = self.offset(event.start_mark), self.offset(event.end_mark)
        place, (kind, which) = self.text.find(character, start, end), _named(character)
        self.refuse(start if place < 0 else place, f"a {where} with {kind} in it: {which}", _AWAY, path)


_INTEGER = re.compile(r"[-+]?[0-9]+")


def _plain(word: str) -> Any:
    """An unquoted word as YAML 1.2 reads it; dates and decimals stay text."""
    if word in ("", "~", "null"):
        return None
    if word in ("true", "false"):
        return word == "true"
    return int(word) if _INTEGER.fullmatch(word) and len(word) < 19 else word
