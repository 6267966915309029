"""A store of cases: records read and checked once, kept as Parquet for whoever asks again.

A store is a folder: `cases/*.parquet`, which any tool of the field reads; `left-out.ndjson`, the records that could
not be used and why; `store.json`, what it was made of and for which words. A part is named for what it was made of,
so that making a store again changes nothing, and one that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from omi_rules.batches import FORMAT, WORDS, Batch, BatchReader, words_digest
from omi_rules.errors import Fault, Refused, printable, show
from omi_rules.facts.cases import batch
from omi_rules.output import as_bytes, together, write
from omi_rules.pieces import Input, Piece
from omi_rules.reading import STORE, UNFINISHED, Item, about, damage, parts_of
from omi_rules.ruleset import Ruleset

_TOGETHER = 10_000
"""Records of a part, where they come one by one."""


@dataclass(frozen=True)
class Part:
    """A part of a store, and what was seen when it was made."""

    name: str
    case_ids: tuple[str, ...]
    lines: int
    """Lines of the piece it was made of."""
    left_out: tuple[dict[str, Any], ...]
    """Place (lines counted within the piece), faults and, where it can be told, text of each record left out."""
    warned: int


class Ingest:
    """Makes the part of a piece, unless it is there."""

    def __init__(self, ruleset: Ruleset, folder: Path) -> None:
        self._reader = BatchReader(ruleset)
        self._ruleset, self._folder = ruleset, folder
        self._words = words_digest(ruleset)

    def __call__(self, piece: Piece) -> Part:
        """The part of a piece."""
        name = self._name(piece)
        seen = _log_of(self._folder, name)
        if seen is not None and (self._folder / "cases" / f"{name}.parquet").is_file():
            return Part(name, tuple(seen["case_ids"]), seen["lines"], tuple(seen["left_out"]), seen["warned"])
        return self.keep(name, self._reader.read(piece))

    def _name(self, piece: Piece) -> str:
        """A name that follows from what a piece holds."""
        digest = hashlib.blake2b(self._words.encode(), digest_size=12)
        if piece.kind == "lines":
            digest.update(piece.lines())
        else:
            digest.update(f"{piece.kind} {piece.start}".encode())
            for file in piece.inputs:
                with damage(file.name):
                    digest.update(hashlib.blake2b(Path(file.path).read_bytes()).digest())
        return digest.hexdigest()

    def keep(self, name: str, found: Batch) -> Part:
        """Write a part: first the log, then the cases, so that a part that is there is whole."""
        left_out = tuple(_left_out(item) for item in found.left_out)
        part = Part(name, tuple(found.case_ids), found.lines, left_out, found.warned)
        write(
            json.dumps({key: value for key, value in vars(part).items() if key != "name"}, ensure_ascii=False),
            self._folder / "log" / f"{name}.json",
        )
        write(self._parquet(found.table), self._folder / "cases" / f"{name}.parquet")
        return part

    def _parquet(self, table: pa.RecordBatch) -> bytes:
        import pyarrow.parquet as pq

        sink = pa.BufferOutputStream()
        made = pa.Table.from_batches([table]).replace_schema_metadata({WORDS: self._words.encode()})
        pq.write_table(made, sink, compression="zstd", row_group_size=max(1, len(made)), write_statistics=["case_id"])
        return bytes(sink.getvalue())


def _left_out(item: Item) -> dict[str, Any]:
    return {"place": item.place, "faults": [dataclasses.asdict(fault) for fault in item.faults], "text": item.text}


def parts_of_items(items: Iterable[Item], work: Ingest, ruleset: Ruleset) -> Iterator[Part]:
    """Records that come one by one, as parts."""
    rest = iter(items)
    while some := [item for _, item in zip(range(_TOGETHER), rest, strict=False)]:
        usable = [item for item in some if item.record is not None]
        table = batch([item.record for item in usable if item.record is not None], ruleset)
        left_out = tuple(item for item in some if item.record is None)
        warned = sum(len(item.faults) for item in usable)
        piece = Piece("files", (Input("records", ""),))
        found = Batch(piece, table, [item.place for item in usable], left_out, (), warned)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_batch(table)
        told = json.dumps([_left_out(item) for item in left_out]).encode()
        name = hashlib.blake2b(work._words.encode() + bytes(sink.getvalue()) + told, digest_size=12).hexdigest()
        yield work.keep(name, found)


class Store:
    """A store that is being made or added to, by one process at a time. What goes wrong leaves it as it was."""

    def __init__(self, folder: Path, ruleset: Ruleset) -> None:
        """Open or begin a store. Raises `Refused` where there is something else, or a store for other words."""
        self.folder, self.ruleset = folder, ruleset
        self._about = folder / STORE
        self._made = [path for path in (folder, folder / "cases", folder / "log") if not path.exists()]
        known = any((folder / name).is_file() for name in (STORE, UNFINISHED))
        if folder.is_dir() and any(folder.iterdir()) and not known:
            what = "a folder with something in it that is no store"
            raise Refused([Fault(file=str(folder), what=what, hint="name a folder that is empty or not there yet")])
        with damage(str(folder)):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(folder)
        self._interrupted = (folder / UNFINISHED).exists()  # by a run that is over: no other holds the folder
        try:
            self.sources: dict[str, dict[str, Any]] = self._told() if self._about.is_file() else {}
            with damage(str(folder)):
                for name in ("cases", "log"):
                    (folder / name).mkdir(exist_ok=True)
                (folder / UNFINISHED).touch()
                for left in (*folder.glob("*/.*.tmp"), *folder.glob(".*.tmp")):  # of a run that was killed
                    left.unlink()
        except BaseException:
            os.close(self._lock)
            raise

    def _told(self) -> dict[str, dict[str, Any]]:
        """The sources of a store that is there. Raises `Refused` where it is for other words."""
        told = about(self.folder)
        if told["words"] != words_digest(self.ruleset):
            made = " ".join(str(told["ruleset"].get(key)) for key in ("id", "version"))
            what = f"a store for the words of {show(made)}, which are not those of {self.ruleset.head.id}"
            raise Refused([Fault(file=str(self.folder), what=what, hint="make a new store in another folder")])
        sources: dict[str, dict[str, Any]] = told["sources"]
        return sources

    def __enter__(self) -> Store:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """After an error the store is as it was; one that was begun and interrupted waits for its parts to be used."""
        whole, refused = self._about.is_file(), kind is not None and issubclass(kind, Refused)
        if (whole or refused) and kind is not None and not self._interrupted:
            with contextlib.suppress(OSError):
                self._sweep(parts_of(about(self.folder)["sources"]) if whole else [])
                for path in reversed(self._made):
                    path.rmdir()
        os.close(self._lock)

    def put(self, source: str, parts: Sequence[Part]) -> None:
        """Take note of a source; what it was made of before is replaced."""
        self.sources[source] = {
            "parts": [part.name for part in parts],
            "cases": sum(len(part.case_ids) for part in parts),
            "left_out": sum(len(part.left_out) for part in parts),
            "warnings": sum(part.warned for part in parts),
        }

    def finish(self) -> None:
        """Make sure that each case is there once, list what was left out, and say that the store is whole.

        Raises:
            Refused: references that come twice, or what was noted of a part is lost.
        """
        logs = {name: self._log(name) for name in parts_of(self.sources)}
        twice = list(self._twice(logs))
        if twice:
            raise Refused(twice)
        left_out = [
            json.dumps({"source": source, "place": one["place"], "faults": _said(one["faults"]), "text": one["text"]})
            for source in sorted(self.sources)
            for one in _numbered([logs[name] for name in self.sources[source]["parts"]])
        ]
        told = {
            "format": FORMAT,
            "ruleset": {"id": self.ruleset.head.id, "version": self.ruleset.head.version},
            "words": words_digest(self.ruleset),
            "cases": sum(source["cases"] for source in self.sources.values()),
            "left_out": len(left_out),
            "sources": dict(sorted(self.sources.items())),
        }
        with together() as begin:
            begin(self.folder / "left-out.ndjson").write(as_bytes("".join(line + "\n" for line in left_out)))
            begin(self._about).write(as_bytes(json.dumps(told, indent=1, ensure_ascii=False) + "\n"))
        self._sweep(logs)

    def _sweep(self, parts: Collection[str]) -> None:
        """Remove what is not one of these parts; the store is whole."""
        for folder, ending in (("cases", ".parquet"), ("log", ".json")):
            for file in (self.folder / folder).iterdir():
                if file.name.removesuffix(ending) not in parts:
                    file.unlink()
        (self.folder / UNFINISHED).unlink()

    def _log(self, name: str) -> dict[str, Any]:
        seen = _log_of(self.folder, name)
        if seen is None:
            source = next(source for source, told in self.sources.items() if name in told["parts"])
            what = "what was noted when this part was made is missing or damaged"
            hint = f"ingest {printable(source)} again, or make a new store"
            raise Refused([Fault(file=str(self.folder / "log" / f"{name}.json"), what=what, hint=hint)])
        return seen

    def _twice(self, logs: dict[str, dict[str, Any]]) -> Iterator[Fault]:
        hint = "keep one of them; nothing was added to the store"
        seen: dict[str, str] = {}
        for source in sorted(self.sources):
            for name in self.sources[source]["parts"]:
                for case_id in logs[name]["case_ids"]:
                    if case_id in seen:
                        other = (
                            "twice a case of it" if seen[case_id] == source else f"also a case of {show(seen[case_id])}"
                        )
                        what = f"{show(case_id)} is {other}"
                        yield Fault(file=source, path="case_id", what=what, hint=hint)
                    seen[case_id] = source


def _log_of(folder: Path, name: str) -> dict[str, Any] | None:
    """What was noted when a part was made; None if that is not to be had."""
    try:
        seen = json.loads((folder / "log" / f"{name}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return seen if isinstance(seen, dict) and {"case_ids", "lines", "left_out", "warned"} <= seen.keys() else None


def _locked(folder: Path) -> int:
    """Hold a folder until what is given is closed. Raises `Refused` where another process has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        hint = "wait until it has finished, or use another folder"
        raise Refused([Fault(file=str(folder), what="another ingest or import is writing to it", hint=hint)]) from None
    except (ImportError, OSError):  # a system without locks
        pass
    return handle


def _numbered(logs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """What was left out of a source, with lines counted in the whole of it."""
    before = 0
    for log in logs:
        for one in log["left_out"]:
            moved = one
            if log["lines"]:
                name, _, line = one["place"].rpartition(":")
                faults = [{**fault, "line": fault["line"] and fault["line"] + before} for fault in one["faults"]]
                moved = {**one, "place": f"{name}:{int(line) + before}", "faults": faults}
            yield moved
        before += log["lines"]


def _said(faults: Iterable[dict[str, Any]]) -> list[str]:
    return [str(Fault(**{**fault, "excerpt": ""})) for fault in faults]
