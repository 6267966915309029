"""Compiles the scanner when the package is installed. With ``-e`` it goes beside its source."""

import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension

NAME = "omi_rules._scan"


class Scanner(BuildHookInterface):
    """Makes `omi_rules/_scan.abi3.so`, which every Python from 3.11 on can load."""

    def initialize(self, _: str, build_data: dict[str, Any]) -> None:
        """See `BuildHookInterface.initialize`."""
        source = "omi_rules/_scan.c"
        scanner = Extension(NAME, [source], depends=[source], py_limited_api=True)
        command = Distribution({"ext_modules": [scanner]}).get_command_obj("build_ext")
        command.inplace = True
        with tempfile.TemporaryDirectory() as folder:
            command.build_temp = command.build_lib = folder
            command.ensure_finalized()
            command.run()
        made = Path(command.get_ext_fullpath(NAME)).relative_to(self.root)
        build_data["artifacts"].append(f"/{made}")
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
