"""`python -m ops package OUT_DIR`: makes the template and the zip that CloudFormation deploys."""

import argparse
import fcntl
import hashlib
import json
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from ops.package_errors import PackagingFailed
from ops.package_python import build_environment, run, runtime_python, version_of
from ops.package_zip import check_zip, compile_for_runtime, installed_wheels, write_zip

ROOT = Path(__file__).resolve().parent.parent
STAGE = "prod"
_INPUTS = ("app.py", "chalicelib", ".chalice", "requirements.txt", "requirements-build.txt", "ops")
_CODE = ("app.py", "chalicelib", ".chalice")
_MADE_BY_RUNNING = shutil.ignore_patterns("__pycache__", "deployments", "deployed")
_KEPT_SECONDS = 3600


def main(arguments: Sequence[str]) -> int:
    """The command's entry. Answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m ops package", description=__doc__)
    parser.add_argument("out_dir", type=Path, help="where sam.json and deployment.zip are put")
    wanted = parser.parse_args(arguments)
    try:
        package(wanted.out_dir)
    except PackagingFailed as failure:
        print(f"package: {failure}", file=sys.stderr)
        return 1
    return 0


def package(out_dir: Path, root: Path = ROOT) -> None:
    """Puts sam.json and deployment.zip into a folder. Raises PackagingFailed."""
    made = built(root)
    out_dir.mkdir(parents=True, exist_ok=True)
    for name in ("sam.json", "deployment.zip"):
        shutil.copyfile(made / name, out_dir / name)


def built(root: Path = ROOT) -> Path:
    """The folder below `.local` with sam.json and deployment.zip of the present inputs, built if they are new."""
    python = runtime_python()
    builds = root / ".local/package"
    builds.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(builds):
        place = builds / _key(root, python)
        if not place.exists():
            _forget_old(builds)
            with tempfile.TemporaryDirectory(dir=builds) as folder:
                _build(root, build_environment(root, python), Path(folder))
                (Path(folder) / "out").rename(place)
    return place


def unpacked(root: Path = ROOT) -> Path:
    """The zip as Lambda unpacks it: a folder whose files can not be written. Shared, so leave nothing in it."""
    made = built(root)
    folder = made / "unpacked"
    with _one_at_a_time(made):
        if not folder.exists():
            _unpack(made / "deployment.zip", made / "unpacking").rename(folder)
    return folder


def _unpack(zipped: Path, folder: Path) -> Path:
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    for file in folder.rglob("*"):
        file.chmod(0o555 if file.is_dir() else 0o444)
    return folder


def _build(root: Path, python: Path, folder: Path) -> None:
    project, out = folder / "project", folder / "out"
    _stage(root, project)
    _run_chalice(python, project, out)
    check_template(out / "sam.json")
    code = folder / "code"
    with zipfile.ZipFile(out / "deployment.zip") as chalices:
        chalices.extractall(code)
    compile_for_runtime(python, code)
    write_zip(out / "deployment.zip", [installed_wheels(root, python), code])
    check_zip(out / "deployment.zip", (root / "requirements.txt").read_text())


def _stage(root: Path, project: Path) -> None:
    """Copies what Chalice reads, but requirements.txt.

    Its packager can take files whose hash is not pinned, and succeeds with wheels missing; ours adds the wheels.
    """
    project.mkdir()
    for name in _CODE:
        if (root / name).is_dir():
            shutil.copytree(root / name, project / name, ignore=_MADE_BY_RUNNING)
        else:
            shutil.copyfile(root / name, project / name)
    # From a YAML file Chalice makes a YAML template with aliases, which CloudFormation does not take.
    definition = yaml.safe_load((project / ".chalice/resources.yaml").read_text())
    (project / "resources.json").write_text(json.dumps(definition))


def _run_chalice(python: Path, project: Path, out: Path) -> None:
    options = ["--template-format", "json", "--merge-template", "resources.json", "--stage", STAGE]
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "AWS_DEFAULT_REGION": "us-east-1"}
    said = run([str(python.parent / "chalice"), "package", *options, str(out)], environment, project)
    if "Could not install dependencies" in said:
        raise PackagingFailed(said)


def check_template(file: Path) -> None:
    """Raises PackagingFailed unless the template is plain JSON and cfn-lint finds nothing in it."""
    try:
        resources = json.loads(file.read_text())["Resources"]
    except (ValueError, KeyError) as reason:
        raise PackagingFailed(f"{file.name} is not a template in JSON: {reason!r}") from reason
    if untyped := [name for name, resource in resources.items() if "Type" not in resource]:
        raise PackagingFailed(f"resources.yaml adds to functions that do not exist: {', '.join(untyped)}")
    run([str(Path(sys.executable).parent / "cfn-lint"), str(file)])


def _key(root: Path, python: Path) -> str:
    digest = hashlib.sha256(version_of(python).encode())
    for file in _input_files(root):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(root)} {content}\n".encode())
    return digest.hexdigest()[:16]


def _input_files(root: Path) -> Iterator[Path]:
    for name in _INPUTS:
        place = root / name
        pattern = "package*.py" if name == "ops" else "**/*"
        found = sorted(place.glob(pattern)) if place.is_dir() else [place]
        passed_over = {"__pycache__", "deployments", "deployed"}
        yield from (file for file in found if file.is_file() and not passed_over & set(file.parts))


def _forget_old(builds: Path) -> None:
    """Removes builds of other inputs, but not one that somebody may be using."""
    for place in builds.iterdir():
        old = time.time() - place.stat().st_mtime > _KEPT_SECONDS
        if place.is_dir() and old and not place.name.startswith("wheels-"):
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _one_at_a_time(builds: Path) -> Iterator[None]:
    with (builds / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
