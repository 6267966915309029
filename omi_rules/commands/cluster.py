"""A Spark session for a command, and what goes wrong on a cluster, told as if it had gone wrong here."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from omi_rules.errors import Defect, Fault, Refused, show

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@contextmanager
def session(master: str) -> Iterator[SparkSession]:
    """A Spark session that ends with the work; one that is there already is used, and left.

    Raises:
        Refused: Spark cannot be had.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        hint = 'pip install "omi-rules[spark]"'
        raise Refused([Fault(file="--spark", what=f"PySpark cannot be imported: {error}", hint=hint)]) from None
    there = SparkSession.getActiveSession()
    builder: Any = SparkSession.builder
    builder = builder.master(master).appName("omi-check").config("spark.log.level", "OFF")
    builder = builder.config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
    try:
        spark = there or builder.getOrCreate()
    except (PySparkException, Py4JError) as error:
        hint = "PySpark needs Java 17 or 21: install it, or say in JAVA_HOME where it is"
        what = f"Spark cannot be started: {_reason(str(error))}"
        raise Refused([Fault(file=f"--spark {show(master)}", what=what, hint=hint)]) from None
    try:
        yield spark
    finally:
        if there is None:
            spark.stop()


_RAISED = re.compile(
    r"^Traceback .*\n(?:[ \t].*\n)+(?:omi_rules\.errors\.)?(\S.*(?:\n(?!\s*at |\s*\n| SQLSTATE).*)*)", re.MULTILINE
)
"""What a worker raised, in the midst of what Spark says about it: the name of the exception, and its text."""


@contextmanager
def told(paths: Sequence[str]) -> Iterator[None]:
    """What went wrong on a cluster, told as if it had gone wrong here.

    Raises:
        Refused: a worker refused something, or Spark could not do the work.
        Defect: a worker met a defect.
    """
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text, named = str(error), ", ".join(paths[:3])
        raised = _RAISED.search(text)
        kind, _, what = raised[1].partition(": ") if raised else ("", "", "")
        if "No module named 'omi_rules'" in what:
            hint = 'pip install "omi-rules[spark]" on every machine of the cluster'
            raise Refused([Fault(file="--spark", what="a worker has no omi-rules", hint=hint)]) from None
        if kind == "Refused":
            hint = what.replace("\n", "\n  ")
            raise Refused([Fault(file=named, what="cannot be used", hint=hint)]) from None
        if raised:
            raise Defect(what if kind == "Defect" else f"on a worker: {raised[1]}") from None
        raise Refused([Fault(file=named, what=f"Spark could not do the work: {_reason(text)}")]) from None


def _reason(text: str) -> str:
    """The one line of a long message that says most: of what Java raised, or the first."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return next((line[2:] for line in lines if line.startswith(": ")), lines[0] if lines else "no reason given")
