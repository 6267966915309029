"""Turns of phrase between the figures of a statement. Every pattern is tried on a short stretch of text only."""

from __future__ import annotations

import re

from omi_rules.figures.numbers import DASHES, NUMBER_WORD
from omi_rules.figures.prose import BREAK, CELL

FEW, MANY = 6, 25
"""Words in which no new thought begins, and in which one statement may be said."""

_NO_NOUN = (
    r"(?!(?:in|at|on|for|by|from|with|to|and|or|of|who|which|that|over|under|about|against|had|was|were|is|are|the|an?|"
    r"targets?|goals?|scores?|rates?|averages?|national|nationally)\b)"
)
_NOUN = rf"{_NO_NOUN}[a-z][a-z'-]*"
_DET = (
    rf"(?:(?:the|this|our|their|an?)\s+(?:{_NOUN}\s+)?(?:total|sample|group|number|set|cohort)\s+of"
    r"|(?:all\s+)?(?:the|these|those|our|their|its|his|her)|all|a\s+possible)\s+"
)
_TO_BASE = rf"(?:out\s+)?of\s+(?:{_DET}(?:{_NOUN}\s+){{0,2}})?"

OF = re.compile(rf"\s+{_TO_BASE}", re.IGNORECASE)
"""26 **of the relevant** 28."""
OUT_OF = re.compile(rf"(?:\s+{_NOUN}){{1,5}},?\s+out\s+of\s+(?:{_DET})?", re.IGNORECASE)
"""26 **cases out of** 28."""
SLASH = re.compile(r"\s*/\s*")
N_BEFORE, N = re.compile(r"\bn\s*=\s*$"), re.compile(r"\s*[,;]?\s*N\s*=\s*")
"""n = 26, N = 28."""
N_FIRST, N_SECOND = re.compile(r"\bN\s*=\s*$"), re.compile(r"\s*[,;]?\s*n\s*=\s*")
"""N = 28, n = 26."""
CLOSED_OF = re.compile(rf"[*†‡§]{{0,3}}\s*(?:[)\],\u2014\u2013]|\s-)\s*{_TO_BASE}", re.IGNORECASE)
"""26 (93%**) of the** 28; 26, 93%**, of the** 28."""
CLAUSE = re.compile(
    rf"(?:\b(?:O(?:ut\s+o)?f|Among(?:st)?)|(?:\A|\bthat\s|[.;:,\u2014\u2013{BREAK}{CELL}])\s*(?:out\s+)?of)\s+"
    rf"(?:{_DET}(?:{_NOUN}\s+){{0,2}})?$"
)
"""**Of the** 28 cases, 26."""
ALL = re.compile(r"\b(?:(?P<all>all)(?:\s+of)?|none\s+of)\s+(?:(?:the|these|our)\s+)?$", re.IGNORECASE)
COORDINATED = re.compile(rf"(?:[0-9]|\b(?ai:{NUMBER_WORD}))\s+(?:and|or|to)\s+$|[0-9]\s?[{DASHES}]$")
"""**24 and** 26 of 28: whose percentage follows?"""
OF_THESE = re.compile(r"\bof\s+(?:these|those|them|whom|which)\b")
"""The base is another from here on."""
_WORDS = r"(?:\s+[^\W\d][\w'-]*){0,8}"
OF_WHICH = re.compile(
    rf"{_WORDS}(?:\.\s+Of|\s*[,;:(\u2014\u2013]?\s*(?:and\s+)?of)\s+(?:which|whom|these|those|them),?\s+"
    r"(?:(?:only|just)\s+)?"
)
"""There were 28 **cases, of which** 26; **cases. Of these,** 26."""
THAT, WHICH = re.compile(rf"{_WORDS},\s+(?:(?:only|just)\s+)?"), re.compile(r"\s+of\s+(?:which|whom|them)\b")
"""28 **cases,** 26 **of which**."""
NUMBER = re.compile(rf"(?<!\w)(?:(?!(?:19|20)[0-9]{{2}}\b)[0-9]|(?ai:{NUMBER_WORD})\b)")
"""A number that is no year."""

STOP = re.compile(rf"(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bvs)(?<!\bapprox)[.!?]['\"\u201d)]*\s|[{BREAK}]")
"""Where a sentence ends."""
_RATE = r"(?:response|return|completion|compliance)\s+rate\b"
_SAME = (
    r"\bor\b|\bi\.?e\.?,?|\b(?:that|which)\s+is\b,?|\bnamely\b|=|\bequals\b|\b(?:which\s+)?represents\b"
    rf"|\brepresenting\b|\b(?:equal|equivalent|equating|amounting)\s+to\b|\b(?:an?\s+)?{_RATE}(?:\s+of)?:?"
)
BRACKET = re.compile(
    rf"(?P<words>[)\]]\s*|(?:[^()\[\]{CELL}]|\([^()\[\]{CELL}]*\)|\[[0-9]{{1,3}}\])*)[(\[]\s*"
    rf"(?:(?:{_SAME}|only\b|just\b|a\s+mere\b)\s*){{0,3}}(?:n\s*=\s*)?"
)
"""26 of 28 **relevant cases (** 93%."""
EQUALS = re.compile(
    rf"(?:\s+{_NOUN}){{0,4}}(?:(?P<sure>,?\s*(?:{_SAME})|\s+is|:)|[,;\u2014\u2013]|\s+[{DASHES}])\s*(?:(?:only|just)\s+)?"
)
"""26 of 28 **cases, or** 93%."""
_OF_THEM = rf"(?:\s+of\s+(?:(?:all|the|these|those)\s+)?{_NOUN}(?:\s+{_NOUN}){{0,2}})?"
OR = re.compile(rf"{_OF_THEM},?\s*(?:{_SAME}|:)\s*(?:(?:only|just)\s+)?")
PAUSED = re.compile(rf"{_OF_THEM}\s*[,{DASHES}]\s*")
IN_BRACKETS = re.compile(rf"{_OF_THEM}\s*[,;{DASHES}]\s*")
"""93% **or** 26 of 28; 93% of cases**,** 26 of 28; (93%**;** 26 of 28)."""
CELLS = re.compile(rf"\s*{CELL}[\s{CELL}]*|[ ]{{2,}}")

CLOSED = re.compile(
    rf"[*†‡§\s]{{0,4}}(?:(?:of\s+(?:them|these|those)|in\s+all|in\s+total|altogether|{_RATE}|\.)?\s*[)\]]|[;:]"
    r"|,(?!\s*[0-9.]{1,9}\s?%(?!\s*(?:CI|confidence|interval))))"
)
"""What may follow a percentage in brackets that says no more than itself."""
PAUSE = re.compile(rf"[*†‡§]{{0,3}}\s{{0,40}}(?:[.,;:)\]\u2014\u2013]|-\s|\Z|[{BREAK}{CELL}\n])")
COUNTED = re.compile(r"(?P<words>(?:\s{1,40}[^\W\d][\w'-]{0,30}){0,12})\s{0,40}[)\],;]")
"""What may follow a count or a base in brackets."""
NOUN = re.compile(
    r"|(?:\S+ ){0,3}\S*(?:s|people|staff|men|women|children|all|total|them)"
    r"(?: (?:that|which|who|whom|where|with|in|for|at|on|from|inspected|seen|read|examined|assessed|interviewed)\b.*)?"
)
"""The words there, if they only say what was counted."""
COUNTABLE = re.compile(r"cases|people|persons|all|total|them")
OTHERS = re.compile(
    r"\b(?:most|half|thirds?|quarters?|majority|minority|remainder|rest|remaining|others|few|respectively|compared|"
    r"against|targets?|goals?|scores?|averages?|national|nationally)\b|;"
)
"""Words that a percentage after them may be said of."""
ANOTHER = re.compile(r"\b(?:and|but|while|whereas|although|though)(?:\s+\S+){3}")
"""Words with which a new thought may begin."""
