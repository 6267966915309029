"""JSON Schemas, written by pydantic from what checks the records and the rule files."""

from __future__ import annotations

from typing import Any

from pydantic import create_model
from pydantic.json_schema import GenerateJsonSchema

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
from omi_rules.vocabulary import Model, Vocabulary

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def case_schema(ruleset: Ruleset) -> dict[str, Any]:
    """The schema of a case record under a ruleset."""
    made = GenerateJsonSchema().generate(ruleset.reader.schema, mode="validation")
    title = f"Case record of {ruleset.head.id} {ruleset.head.version}"
    return {"$schema": DIALECT, "title": title, **made}


def ruleset_schema() -> dict[str, Any]:
    """The schemas of the files of a ruleset, by file: the head, the words, the clocks, a criterion."""
    moment = FieldMoment | LatestMoment | ReachMoment | ForcedMoment
    fact = HighestFact | AnyOfFact | SetFact | AnyFact
    clock = Deadline | Repeats | Answers | Each | Never | OnRecord
    clocks = create_model(
        "Clocks",
        __base__=Model,
        moments=(dict[str, moment], ...),
        facts=(dict[str, fact], ...),
        clocks=(dict[str, clock], ...),
    )
    files: dict[str, type[Model]] = {
        "ruleset.yaml": Head,
        "vocabulary.yaml": Vocabulary,
        "clocks.yaml": clocks,
        "<criterion>.yaml": Criterion,
    }
    return {"$schema": DIALECT, "files": {name: model.model_json_schema() for name, model in files.items()}}
