"""The build refuses what must not be deployed, and harms nothing that it did not make."""

import zipfile
from pathlib import Path

import pytest

from ops.package import check_template
from ops.package_errors import NoRuntime, PackagingFailed
from ops.package_python import build_environment, runtime_python, version_of
from ops.package_zip import (
    check_zip,
    installed_wheels,
    missing_distributions,
    pinned,
    sources_without_bytecode,
    write_zip,
    wrong_extensions,
)
from tests.build import runtime

PINS = """\
first-one==1.0 \\
    --hash=sha256:aaaa
    # via something
second.one==2.0 ; platform_python_implementation != 'PyPy' \\
    --hash=sha256:bbbb
colorama==0.4 ; sys_platform == 'win32' \\
    --hash=sha256:cccc
"""
COMPLETE = ["first_one-1.0.dist-info/METADATA", "second_one-2.0.dist-info/METADATA"]


def a_zip(place: Path, names: list[str]) -> Path:
    with zipfile.ZipFile(place / "some.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return place / "some.zip"


def test_pins_of_other_platforms_do_not_count() -> None:
    assert list(pinned(PINS)) == [("first-one", "1.0"), ("second-one", "2.0")]


def test_a_complete_zip_passes(tmp_path: Path) -> None:
    check_zip(a_zip(tmp_path, COMPLETE), PINS)


def test_a_missing_distribution_is_found() -> None:
    assert missing_distributions(PINS, COMPLETE[:1]) == ["second-one==2.0"]


def test_another_version_is_a_missing_distribution() -> None:
    assert missing_distributions(PINS, [COMPLETE[0], "second_one-2.1.dist-info/METADATA"]) == ["second-one==2.0"]


def test_the_build_fails_on_a_missing_distribution(tmp_path: Path) -> None:
    with pytest.raises(PackagingFailed, match=r"second-one==2\.0"):
        check_zip(a_zip(tmp_path, COMPLETE[:1]), PINS)


def test_the_build_fails_on_a_source_without_bytecode(tmp_path: Path) -> None:
    with pytest.raises(PackagingFailed, match=r"a/b\.py"):
        check_zip(a_zip(tmp_path, [*COMPLETE, "a/b.py"]), PINS)


def test_bytecode_beside_its_source_is_found() -> None:
    assert sources_without_bytecode(["a/b.py", "a/__pycache__/b.cpython-313.pyc"]) == []
    assert sources_without_bytecode(["a/b.py", "a/__pycache__/b.cpython-312.pyc"]) == ["a/b.py"]


def test_extensions_for_another_python_are_found() -> None:
    names = [
        "x.cpython-313-x86_64-linux-gnu.so",
        "y.abi3.so",
        "libz.so",
        "v.cpython-312-x86_64-linux-gnu.so",
        "w.cpython-313t-x86_64-linux-gnu.so",
    ]
    assert wrong_extensions(names) == names[3:]


def test_the_build_fails_where_no_wheel_is_published_or_its_hash_is_not_pinned(tmp_path: Path) -> None:
    (tmp_path / ".local/package").mkdir(parents=True)
    (tmp_path / "requirements.txt").write_text("six==1.17.0 --hash=sha256:" + "0" * 64 + "\n")
    with pytest.raises(PackagingFailed, match="install"):
        installed_wheels(tmp_path, runtime())
    assert not list((tmp_path / ".local/package").glob("wheels-*"))


def test_equal_files_make_equal_zips(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "b.py").write_text("b")
        (tmp_path / name / "a.py").write_text("a")
        write_zip(tmp_path / f"{name}.zip", [tmp_path / name])
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_template_that_is_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sam.json").write_text("Resources: {}\n")
    with pytest.raises(PackagingFailed, match="JSON"):
        check_template(tmp_path / "sam.json")


def test_a_misspelt_function_in_the_definition_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sam.json").write_text('{"Resources": {"Sweeep": {"Properties": {}}}}')
    with pytest.raises(PackagingFailed, match="Sweeep"):
        check_template(tmp_path / "sam.json")


def test_the_interpreter_that_the_variable_names_goes_first(tmp_path: Path) -> None:
    assert runtime_python({"PYTHON313": str(runtime()), "PATH": ""}) == runtime()


def test_an_interpreter_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "python3.13"
    broken.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    broken.chmod(0o755)
    assert version_of(broken) == ""
    with pytest.raises(NoRuntime, match="PYTHON313"):
        runtime_python({"PYTHON313": str(broken), "PATH": str(tmp_path), "HOME": str(tmp_path)})


def test_an_environment_that_is_a_link_is_left_as_it_is(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "precious").touch()
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/build-3.13").symlink_to(elsewhere)
    (tmp_path / "requirements-build.txt").touch()
    with pytest.raises(PackagingFailed, match="is a link"):
        build_environment(tmp_path, runtime())
    assert (elsewhere / "precious").exists()
