"""``omi-check verify-figures``: whether the figures in a text agree with each other."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from omi_rules.commands import STANDARD_INPUT, apart
from omi_rules.errors import Fault, Refused, printable
from omi_rules.figures import Prose, ProseKind, prose_of, statements
from omi_rules.output import write
from omi_rules.reports.figures import collected, markdown, to_object
from omi_rules.reports.text import to_json
from omi_rules.source import LARGEST, decode, read_text

KINDS: dict[str, ProseKind] = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
"""How a file is read, by how its name ends."""


def verify_figures(
    paths: Sequence[str],
    *,
    kind: ProseKind | None,
    format_: str,
    to: Path | None,
    everything: bool,
    fail_on: str,
    width: int,
    colour: bool,
) -> int:
    """Check the figures of some texts; the exit code.

    `kind` says what the files are whatever their names; `everything` lists what holds and what was not checked too.

    Raises:
        Refused: files that cannot be read, all together; or an output that is one of them.
    """
    apart({"--output": to}, paths)
    texts = _texts(paths, kind)
    found = (statement for name, text in texts for statement in statements(text, name))
    report = collected([name for name, _ in texts], found, everything=everything)
    if format_ == "json":
        made = to_json(to_object(report))
    elif format_ == "md":
        made = markdown(report)
    else:
        from omi_rules.reports.terminal_figures import figures_rich

        made = figures_rich(report, width=width, colour=colour)
    write(made, to)
    return int(fail_on == "wrong" and report.wrong + report.greater > 0)


def _texts(paths: Sequence[str], kind: ProseKind | None) -> list[tuple[str, Prose]]:
    """Each file's name and text."""
    read: list[tuple[str, Prose]] = []
    faults: list[Fault] = []
    for path in paths:
        name = "standard input" if path == STANDARD_INPUT else path
        try:
            of = kind or _kind(path)
            read.append((name, prose_of(_text(path, name), name, of)))
        except Refused as refused:
            faults += [_worded(fault) for fault in refused.faults]
    if faults:
        raise Refused(faults)
    return read


def _text(path: str, name: str) -> str:
    return decode(sys.stdin.buffer.read(LARGEST + 1), name) if path == STANDARD_INPUT else read_text(Path(path))


def _kind(path: str) -> ProseKind:
    if path == STANDARD_INPUT or not Path(path).is_file():  # reading it will say what it is
        return "txt"
    ending = Path(path).suffix.lower()
    if ending not in KINDS:
        what = f"not a kind of text by its name: {printable(ending) or 'no ending'}"
        hint = "want .txt, .md or .html (save other documents as one of them), or say what it is with --kind"
        raise Refused([Fault(file=path, what=what, hint=hint)])
    return KINDS[ending]


def _worded(fault: Fault) -> Fault:
    """A fault of reading, with a hint for texts instead of records."""
    return replace(fault, hint="check its parts one by one") if fault.what.startswith("too large") else fault
