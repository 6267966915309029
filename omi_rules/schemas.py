"""JSON Schemas, written by pydantic from what checks the records and the rule files."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from omi_rules.forms import form
from omi_rules.inspection.record import Inspection
from omi_rules.leadership import Leadership
from omi_rules.rules import (
    Answers,
    AnyFact,
    AnyOfFact,
    Criterion,
    Deadline,
    Each,
    FieldMoment,
    ForcedMoment,
    HighestFact,
    LatestMoment,
    Never,
    OnRecord,
    ReachMoment,
    Repeats,
    SetFact,
)
from omi_rules.ruleset import Head, Ruleset
from omi_rules.sample_rules import SampleRules
from omi_rules.vocabulary import Vocabulary

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@form
class Clocks:
    """The file of moments, facts and clocks."""

    moments: dict[str, FieldMoment | LatestMoment | ReachMoment | ForcedMoment]
    facts: dict[str, HighestFact | AnyOfFact | SetFact | AnyFact]
    clocks: dict[str, Deadline | Repeats | Answers | Each | Never | OnRecord]


def case_schema(ruleset: Ruleset) -> dict[str, Any]:
    """The schema of a case record under a ruleset."""
    made = GenerateJsonSchema().generate(ruleset.reader.schema, mode="validation")
    title = f"Case record of {ruleset.head.id} {ruleset.head.version}"
    return {"$schema": DIALECT, "title": title, **made}


def ruleset_schema() -> dict[str, Any]:
    """The schemas of the files of a ruleset, by file: the head, the words, clocks, a criterion, section 4, samples."""
    files = {
        "ruleset.yaml": Head,
        "vocabulary.yaml": Vocabulary,
        "clocks.yaml": Clocks,
        "<criterion>.yaml": Criterion,
        "<leadership>.yaml": Leadership,
        "sample.yaml": SampleRules,
    }
    return {"$schema": DIALECT, "files": {name: TypeAdapter(one).json_schema() for name, one in files.items()}}


def inspection_schema() -> dict[str, Any]:
    """The schema of the record of an inspection, `inspection.yaml`."""
    return {"$schema": DIALECT, **TypeAdapter(Inspection).json_schema(), "title": "Record of an inspection"}
