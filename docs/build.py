"""Write what is generated from the rules: a page for each question, their index, and the JSON Schemas."""

from __future__ import annotations

import sys
from pathlib import Path

from omi_rules.loading import load
from omi_rules.reports.pages import all_pages
from omi_rules.reports.text import to_json
from omi_rules.schemas import case_schema, inspection_schema, ruleset_schema
from omi_rules.shelf import find

DOCS = Path(__file__).parent


def generated() -> dict[Path, str]:
    """Every generated file with its text."""
    ruleset = load(find("omi-2006"))
    files = {DOCS / "rules" / name: text for name, text in all_pages(ruleset).items()}
    files[DOCS / "case.schema.json"] = to_json(case_schema(ruleset))
    files[DOCS / "ruleset.schema.json"] = to_json(ruleset_schema())
    files[DOCS / "inspection.schema.json"] = to_json(inspection_schema())
    return files


def main() -> None:
    """Write the files, and remove pages of questions that are gone."""
    files = generated()
    (DOCS / "rules").mkdir(exist_ok=True)
    for path in set((DOCS / "rules").glob("*.md")) - files.keys():
        path.unlink()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    sys.stdout.write(f"{len(files)} files written\n")


if __name__ == "__main__":
    main()
