"""Case records taken apart into flat tables with codes, as a case management system would have them.

Written from `docs/importing.md` and the codes of `fixtures/import/mapping.yaml`, without the program that puts the
tables together again.
"""

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from running import CASES, REPOSITORY

Record = dict[str, Any]
Rows = list[list[Any]]
Tables = dict[str, Rows]
"""By name; the first row of a table names its columns."""

EXTRACT = REPOSITORY / "fixtures" / "import" / "extract"
MAPPING = EXTRACT.parent / "mapping.yaml"
SHOWN = ("01", "02", "14", "16", "27", "28")
"""The cases of the extract that is kept in the repository."""

ORDERS = {
    "community_order": "CO",
    "suspended_sentence_order": "SS",
    "licence": "LI",
    "community_rehabilitation_order": "CR",
    "community_punishment_order": "CP",
    "community_punishment_and_rehabilitation_order": "CC",
    "dtto": "DT",
}
ROLES = {"inspector": "I", "area_assessor": "A", "practice_assessor": "P"}
SEXES = {"male": "M", "female": "F"}
REQUIREMENTS = {
    "supervision": "SUP",
    "unpaid_work": "UPW",
    "accredited_programme": "PRG",
    "drug_rehabilitation": "DRR",
    "alcohol_treatment": "ATR",
    "mental_health": "MHT",
    "residence": "RES",
    "curfew": "CUR",
    "exclusion": "EXC",
    "prohibited_activity": "PRO",
    "activity": "ACT",
    "attendance_centre": "ATC",
}
LEVELS = {"low": "L", "medium": "M", "high": "H", "very_high": "V"}
CONTACTS = {
    "appointment": "APP",
    "home_visit": "HOM",
    "warning": "WRN",
    "allocation": "ALL",
    "first_contact": "FIR",
    "induction": "IND",
}
RESULTS = {
    "appointment": {"attended": "A", "acceptable_absence": "F", "unacceptable_absence": "U", "pending": "P"},
    "home_visit": {"completed": "C", "attempted": "A"},
}
ANSWERS = {
    "excellent": "E",
    "sufficient": "S",
    "not_sufficient": "NS",
    "poor": "P",
    "yes": "Y",
    "no": "N",
    "not_clear": "NC",
    "no_evidence": "NE",
    "not_applicable": "NA",
}
FLAGS = [
    "ppo",
    "statutory_victim_contact",
    "approved_premises_referred",
    "approved_premises_resident",
    "approved_premises_enhanced",
    "child_safeguarding",
    "domestic_abuse",
    "drug_need",
    "basic_skills_need",
    "literacy_need",
    "disability_need",
    "self_harm",
    "singleton_placement",
    "transferred_in",
    "prison_activity",
    "other_workers",
]
ATTRIBUTES = {
    "due": "due_on",
    "format": "format",
    "community_proposal": "community_proposal",
    "proposal_followed": "proposal_followed",
    "full_analysis": "full_analysis_indicated",
    "kind": "kind",
    "need": "need_indicated",
    "grounds": "grounds",
    "form": "form",
    "face_to_face": "face_to_face",
    "result": "result",
    "about": "about",
}
HEADERS = {
    "cases": [
        *("case_ref", "area", "district", "officer", "read_on", "read_by", "reader", "managers", "order_code"),
        *("sentenced", "commenced", "released", "ended", "tier", *(f"is_{flag}" for flag in FLAGS)),
        *("requirements_known", "risk_known", "mappa_known", "log_known", "team"),
    ],
    "people": ["case_ref", "sex", "ethnic_class"],
    "requirements": ["case_ref", "requirement"],
    "risk_levels": ["case_ref", "level", "since"],
    "mappa": ["case_ref", "level", "since"],
    "contacts": ["case_ref", "no", "contact", "day", "result", "purpose"],
    "hearings": ["case_ref", "heard", "report", "attended"],
    "events": ["case_ref", "no", "event", "day", *ATTRIBUTES],
    "answers": ["case_ref", "question", "answer"],
}


def fixtures(names: Iterable[str] = ()) -> list[Record]:
    """The case stories, or those whose names begin so."""
    chosen = sorted(path for path in CASES.glob("*.json") if not names or path.name[:2] in names)
    return [json.loads(path.read_text(encoding="utf-8")) for path in chosen]


def taken_apart(records: Iterable[Record]) -> Tables:
    """The tables of some records, their cells as Python has them: dates as `date`, yes and no as booleans."""
    tables: dict[str, Rows] = {name: [[*header]] for name, header in HEADERS.items()}
    for record in records:
        key, sentence, risk = record["case_id"], record["sentence"], record.get("risk") or {}
        person, assessor, flags = (record.get(name) or {} for name in ("person", "assessor", "flags"))
        tables["cases"].append(
            [
                *(key, record.get("area"), record.get("district"), record.get("officer"), day(record["assessed_on"])),
                *(assessor.get("id"), coded(ROLES, assessor.get("role")), record.get("offender_managers")),
                *(ORDERS[sentence["kind"]], day(sentence["sentenced_on"]), day(sentence.get("commenced_on"))),
                *(day(sentence.get("released_on")), day(sentence.get("ended_on")), sentence.get("tier")),
                *(flags.get(flag) for flag in FLAGS),
                *(sentence.get("requirements") is not None, risk.get("roh") is not None, risk.get("mappa") is not None),
                *(record.get("events") is not None, "North"),
            ]
        )
        if person:
            tables["people"].append([key, coded(SEXES, person.get("sex")), person.get("ethnicity")])
        tables["requirements"] += [[key, REQUIREMENTS[one]] for one in sentence.get("requirements") or ()]
        tables["risk_levels"] += [[key, LEVELS[one["level"]], day(one["from"])] for one in risk.get("roh") or ()]
        tables["mappa"] += [[key, one["level"], day(one["from"])] for one in risk.get("mappa") or ()]
        for number, event in enumerate(record.get("events") or (), start=1):
            _event(key, number, event, tables)
        if record.get("events"):
            tables["contacts"].append([key, 99, "TEL", day(record["assessed_on"]), "A", "rang about Friday"])
        tables["answers"] += [[key, one, ANSWERS[word]] for one, word in (record.get("answers") or {}).items()]
    return tables


def _event(key: str, number: int, event: Record, tables: Tables) -> None:
    kind, on = event["type"], day(event.get("on"))
    if kind in CONTACTS:
        result = coded(RESULTS.get(kind, {}), event.get("outcome"))
        tables["contacts"].append([key, number, CONTACTS[kind], on, result, event.get("purpose")])
    elif kind == "drr_review_hearing":
        tables["hearings"].append([key, on, day(event.get("report_on")), event.get("attended")])
    else:
        said = {name: event.get(attribute) for name, attribute in ATTRIBUTES.items()}
        tables["events"].append([key, number, kind, on, *({**said, "due": day(said["due"])}.values())])


def coded(codes: Mapping[str, str], word: str | None) -> str | None:
    return None if word is None else codes[word]


def day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def spoken(cell: Any) -> str:
    """A cell as the texts of the extract write it."""
    if isinstance(cell, bool):
        return "Y" if cell else "N"
    if isinstance(cell, date):
        return f"{cell.day:02}/{cell.month:02}/{cell.year:04}"
    return "" if cell is None else str(cell)


def write_csv(tables: Mapping[str, Rows], folder: Path, said: Callable[[Any], str] = spoken) -> Path:
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([[said(cell) for cell in row] for row in rows])
    return folder


def write_excel(tables: Mapping[str, Rows], to: Path) -> Path:
    """A workbook whose dates are dates, but for every third, which is a text, as people type them."""
    import xlsxwriter

    book = xlsxwriter.Workbook(to, {"strings_to_formulas": False, "strings_to_urls": False})
    dated = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, rows in tables.items():
        sheet = book.add_worksheet(name)
        for y, row in enumerate(rows):
            for x, cell in enumerate(row):
                if isinstance(cell, date) and y % 3:
                    sheet.write_datetime(y, x, cell, dated)
                elif isinstance(cell, (bool, date)):
                    sheet.write_string(y, x, spoken(cell))
                elif cell is not None:
                    sheet.write(y, x, cell)
    book.close()
    return to


def normal(record: Record) -> Record:
    """A record without what is not recorded, its lists in the order in which tables give them."""
    made: Record = _spare(record)
    if "requirements" in made["sentence"]:
        made["sentence"]["requirements"] = [one for one in REQUIREMENTS if one in made["sentence"]["requirements"]]
    for name in made.get("risk", {}):
        made["risk"][name] = _by_day(made["risk"][name], "from")
    if "events" in made:
        made["events"] = _by_day(made["events"], "on")
    return made


def _by_day(entries: list[Record], on: str) -> list[Record]:
    return sorted(entries, key=lambda entry: (on not in entry, entry.get(on, ""), json.dumps(entry, sort_keys=True)))


def _spare(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: spare for key, one in value.items() if (spare := _spare(one)) is not None and spare != {}}
    if isinstance(value, list):
        return [_spare(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


if __name__ == "__main__":  # writes the extract that is kept
    write_csv(taken_apart(fixtures(SHOWN)), EXTRACT)
