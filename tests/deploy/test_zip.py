"""The zip holds what requirements.txt pins, compiled for the runtime, and its handlers load on their own."""

import struct
import subprocess
import zipfile

import pytest

from ops.package import ROOT
from ops.package_zip import missing_distributions, pinned, sources_without_bytecode, wrong_extensions
from tests.build import functions, packaged, runtime, unpacked

HASH_BASED_AND_UNCHECKED = 0b01
"""https://peps.python.org/pep-0552/"""

JOBS = ("Sweep", "SettleAccount", "Relay", "RelayMissed", "WakeRentals", "Look", "DriveRental", "Inventory")


@pytest.fixture(scope="module")
def archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(packaged() / "deployment.zip")


def test_every_pinned_distribution_is_in_the_zip(archive: zipfile.ZipFile) -> None:
    pins = (ROOT / "requirements.txt").read_text()
    assert len(list(pinned(pins))) >= 10
    assert missing_distributions(pins, archive.namelist()) == []


def test_extension_modules_are_for_the_runtime(archive: zipfile.ZipFile) -> None:
    assert [name for name in archive.namelist() if name.endswith(".so")]
    assert wrong_extensions(archive.namelist()) == []


def test_every_source_is_compiled(archive: zipfile.ZipFile) -> None:
    assert sources_without_bytecode(archive.namelist()) == []


def test_bytecode_is_of_the_runtime_and_never_compared_with_its_source(archive: zipfile.ZipFile) -> None:
    asked = "import importlib.util; print(importlib.util.MAGIC_NUMBER.hex())"
    magic = bytes.fromhex(subprocess.check_output([runtime(), "-c", asked], text=True))
    for name in archive.namelist():
        if name.endswith(".pyc"):
            with archive.open(name) as file:
                found, flags = struct.unpack("<4sI", file.read(8))
            assert (found, flags) == (magic, HASH_BASED_AND_UNCHECKED), name


def test_the_zip_has_only_the_runtimes_code(archive: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in archive.namelist()}
    assert not tops & {"tests", "local", "ops", "benchmarks", "bin", "moto", "pytest", ".chalice", "requirements.txt"}
    assert {"app.py", "chalicelib", "chalice"} <= tops


def test_equal_inputs_make_equal_entries(archive: zipfile.ZipFile) -> None:
    assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
    assert archive.namelist() == sorted(archive.namelist())


def test_the_jobs_here_are_those_of_the_template() -> None:
    assert set(JOBS) == functions().keys() - {"APIHandler"}


@pytest.mark.parametrize("function", JOBS)
def test_a_job_loads_alone_from_the_unpacked_zip(function: str) -> None:
    module, _, name = functions()[function]["Handler"].rpartition(".")
    asked = f"import sys, {module} as job; assert callable(job.{name}); print('app' in sys.modules)"
    environment = {"PYTHONPATH": str(unpacked()), "PYTHONDONTWRITEBYTECODE": "1"}
    said = subprocess.run([runtime(), "-s", "-c", asked], env=environment, capture_output=True, text=True, check=False)
    assert (said.stdout.strip(), said.stderr) == ("False", "")
