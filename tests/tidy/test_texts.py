"""No file names one machine, a registry, or how the work was organised; what is installed is pinned."""

import pytest

from tests.tidy.texts import is_requirements, loose_requirements, machine_words, organisation_words
from tests.tidy.tracked import texts, tracked


def test_no_file_names_a_folder_of_one_machine_or_a_registry() -> None:
    assert [finding for path, text in texts() for finding in machine_words(path, text)] == []


def test_no_file_names_how_the_work_was_organised() -> None:
    assert [finding for path, text in texts() for finding in organisation_words(path, text)] == []


def test_every_requirement_is_pinned_with_its_hash() -> None:
    assert [
        finding for path, text in texts() if is_requirements(path) for finding in loose_requirements(path, text)
    ] == []


def test_every_file_of_requirements_is_looked_at() -> None:
    assert [path for path in tracked() if is_requirements(path)] >= ["local/requirements-ministack.txt"]
    assert {"requirements.txt", "requirements-dev.txt", "requirements-build.txt"} <= set(tracked())


# The rules would notice a breach. The words are put together here, so that this file passes its own test.


@pytest.mark.parametrize(
    "text",
    ["open('/" + "work/main/x')", "/" + "home/somebody/x", "/" + "root/.cache", "https://" + "pypi." + "org/simple"],
)
def test_a_word_of_one_machine_is_found(text: str) -> None:
    assert len(list(machine_words("README.md", text))) == 1


@pytest.mark.parametrize("text", ["/var/task", "/dev/null", ".local/run", "~/.pyenv/versions", "PyPI", "at@home/x"])
def test_other_paths_and_words_are_fine(text: str) -> None:
    assert list(machine_words("README.md", text)) == []


@pytest.mark.parametrize("text", ["see is" + "sue 2", "fixes #" + "12.", "Is" + "sue #3", "as ../" + "shared says"])
def test_a_word_of_how_the_work_was_organised_is_found(text: str) -> None:
    assert len(list(organisation_words("README.md", text))) == 1


@pytest.mark.parametrize("text", ["color:#1d6f42", "&#39;", 'scope="session"', "meter#1", "sessions stay valid"])
def test_colours_keys_and_log_ins_are_fine(text: str) -> None:
    assert list(organisation_words("README.md", text)) == []


@pytest.mark.parametrize(
    "line",
    [
        "msgspec==0.22.0",
        "msgspec>=0.22 --hash=sha256:00",
        "--index-url https://packages.example.com/simple",
        "-e .",
        "msgspec @ https://packages.example.com/msgspec.whl --hash=sha256:00",
    ],
)
def test_a_loose_requirement_is_found(line: str) -> None:
    assert len(list(loose_requirements("requirements.txt", line + "\n"))) == 1


def test_a_pinned_requirement_is_fine() -> None:
    text = "# why\nmsgspec==0.22.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:01\n    # via\n"
    assert list(loose_requirements("requirements.txt", text)) == []
