"""Samples: whether one is as asked, how one is drawn, and what a drawn one weighs."""

import gzip
import json
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from running import REPOSITORY, SHIPPED, Ran, run, shipped

from omi_rules import shelf
from omi_rules.commands.sample import check as check_command
from omi_rules.commands.sample import draw as draw_command
from omi_rules.engine import choose
from omi_rules.errors import Refused
from omi_rules.findings import Judge
from omi_rules.ruleset import with_settings
from omi_rules.sampling.chances import chances
from omi_rules.sampling.design import Design, read_design
from omi_rules.sampling.draw import draw, number_of
from omi_rules.sampling.taking import Candidate, Caseload, Order, Plan, Taking
from omi_rules.sampling.weighing import Weighing
from omi_rules.scoring.scores import score
from omi_rules.scoring.tally import tally

Compare = Callable[[str, str], None]
Record = dict[str, Any]
GM = REPOSITORY / "fixtures" / "greater-manchester-2006" / "cases.ndjson"
TINY = Path(__file__).parent / "tiny_ruleset"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(REPOSITORY)


@cache
def texts() -> tuple[bytes, ...]:
    return tuple(GM.read_bytes().splitlines())


def ids(path: Path) -> list[str]:
    return [json.loads(line)["case_id"] for line in path.read_bytes().splitlines()]


def ndjson(to: Path, lines: Sequence[bytes]) -> Path:
    to.write_bytes(b"".join(line + b"\n" for line in lines))
    return to


# Adequacy

COUNTED = {
    # requirement: cases, not recorded, standing; counted by hand from the records and the published margins
    "size": (150, 0, "met"),
    "supervision": (None, 0, "cannot_be_told"),
    "roh_high": (35, 6, "cannot_be_told"),
    "ppo": (13, 0, "cannot_be_told"),
    "approved_premises": (12, 0, "cannot_be_told"),
    "victim_contact": (23, 0, "cannot_be_told"),
    "minority_ethnic": (19, 3, "cannot_be_told"),
    "community": (89, 0, "met"),
    "licence": (61, 0, "met"),
    "area_assessors": (50, 0, "met"),
    "officer": (6, 0, "met"),
}


def requirements(*args: object) -> dict[str, Any]:
    found = json.loads(run("sample", "check", GM, "--format", "json", "--quiet", *args).out)
    return {line["id"]: line for line in found["requirements"]}


def test_the_greater_manchester_sample_counted_by_hand() -> None:
    found = requirements()
    assert {name: (line["n"], line["not_recorded"], line["standing"]) for name, line in found.items()} == COUNTED
    assert found["supervision"]["detail"].endswith("159 to 214 days, the middle case 188, since the start")
    assert all(line["of"] == 150 and line["source"] for line in found.values())


def test_numbers_that_are_set() -> None:
    wanted = {
        "size.at_least": ("151", "short"),
        "supervision.within": ("2 months", "met"),
        "roh_high.at_least": ("36", "cannot_be_told"),  # 35, and 6 that cannot be told
        "ppo.at_least": ("13", "met"),
        "approved_premises.at_least": ("13", "short"),
        "minority_ethnic.at_least": ("23", "short"),  # 19 and 3 are 22
        "area_assessors.within": ("0", "met"),
        "officer.at_most": ("5", "over"),
    }
    found = requirements(*(f"--set=sample.{key}={value}" for key, (value, _) in wanted.items()))
    for key, (_, standing) in wanted.items():
        line = found[key.partition(".")[0]]
        assert (key, line["standing"]) == (key, standing)
        assert line["asked"].endswith(" (set)")
    assert found["officer"]["detail"] == "over it: OM-06 6, OM-23 6, OM-36 6, OM-40 6"


def test_under_supervision_within_a_margin() -> None:
    line = requirements("--set", "sample.supervision.within=1 week")["supervision"]
    cases = [json.loads(text) for text in texts()]
    starts = [
        case["sentence"].get("released_on") or case["sentence"].get("commenced_on") or case["sentence"]["sentenced_on"]
        for case in cases
    ]
    due = [np.datetime64(f"{start[:7]}") + 6 for start in starts]  # months
    last = [(month + 1).astype("datetime64[D]") - 1 for month in due]
    days = [
        min(month.astype("datetime64[D]") + int(start[8:]) - 1, end)
        for month, start, end in zip(due, starts, last, strict=True)
    ]
    near = [
        abs((np.datetime64(case["assessed_on"]) - day).astype(int)) <= 7 for case, day in zip(cases, days, strict=True)
    ]
    assert 0 < sum(near) < 150
    assert (line["n"], line["standing"]) == (sum(near), "short")


def test_what_is_not_recorded_is_counted_apart(tmp_path: Path) -> None:
    case = json.loads(texts()[0])
    case["flags"], case["person"], case["assessor"] = {}, {"ethnicity": "Martian"}, {"role": "neighbour"}
    case["officer"] = None
    path = tmp_path / "case.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    found = json.loads(run("sample", "check", path, "--format", "json", "--quiet").out)["requirements"]
    open_ = {line["id"] for line in found if line["not_recorded"]}
    expected = {"ppo", "approved_premises", "victim_contact", "minority_ethnic", "area_assessors", "officer"}
    assert open_ == expected
    assert all(line["n"] == 0 for line in found if line["id"] in expected)


@pytest.mark.parametrize("format_", ["rich", "md"])
def test_check_reads_well(format_: str, golden: Compare) -> None:
    ran = run("sample", "check", GM, "--quiet", "--format", format_, "--set", "sample.ppo.at_least=15", columns=90)
    golden(f"sample-check.{'txt' if format_ == 'rich' else 'md'}", ran.out)


def test_fail_on_not_met() -> None:
    short = ("sample", "check", GM, "--quiet", "--set", "sample.ppo.at_least=14")
    assert run(*short).code == 0
    assert run(*short, "--fail-on", "not_met").code == 1
    assert run("sample", "check", GM, "--quiet", "--fail-on", "not_met").code == 0  # open is not short


def test_a_ruleset_without_rules_for_samples() -> None:
    ran = run("sample", "check", GM, "--ruleset", TINY)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        "tiny: this ruleset does not say what a sample must be like\n"
        "  sample.yaml of omi-2006 shows what could be asked\n"
    )


def of_the_design(to: Path, *settings_: str, change: Callable[[Record], object] = lambda _: None) -> Ran:
    """A sample checked by its design, which may be changed before."""
    drawn(to)
    path = to.with_suffix(".design.json")
    made = json.loads(path.read_text(encoding="utf-8"))
    change(made)
    path.write_text(json.dumps(made), encoding="utf-8")
    return checked([str(to)], path, dict(one.split("=") for one in settings_))


def checked(paths: Sequence[str], design_: Path | None, settings_: Mapping[str, str]) -> Ran:
    to = Path(paths[0]).with_suffix(".found.json")
    with patch.object(shelf, "ruleset", lambda _: shipped()):
        code = check_command(
            paths,
            ruleset=str(SHIPPED),
            settings=settings_,
            as_of=None,
            format_="json",
            to=to,
            strict=False,
            fail_on="not_met",
            quiet=True,
            width=80,
            colour=False,
            design=design_,
        )
    return Ran(code, to.read_text(encoding="utf-8"), "")


def test_a_sample_is_held_to_the_numbers_it_was_drawn_by(tmp_path: Path) -> None:
    to = tmp_path / "sample.ndjson"
    ran = of_the_design(to, "sample.approved_premises.at_least=40")
    found = {line["id"]: line for line in json.loads(ran.out)["requirements"]}
    assert (found["ppo"]["asked"], found["ppo"]["standing"]) == ("at least 8 (the design)", "met")
    assert found["officer"]["asked"] == "at most 3 for each officer (the design)"
    assert found["approved_premises"]["asked"] == "at least 40 (set)"  # given besides, and stands
    assert found["community"]["asked"] == "at least 1"
    assert (ran.code, found["roh_high"]["asked"]) == (1, "no number set")
    assert json.loads(ran.out)["ruleset"]["settings"]["sample.ppo.at_least"] == "8"
    plain = {line["id"]: line for line in json.loads(checked([str(to)], None, {}).out)["requirements"]}
    assert plain["ppo"]["asked"] == "no number set"


def test_designs_that_a_sample_cannot_be_held_to(tmp_path: Path) -> None:
    to = tmp_path / "sample.ndjson"
    changes: dict[str, Callable[[Record], object]] = {
        "drawn by the ruleset omi-2012": lambda made: made["ruleset"].update(id="omi-2012"),
        "not in this design": lambda made: made["cases"].pop(),
        r"settings\.sample\.ppo\.at_least=x: x is not a number": lambda made: made["settings"].update(
            {"sample.ppo.at_least": "x"}
        ),
        r"settings\.sample\.ppo\.at_least: .* is 8: want a text": lambda made: made["settings"].update(
            {"sample.ppo.at_least": 8}
        ),
        "settings: `settings` is missing: want an object": lambda made: made.pop("settings"),
    }
    for told, change in changes.items():
        with pytest.raises(Refused, match=told):
            of_the_design(to, change=change)
    gone = {"sample.pppo.at_least": "4"}  # of a group that the ruleset has no longer
    assert of_the_design(to, change=lambda made: made["settings"].update(gone)).code == 1


# Drawing


@st.composite
def caseloads(draws: st.DrawFn) -> tuple[list[Candidate], Plan]:
    number = draws(st.integers(3, 40))
    groups = st.frozensets(st.sampled_from("abc"))
    officers = st.sampled_from([(), (("officer", "x"),), (("officer", "y"),), (("officer", "z"),)])
    cases = [Candidate(f"C{i}", draws(groups), draws(officers)) for i in range(number)]
    minimums = {
        name: draws(st.integers(1, count))
        for name in draws(st.sets(st.sampled_from("abc")))
        if (count := sum(name in case.groups for case in cases))
    }
    limits = draws(st.sampled_from([{}, {"officer": 1}, {"officer": 2}, {"officer": 6}]))
    if not limits:
        cases = [replace(case, places=()) for case in cases]
    return cases, Plan(draws(st.integers(1, number)), draws(st.integers(0, 99)), minimums, limits)


@settings(max_examples=150, deadline=None)
@given(caseloads(), st.randoms(use_true_random=False))
def test_what_holds_of_every_draw(given_: tuple[list[Candidate], Plan], chance: random.Random) -> None:
    cases, plan = given_
    try:
        sample = draw(cases, plan, repeats=4)
    except Refused as refused:
        shuffled = chance.sample(cases, len(cases))
        with pytest.raises(Refused, match=re.escape(str(refused))):
            draw(shuffled, plan, repeats=4)
        return
    drawn = [one.candidate for one in sample.drawn]
    assert len(drawn) == len({one.case_id for one in drawn}) == plan.size
    assert {one.case_id for one in drawn} <= {one.case_id for one in cases}
    for name, least in plan.minimums.items():
        assert sum(name in one.groups for one in drawn) >= least
    held = Counter(place for one in drawn for place in one.places)
    assert all(number <= plan.limits["officer"] for number in held.values())
    assert all(0 < one.probability <= 1 for one in sample.drawn)
    assert draw(chance.sample(cases, len(cases)), plan, repeats=4) == sample


def test_a_plain_draw_has_the_probability_of_a_plain_draw() -> None:
    cases = [Candidate(f"C{i}", frozenset("a" if i % 2 else "b"), (("officer", str(i % 100)),)) for i in range(500)]
    sample = draw(cases, Plan(100, 3, {"a": 1, "b": 1}, {"officer": 6}))
    assert (sample.repeats, sample.shut_out) == (0, 0)
    assert {(one.probability, one.standard_error) for one in sample.drawn} == {(0.2, 0.0)}
    assert sum(1 / one.probability for one in sample.drawn) == 500


def test_a_limit_that_is_only_reached_plays_a_part_beside_minimums() -> None:
    """Five cases of one officer, all of them of the group: while it is topped up the fifth place stays free."""
    cases = [Candidate(f"C{i}", frozenset("a" if i < 50 else ""), (("officer", str(i // 5)),)) for i in range(100)]
    assert draw(cases, Plan(50, 3, {}, {"officer": 5}), repeats=3).repeats == 0
    assert draw(cases, Plan(50, 3, {"a": 2}, {"officer": 5}), repeats=3).repeats == 3


def test_larger_samples_of_a_seed_hold_the_smaller() -> None:
    cases = [Candidate(f"C{i}", frozenset(), ()) for i in range(200)]
    sizes = [{one.candidate.case_id for one in draw(cases, Plan(n, 5, {}, {})).drawn} for n in (10, 40)]
    other = {one.candidate.case_id for one in draw(cases, Plan(40, 6, {}, {})).drawn}
    assert sizes[0] < sizes[1] != other


def caseload_of_seven() -> tuple[list[Candidate], Plan]:
    """Small enough to try every order of its cases: three of a group, and one officer with most of the cases."""
    groups = ["a", "a", "a", "", "", "", ""]
    officers = ["x", "x", "x", "x", "x", "y", "y"]
    cases = [
        Candidate(f"C{i}", frozenset(group), (("officer", officer),))
        for i, (group, officer) in enumerate(zip(groups, officers, strict=True))
    ]
    return cases, Plan(4, 0, {"a": 2}, {"officer": 3})


def test_probabilities_are_those_of_all_possible_orders() -> None:
    cases, plan = caseload_of_seven()
    caseload = Caseload(cases, plan)
    drawn: Counter[int] = Counter()
    orders = list(permutations(range(7)))
    for order in orders:
        numbers = np.array([2**60 * (1 + place) for place in order], dtype=np.uint64)
        drawn.update(Taking(caseload, numbers, Order(caseload, numbers)).taken.keys())
    truth = [drawn[row] / len(orders) for row in range(7)]
    assert sum(truth) == pytest.approx(4)
    assert len({round(one, 6) for one in truth}) == 3  # of the group, the same officer's, the other's
    found = chances(caseload, numbers, range(7), repeats=3000)
    for row in range(7):
        assert found.probability[row] == pytest.approx(truth[row], abs=4 * found.standard_error[row])
        assert 0 < found.standard_error[row] < 0.01


def test_cases_that_groups_shut_out_are_counted() -> None:
    held = [Candidate(f"A{i}", frozenset("a"), (("officer", "x"),)) for i in range(2)]
    rest = [Candidate(f"B{i}", frozenset(), (("officer", "x" if i < 3 else "y"),)) for i in range(9)]
    sample = draw([*held, *rest], Plan(4, 1, {"a": 2}, {"officer": 2}), repeats=20)
    assert {one.candidate.case_id for one in sample.drawn if one.drawn_for == "a"} == {"A0", "A1"}
    assert sample.shut_out == 3  # B0 to B2: both places of x are the group's
    assert [one.probability for one in sample.drawn[:2]] == [1.0, 1.0]


def test_groups_leave_a_place_with_each_officer_while_they_can() -> None:
    held = [Candidate(f"A{i}", frozenset("a"), (("officer", "x" if i < 8 else "y"),)) for i in range(10)]
    rest = [Candidate(f"B{i}", frozenset(), (("officer", "x"),)) for i in range(10)]
    for seed in range(30):
        sample = draw([*held, *rest], Plan(5, seed, {"a": 4}, {"officer": 3}), repeats=2)
        topped_up = Counter(one.candidate.places[0][1] for one in sample.drawn if one.drawn_for == "a")
        assert topped_up == {"x": 2, "y": 2}


def test_the_number_of_a_case_hangs_on_seed_and_reference_alone() -> None:
    assert number_of(1, "GM-001") == 0xCCC2F7D02C960F94  # another number is another algorithm


TOP_UP = ("--at-least", "ppo=8", "--at-least", "approved_premises=6", "--set", "sample.officer.at_most=3")


def drawn(to: Path, *args: object, caseload: object = GM, stdin: bytes = b"") -> Ran:
    return run(
        "sample", "draw", caseload, "--size", 40, "--seed", 7, "--to", to, "--quiet", *TOP_UP, *args, stdin=stdin
    )


def test_draw_writes_the_records_and_the_design(tmp_path: Path, golden: Compare) -> None:
    to = tmp_path / "sample.ndjson"
    ran = drawn(to)
    assert (ran.code, ran.err) == (0, "")
    golden("sample-draw.txt", ran.out)
    text = (tmp_path / "sample.design.json").read_text(encoding="utf-8")
    golden("sample-design.json", DIGEST.sub("sha256:...", text))
    lines = to.read_bytes().splitlines()
    assert set(lines) <= set(texts())  # byte for byte
    assert len(lines) == 40
    design = json.loads(text)
    assert [case["case_id"] for case in design["cases"]] == ids(to) == sorted(ids(to))
    assert sum(1 / case["probability"] for case in design["cases"]) == pytest.approx(150, rel=0.1)
    for part in ("caseload", "drawn"):
        wanted = {"caseload": 150, "drawn": 40}[part]
        assert sum(stratum[part] for stratum in design["strata"]) == wanted
    assert design["groups"]["ppo"] == {
        "means": "prolific and other priority offenders",
        "at_least": 8,
        "caseload": 13,
        "not_recorded": 0,
        "drawn": sum("ppo" in case["groups"] for case in design["cases"]),
    }


def _shuffled(folder: Path) -> Path:
    return ndjson(folder / "cases.ndjson", random.Random(1).sample(texts(), 150))


def _listed(folder: Path) -> Path:
    path = folder / "cases.json"
    path.write_text(json.dumps([json.loads(text) for text in reversed(texts())], indent=2), encoding="utf-8")
    return path


def _compressed(folder: Path) -> Path:
    path = folder / "cases.ndjson.gz"
    path.write_bytes(gzip.compress(GM.read_bytes()))
    return path


def _parquet(folder: Path) -> Path:
    path = folder / "cases.parquet"
    pq.write_table(pa.Table.from_pylist([json.loads(text) for text in texts()]), path)
    return path


def _folder(folder: Path) -> Path:
    inside = folder / "cases"
    inside.mkdir()
    for text in texts():
        record = json.loads(text)
        (inside / f"{record['case_id']}.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
    return inside


@pytest.mark.parametrize("form", [_shuffled, _listed, _compressed, _parquet, _folder])
def test_the_same_sample_from_whatever_the_caseload_comes_in(form: Callable[[Path], Path], tmp_path: Path) -> None:
    first, second = tmp_path / "first.ndjson", tmp_path / "second.ndjson"
    drawn(first)
    ran = drawn(second, caseload=form(tmp_path))
    assert ran.code == 0, ran.err
    assert (tmp_path / "first.design.json").read_bytes() == (tmp_path / "second.design.json").read_bytes()
    whole = {json.loads(text)["case_id"]: json.loads(text) for text in texts()}
    for line in second.read_bytes().splitlines():
        record = json.loads(line)
        assert _spare(record) == _spare(whole[record["case_id"]])


def _spare(value: Any) -> Any:
    """Without nulls, which Parquet does not tell from what is absent."""
    if isinstance(value, dict):
        return {key: _spare(one) for key, one in value.items() if one is not None}
    return [_spare(one) for one in value] if isinstance(value, list) else value


def test_a_line_is_copied_as_it_stands(tmp_path: Path) -> None:
    odd = [text.replace(b'"case_id": ', b'"case_id" :   ').replace(b"Bolton", b"Bol\\u0074on") for text in texts()]
    to = tmp_path / "sample.ndjson"
    drawn(to, caseload="-", stdin=b"\r\n".join(odd))
    lines = to.read_bytes().splitlines()
    assert set(lines) <= set(odd)
    assert len(lines) == 40
    assert any(b"Bol\\u0074on" in line for line in lines)


def test_only_cases_about_so_long_under_supervision_are_drawn(tmp_path: Path) -> None:
    to = tmp_path / "sample.ndjson"
    margin = "--set=sample.supervision.within=1 week"
    counted = requirements(margin)["supervision"]["n"]
    ran = run("sample", "draw", GM, "--size", 20, "--seed", 7, "--to", to, "--quiet", margin)
    design = json.loads(to.with_suffix(".design.json").read_text(encoding="utf-8"))
    assert f"20 of {counted} cases drawn" in ran.out
    assert f"not drawn from: {150 - counted} not so long under supervision, 0 not recorded" in ran.out
    assert (design["caseload"]["cases"], design["caseload"]["outside_the_time_asked"]) == (counted, 150 - counted)
    again = json.loads(run("sample", "check", to, "--format", "json", "--quiet", margin).out)["requirements"]
    assert next(line for line in again if line["id"] == "supervision")["standing"] == "met"


def test_a_bad_record_is_left_out_and_said(tmp_path: Path) -> None:
    caseload = ndjson(tmp_path / "cases.ndjson", [*texts()[:149], b'{"case_id": "GM-150"}'])
    to = tmp_path / "sample.ndjson"
    args = ("sample", "draw", caseload, "--size", 10, "--seed", 7, "--to", to)
    ran = run(*args)
    assert f"left out: {caseload}:150" in ran.err
    assert "1 record could not be used" in ran.out
    assert json.loads(to.with_suffix(".design.json").read_text())["caseload"]["left_out"] == [f"{caseload}:150"]
    to.unlink()
    strict = run(*args, "--strict")
    assert (strict.code, strict.out, to.exists()) == (2, "", False)


REFUSED: dict[str, list[object]] = {
    "size": ["--size", "151"],
    "group": ["--at-least", "ppo=14", "--at-least", "licence=62"],
    "group-unknown": ["--at-least", "pppo=3"],
    "group-number": ["--at-least", "ppo=many"],
    "group-form": ["--at-least", "ppo"],
    "groups-over-size": ["--size", "20", "--at-least", "ppo=10", "--at-least", "victim_contact=15"],
    "limit": ["--size", "100", "--set", "sample.officer.at_most=2"],
    "group-limit": ["--at-least", "licence=50", "--set", "sample.officer.at_most=1"],
    "time": ["--size", "140", "--set", "sample.supervision.within=1 week", "--at-least", "ppo=13"],
    "group-twice": ["--at-least", "ppo=5", "--at-least", "ppo = 6"],
    "ending": ["--to", "TO/sample.csv"],
    "twice": ["AGAIN"],
    "named-twice": [GM],
    "nowhere": ["--to", "TO/nowhere/sample.ndjson"],
    "one-file": ["--design", "TO/sample.ndjson"],
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_of_a_draw(
    name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, golden: Compare
) -> None:
    again = str(shutil.copy(GM, tmp_path_factory.mktemp("again")))
    args = [str(arg).replace("TO", str(tmp_path)).replace("AGAIN", again) for arg in REFUSED[name]]
    ran = run("sample", "draw", GM, "--size", 30, "--seed", 7, "--to", tmp_path / "sample.ndjson", "--quiet", *args)
    assert (ran.code, ran.out, list(tmp_path.iterdir())) == (2, "", [])
    told = ran.err.replace(str(tmp_path), "TO").replace(str(GM), "GM").replace(again, "AGAIN")
    if name == "twice":
        assert len(told.splitlines()) == 201  # 100 faults with what to try, and how many more
        told = "\n".join(told.splitlines()[:2]) + "\n"
    golden(f"sample-draw-{name}.err", told)


def asked(settings_: Mapping[str, str], at_least: Sequence[str]) -> str:
    """What a draw with some minimums is refused for."""
    with patch.object(shelf, "ruleset", lambda _: shipped()), pytest.raises(Refused) as told:
        draw_command(
            [str(GM)],
            size=30,
            seed=7,
            to=Path("nowhere.ndjson"),
            design_to=None,
            ruleset=str(SHIPPED),
            settings=settings_,
            at_least=at_least,
            as_of=None,
            strict=False,
            quiet=True,
            width=80,
            colour=False,
        )
    return str(told.value)


def test_all_that_is_wrong_with_the_minimums_is_told_together() -> None:
    at_least = ["foo=14", "ppo=x", "ppo", "licence=3", "licence=3", "roh_high=9"]
    told = asked({"sample.roh_high.at_least": "8", "sample.bar": "1"}, at_least)
    assert [line for line in told.splitlines() if not line.startswith("  ")] == [
        "--at-least licence=3: licence has its number already, by --at-least licence=3",
        "--at-least ppo: want GROUP=N",
        "--at-least roh_high=9: roh_high has its number already, by --set sample.roh_high.at_least=8",
        "sample.bar=1: sample.bar is not a number that can be set",
        "sample.foo.at_least=14: sample.foo.at_least is not a number that can be set",
        "sample.ppo.at_least=x: x is not a number of cases",
    ]


def test_records_left_out_are_among_the_reasons_for_too_few_cases(tmp_path: Path) -> None:
    caseload = ndjson(tmp_path / "cases.ndjson", [*texts()[:149], b'{"case_id": "GM-150"}'])
    ran = run("sample", "draw", caseload, "--size", 150, "--seed", 7, "--to", tmp_path / "sample.ndjson", "--quiet")
    assert ran.err == (
        "--size 150: more than the 149 cases that can be drawn\n"
        "  not drawn from, of 150 cases: 1 whose record cannot be used\n"
    )


def test_a_caseload_is_not_written_over(tmp_path: Path) -> None:
    caseload = tmp_path / "cases.ndjson"
    shutil.copy(GM, caseload)
    ran = run("sample", "draw", caseload, "--size", 30, "--seed", 7, "--to", caseload)
    assert (ran.code, ran.out, caseload.read_bytes()) == (2, "", GM.read_bytes())
    hint = "name another file: a result is not written over what it is made from"
    assert ran.err == f"--to {caseload}: an input of this run\n  {hint}\n"


# Weighing


def design(probability: Mapping[str, float]) -> Design:
    return Design("design.json", "omi-2006", shipped().digest, 7, 150, probability)


def judged(lines: Sequence[bytes]) -> Any:
    ruleset = shipped()
    records = [ruleset.reader.read(line.decode(), "cases")[0] for line in lines]
    return Judge(ruleset, choose("reference")).judge(records)


def test_weighted_is_plain_where_all_weights_are_equal() -> None:
    findings = judged(texts())
    weighing = Weighing(design(dict.fromkeys(findings.case_ids, 0.3)), shipped())
    weighing.add(findings)
    counted = tally(findings)
    plain, weighted = score(counted, shipped()), weighing.weighted(counted).scores
    for name, found in plain.questions.items():
        one = weighted.questions[name]
        assert (one.share, one.interval, one.effective) == (found.share, found.interval, found.relevant)
    for level in ("criteria", "sections", "threads"):
        for name, whole in getattr(plain, level).items():
            part = getattr(weighted, level)[name]
            assert (part.score, part.rounded, part.interval) == (whole.score, whole.rounded, whole.interval)


def test_weights_worked_out_by_hand() -> None:
    """1.4.q01 asks whether the ethnicity is recorded: in two cases that stand for 2 and 5, not in one for 10."""
    without = [text for text in texts() if b'"ethnicity": "' not in text][:1]
    lines = [*[text for text in texts() if b'"ethnicity": "' in text][:2], *without]
    findings = judged(lines)
    weighing = Weighing(design(dict(zip(findings.case_ids, (0.5, 0.2, 0.1), strict=True))), shipped())
    weighing.add(findings)
    found = weighing.weighted(tally(findings)).scores.questions["1.4.q01"]
    assert found.share == pytest.approx(7 / 17)
    assert found.effective == pytest.approx(17**2 / (4 + 25 + 100))


def test_no_order_or_splitting_of_the_cases_changes_a_digit() -> None:
    chance = random.Random(3)
    weights = {json.loads(text)["case_id"]: chance.uniform(0.01, 1) for text in texts()}
    whole, parts = Weighing(design(weights), shipped()), Weighing(design(weights), shipped())
    findings = judged(texts())
    whole.add(findings)
    shuffled = chance.sample(texts(), 150)
    for part in (shuffled[:70], shuffled[70:]):
        parts.add(judged(part))
    counted = tally(findings)
    assert whole.weighted(counted) == parts.weighted(counted)


def test_a_batch_with_its_design(tmp_path: Path, golden: Compare) -> None:
    to = tmp_path / "sample.ndjson"
    drawn(to)
    file = to.with_suffix(".design.json")
    plain = json.loads(run("batch", to, "--quiet", "--format", "json").out)
    both = json.loads(run("batch", to, "--quiet", "--format", "json", "--design", file).out)
    weighted = both.pop("weighted")
    assert both == plain
    assert weighted["questions"].keys() == plain["questions"].keys()
    assert weighted["caseload_by_weights"] == pytest.approx(150, rel=0.1)
    assert (weighted["cases"], weighted["not_read"], weighted["rules_changed_since"]) == (40, [], False)
    assert any(found["score"] != plain["criteria"][name]["score"] for name, found in weighted["criteria"].items())
    rich = run("batch", to, "--quiet", "--design", file).out
    golden("sample-weighted.txt", rich[rich.index("Weighted scores") : rich.index("The 10 questions")])
    assert "## Weighted" in run("batch", to, "--quiet", "--design", file, "--format", "md").out
    assert run("batch", to, "--quiet", "--design", file, "--format", "csv").err == (
        "--design: not in the format csv\n  use --format rich, json, md or html\n"
    )


def test_drawn_cases_that_were_not_read_are_said(tmp_path: Path) -> None:
    to = tmp_path / "sample.ndjson"
    drawn(to)
    lines = to.read_bytes().splitlines()
    ran = run("batch", ndjson(to, lines[:38]), "--design", to.with_suffix(".design.json"), "--format", "json")
    assert "2 of the 40 drawn cases are not in the sample read" in ran.err
    missing = [json.loads(line)["case_id"] for line in lines[38:]]
    assert json.loads(ran.out)["weighted"]["not_read"] == missing


def refused_design(tmp_path: Path, change: Callable[[Record], object], *args: object) -> str:
    to = tmp_path / "sample.ndjson"
    drawn(to)
    file = to.with_suffix(".design.json")
    made = json.loads(file.read_text(encoding="utf-8"))
    change(made)
    file.write_text(json.dumps(made, indent=2), encoding="utf-8")
    ran = run("batch", to, "--quiet", "--design", file, *args)
    assert (ran.code, ran.out) == (2, "")
    return re.sub(r":\d+:\d+", ":L:C", ran.err.replace(f"{tmp_path}/", ""))


def test_a_design_of_other_cases(tmp_path: Path) -> None:
    told = refused_design(tmp_path, lambda made: made["cases"].__delitem__(slice(0, 7)))
    assert re.fullmatch(
        r"sample\.design\.json: cases: not in this design, and so without a weight: "
        r"(GM-\d{3}, ){4}GM-\d{3} and 2 more\n"
        r"  give the design that was written with this sample; a case that was not drawn cannot be weighed\n",
        told,
    )


def test_a_design_of_another_ruleset_or_caseload(tmp_path: Path) -> None:
    assert refused_design(tmp_path, lambda made: made["ruleset"].update(id="omi-2012")) == (
        "sample.design.json: drawn by the ruleset omi-2012, where omi-2006 judges\n"
        "  judge with --ruleset omi-2012, or give the design of this sample\n"
    )
    assert refused_design(tmp_path, lambda _: None, "--caseload", 151) == (
        "--caseload 151: the design is of a sample from 150 cases\n  leave the option out, or give its design\n"
    )


def test_every_fault_of_a_design_is_told(tmp_path: Path) -> None:
    def damage(made: Record) -> None:
        first, second, third, *_ = made["cases"]
        first["probability"], second["case_id"], third["probability"] = 1.5, first["case_id"], None
        del made["seed"]
        made["caseload"]["cases"] = "many"

    told = refused_design(tmp_path, damage)
    assert "cases[0].probability: 1.5 is not a probability\n" in told
    assert "cases[1].case_id: " in told
    assert " stands above already" in told
    assert "cases[2].probability: `probability` is missing: want a number" in told
    assert "seed: `seed` is missing: want a whole number" in told
    assert "caseload.cases: `cases` is many: want a whole number" in told


@pytest.mark.parametrize("text", ["{}", "[]", '{"format": "omi-check sample design 1"}', "3"])
def test_what_is_no_design(text: str, tmp_path: Path) -> None:
    path = tmp_path / "design.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=r"(?s)not the design of a sample\n.*`omi-check sample draw` writes one"):
        read_design(path)


def test_changed_rules_are_said_and_the_weights_stand() -> None:
    findings = judged(texts()[:3])
    made = replace(design(dict.fromkeys(findings.case_ids, 0.5)), digest="sha256:of-then")
    weighing = Weighing(made, shipped())
    weighing.add(findings)
    assert weighing.weighted(tally(findings)).other_rules


# The rules for samples


def test_settings_reach_the_rules_and_are_part_of_them() -> None:
    ruleset = with_settings(shipped(), {"sample.ppo.at_least": "9", "sample.officer.at_most": "4"})
    assert ruleset.sample is not None
    assert ruleset.sample.minimums == {"community": 1, "licence": 1, "ppo": 9}
    assert ruleset.sample.limits["officer"].at_most == 4
    assert ruleset.settings["sample.ppo.at_least"] == "9"
    untouched = shipped().sample
    assert untouched is not None
    assert "ppo" not in untouched.minimums


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("sample.ppo.at_least=-1", "-1 is not a number of cases\n  want a whole number from 0 up"),
        ("sample.officer.at_most=0", "0 is not a number of cases\n  want a whole number from 1 up"),
        ("sample.area_assessors.within=101", "101 is not a number of percentage points\n  want a whole number from 0"),
        ("sample.supervision.within=2 wekes", "2 wekes is not a length of time\n  did you mean `2 weeks`?"),
        ("sample.ppo.atleast=3", "is not a number that can be set\n  did you mean `sample.ppo.at_least`?"),
    ],
)
def test_settings_that_cannot_be(setting: str, told: str) -> None:
    ran = run("sample", "check", GM, "--set", setting)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{setting}: ")
    assert told in ran.err


def test_a_group_of_a_new_ruleset_needs_no_python(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(SHIPPED, rules)
    with (rules / "sample.yaml").open("a", encoding="utf-8") as file:
        file.write("  district: {means: cases of one district, field: district, at_most: 20, ours: a try}\n")
    found = json.loads(run("sample", "check", GM, "--ruleset", rules, "--format", "json", "--quiet").out)
    counted = Counter(json.loads(text)["district"] for text in texts())
    line = next(line for line in found["requirements"] if line["id"] == "district")
    assert (line["n"], line["standing"]) == (max(counted.values()), "over" if max(counted.values()) > 20 else "met")


def test_the_rules_for_samples_are_part_of_the_digest(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(SHIPPED, rules)
    path = rules / "sample.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("at_most: 6", "at_most: 7"), encoding="utf-8")
    found = json.loads(run("sample", "check", GM, "--ruleset", rules, "--format", "json", "--quiet").out)
    assert found["ruleset"]["digest"] != shipped().digest
    assert next(line for line in found["requirements"] if line["id"] == "officer")["asked"].startswith("at most 7")
