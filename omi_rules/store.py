"""A store of cases: records read and checked once, kept as Parquet for whoever asks again.

A store is a folder: `cases/*.parquet`, which any tool of the field reads; `left-out.ndjson`, the records that could
not be used and why; `store.json`, what it was made of and for which words. A part is named for what it was made of,
so that making a store again changes nothing, and one that was interrupted goes on where it stopped.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from omi_rules.batches import FORMAT, WORDS, Batch, BatchReader, words_digest
from omi_rules.errors import Fault, Refused, show
from omi_rules.facts.cases import batch
from omi_rules.output import write
from omi_rules.pieces import Input, Piece
from omi_rules.reading import STORE, UNFINISHED, Item, damage
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
        log = self._folder / "log" / f"{name}.json"
        if log.is_file() and (self._folder / "cases" / f"{name}.parquet").is_file():
            seen = json.loads(log.read_text(encoding="utf-8"))
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
    """A store that is being made or added to."""

    def __init__(self, folder: Path, ruleset: Ruleset) -> None:
        """Open or begin a store. Raises `Refused` where there is something else, or a store for other words."""
        self.folder, self.ruleset = folder, ruleset
        self._about = folder / STORE
        self.sources: dict[str, dict[str, Any]] = {}
        if self._about.is_file():
            told = json.loads(self._about.read_text(encoding="utf-8"))
            if told.get("words") != words_digest(ruleset):
                made = f"{told['ruleset']['id']} {told['ruleset']['version']}"
                what = f"a store for the words of {show(made)}, which are not those of {ruleset.head.id}"
                raise Refused([Fault(file=str(folder), what=what, hint="make a new store in another folder")])
            self.sources = told["sources"]
        elif folder.is_dir() and any(folder.iterdir()) and not (folder / UNFINISHED).exists():
            what = "a folder with something in it that is no store"
            raise Refused([Fault(file=str(folder), what=what, hint="name a folder that is empty or not there yet")])
        with damage(str(folder)):
            for name in ("cases", "log"):
                (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / UNFINISHED).touch()
            for left in (*folder.glob("*/.*.tmp"), *folder.glob(".*.tmp")):  # of a run that was killed
                left.unlink()

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
            Refused: references that come twice; the store stays unfinished.
        """
        wanted = list(dict.fromkeys(name for source in sorted(self.sources) for name in self.sources[source]["parts"]))
        logs = {name: json.loads((self.folder / "log" / f"{name}.json").read_text("utf-8")) for name in wanted}
        twice = list(self._twice(logs))
        if twice:
            raise Refused(twice)
        left_out = [
            json.dumps({"source": source, "place": one["place"], "faults": _said(one["faults"]), "text": one["text"]})
            for source in sorted(self.sources)
            for one in _numbered([logs[name] for name in self.sources[source]["parts"]])
        ]
        write("".join(line + "\n" for line in left_out), self.folder / "left-out.ndjson")
        about = {
            "format": FORMAT,
            "ruleset": {"id": self.ruleset.head.id, "version": self.ruleset.head.version},
            "words": words_digest(self.ruleset),
            "cases": sum(source["cases"] for source in self.sources.values()),
            "left_out": len(left_out),
            "sources": dict(sorted(self.sources.items())),
        }
        write(json.dumps(about, indent=1, ensure_ascii=False) + "\n", self._about)
        for folder, ending in (("cases", ".parquet"), ("log", ".json")):
            for file in (self.folder / folder).iterdir():
                if file.name.removesuffix(ending) not in logs:
                    file.unlink()
        (self.folder / UNFINISHED).unlink()

    def _twice(self, logs: dict[str, dict[str, Any]]) -> Iterator[Fault]:
        hint = "mend the source and make the store again; the store stays unfinished until then"
        seen: dict[str, str] = {}
        for source in sorted(self.sources):
            for name in self.sources[source]["parts"]:
                for case_id in logs[name]["case_ids"]:
                    if case_id in seen:
                        what = f"{show(case_id)} is also a case of {show(seen[case_id])}"
                        yield Fault(file=source, path="case_id", what=what, hint=hint)
                    seen[case_id] = source


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
