"""The Lambdas' zip: pinned wheels, compiled files, the same bytes from the same inputs; and its checks."""

import hashlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ops.package_errors import PackagingFailed
from ops.package_python import RUNTIME, run

TASK_ROOT = "/var/task"
"""Where Lambda unpacks the zip: the path that tracebacks name."""

LARGEST_UNPACKED_BYTES = 250 * 1024 * 1024
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_GLIBC_MINORS = range(17, 35)
"""Amazon Linux 2023 has glibc 2.34, and pip takes a platform literally: every older one is named."""

_PLATFORM = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": f"{RUNTIME}.0",
    "python_version": RUNTIME,
    "sys_platform": "linux",
}
_EXTENSION = re.compile(r"\.(?P<tag>cpython-\d+[a-z]*|pypy\d+|abi3)[\w-]*\.so$")


def installed_wheels(root: Path, python: Path) -> Path:
    """A folder with requirements.txt installed for the runtime and compiled, kept until that file changes.

    Only wheels, and only those whose hash is pinned: a missing one fails here, whatever this machine is.
    """
    pins = root / "requirements.txt"
    key = hashlib.sha256(pins.read_bytes() + RUNTIME.encode() + Path(__file__).read_bytes()).hexdigest()[:16]
    place = root / ".local/package" / f"wheels-{key}"
    if not place.exists():
        with tempfile.TemporaryDirectory(dir=place.parent) as folder:
            wheels = Path(folder) / "wheels"
            run(_install_command(python, pins, wheels))
            shutil.rmtree(wheels / "bin", ignore_errors=True)
            compile_for_runtime(python, wheels)
            wheels.rename(place)
    return place


def compile_for_runtime(python: Path, folder: Path) -> None:
    """Adds bytecode that is used without a look at the source. Lambda could not keep it: there files are read-only."""
    mode = ["--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", TASK_ROOT]
    run([str(python), "-m", "compileall", "-q", *mode, str(folder)], {"PYTHONHASHSEED": "0"})


def write_zip(target: Path, folders: Iterable[Path]) -> None:
    """Zips the files of the folders, sorted and without their times, so that equal contents make equal zips."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(_files(folders)):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.read_bytes())


def check_zip(target: Path, pins: str) -> None:
    """Raises PackagingFailed unless every pinned distribution is in the zip and all of it can run on the runtime."""
    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
        unpacked_bytes = sum(entry.file_size for entry in archive.infolist())
    if missing := missing_distributions(pins, names):
        raise PackagingFailed(f"not in the zip, though requirements.txt pins them: {', '.join(missing)}")
    if wrong := wrong_extensions(names):
        raise PackagingFailed(f"compiled for another Python than {RUNTIME}: {', '.join(wrong)}")
    if missing := sources_without_bytecode(names):
        raise PackagingFailed(f"not compiled for {RUNTIME}: {', '.join(missing)}")
    if unpacked_bytes > LARGEST_UNPACKED_BYTES:
        raise PackagingFailed(f"{unpacked_bytes} bytes unpacked; Lambda takes {LARGEST_UNPACKED_BYTES}")


def pinned(pins: str) -> Iterator[tuple[str, str]]:
    """Name and version of what a requirements file pins for the Lambdas' platform."""
    for line in re.sub(r"\\\n", " ", pins).splitlines():
        text = re.sub(r"\s--hash=\S+|#.*", "", line).strip()
        if text and not text.startswith("-"):
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({**_PLATFORM}):
                yield canonicalize_name(requirement.name), str(requirement.specifier).removeprefix("==")


def missing_distributions(pins: str, names: Iterable[str]) -> list[str]:
    """What is pinned for the Lambdas' platform and not among the files of a zip, as "name==version"."""
    folders = (name.split("/")[0] for name in names if name.endswith(".dist-info/METADATA"))
    present = {tuple(folder.removesuffix(".dist-info").rsplit("-", 1)) for folder in folders}
    found = {(canonicalize_name(name), version) for name, version in present}
    return [f"{name}=={version}" for name, version in pinned(pins) if (name, version) not in found]


def wrong_extensions(names: Iterable[str]) -> list[str]:
    """Extension modules that the runtime would not load."""
    tags = ((name, _EXTENSION.search(name)) for name in names)
    wanted = {"abi3", f"cpython-{RUNTIME.replace('.', '')}"}
    return [name for name, found in tags if found and found["tag"] not in wanted]


def sources_without_bytecode(names: Iterable[str]) -> list[str]:
    """Modules that every cold start would have to compile."""
    present = set(names)
    suffix = f".cpython-{RUNTIME.replace('.', '')}.pyc"
    sources = [Path(name) for name in present if name.endswith(".py")]
    return sorted(str(s) for s in sources if str(s.parent / "__pycache__" / (s.stem + suffix)) not in present)


def _install_command(python: Path, pins: Path, target: Path) -> list[str]:
    platforms = [f"manylinux_2_{minor}_x86_64" for minor in _GLIBC_MINORS] + ["manylinux2014_x86_64"]
    return [
        *(str(python), "-m", "pip", "install", "-q", "--no-compile", "--require-hashes", "-r", str(pins)),
        *("--target", str(target), "--only-binary=:all:", "--implementation", "cp", "--python-version", RUNTIME),
        *(word for platform in platforms for word in ("--platform", platform)),
    ]


def _files(folders: Iterable[Path]) -> Iterator[tuple[str, Path]]:
    for folder in folders:
        for file in folder.rglob("*"):
            if file.is_file():
                yield file.relative_to(folder).as_posix(), file
