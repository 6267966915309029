"""Where rulesets are found: shipped ones by id, others by folder, and all as they were compiled last.

Rules are kept compiled, as Python keeps its modules, because reading and checking a quarter megabyte of YAML takes
longer than judging a case. What is kept is found by the bytes of the rule files, this program's modules and Python's
version; whatever of these changes, the rules are compiled again. It lies in the user's own cache folder and is trusted
as much as `__pycache__` is. Where it cannot be written, nothing is kept and nothing is said.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from omi_rules.errors import Fault, Refused, nearest, printable, show
from omi_rules.ruleset import HEAD, Ruleset


def find(name: str) -> Path:
    """The folder of a ruleset, given its id or a path.

    Raises:
        Refused: there is no such ruleset.
    """
    folder, shipped = Path(name), _shipped()
    try:
        if folder.is_dir():
            return folder
        if folder.exists():
            hint = f"want the folder: {printable(str(folder.parent))}"
            raise Refused([Fault(file=name, what="a file, where the folder of a ruleset is wanted", hint=hint)])
    except (OSError, ValueError):
        raise Refused([Fault(file=show(name), what="not the name of a folder")]) from None
    if (shipped / name / HEAD).is_file() and "/" not in name:
        return shipped / name
    known = sorted(path.name for path in shipped.iterdir() if (path / HEAD).is_file())
    raise Refused([Fault(file=show(name), what="no such ruleset, and no such folder", hint=nearest(name, known))])


def _shipped() -> Path:
    """The rulesets that come with the program: inside the package when installed, beside it in a checkout."""
    inside = Path(__file__).parent / "rulesets"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "rulesets"


def ruleset(folder: Path) -> Ruleset:
    """The ruleset of a folder, for judging: without the examples.

    Raises:
        Refused: every fault of its files.
    """
    kept = _place(folder)
    with suppress(Exception):  # whatever is wrong with what was kept, the rules are compiled again
        found = pickle.loads(kept.read_bytes())
        if isinstance(found, Ruleset):
            return found
    from omi_rules.loading import load

    made = _without_examples(load(folder))
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(pickle.dumps(made, protocol=5))
        Path(name).replace(kept)
    return made


def _without_examples(loaded: Ruleset) -> Ruleset:
    criteria = tuple(
        replace(criterion, questions=tuple(replace(question, examples=()) for question in criterion.questions))
        for criterion in loaded.criteria
    )
    return replace(loaded, criteria=criteria)


def _place(folder: Path) -> Path:
    """Where the compiled form of a folder's files is kept."""
    found = hashlib.sha256(f"{sys.version}\0".encode())
    with suppress(OSError):
        for path in sorted(folder.glob("*.y*ml")):
            found.update(path.name.encode() + b"\0" + path.read_bytes())
        for module in sorted(Path(__file__).parent.glob("*.py")):
            found.update(f"{module.name}\0{module.stat().st_mtime_ns}\0".encode())
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "omi-rules" / f"{found.hexdigest()[:32]}.pickle"
