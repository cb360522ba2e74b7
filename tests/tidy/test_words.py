"""Nothing is named by a word that says nothing."""

import pytest

from tests.tidy.tracked import PYTHON, findings, snippet, sources_in
from tests.tidy.words import empty_names, empty_words, parts


def test_no_module_class_or_function_has_an_empty_name() -> None:
    assert findings(empty_names, sources_in(*PYTHON)) == []


# The rule would notice a breach.


@pytest.mark.parametrize(
    "text",
    ["class RentalManager: ...", "def load_data(): ...", "class A:\n    def process(self): ...", "def _common(): ..."],
)
def test_an_empty_name_is_found(text: str) -> None:
    assert len(findings(empty_names, [snippet(text)])) == 1


@pytest.mark.parametrize("path", ["chalicelib/utils.py", "chalicelib/common/money.py", "local/test_helpers.py"])
def test_an_empty_name_of_a_module_or_a_folder_is_found(path: str) -> None:
    assert len(findings(empty_names, [snippet("", path)])) == 1


@pytest.mark.parametrize("text", ["def database(): ...", "class Information: ...", "def processing_fee(): ..."])
def test_a_word_that_only_begins_alike_is_fine(text: str) -> None:
    assert findings(empty_names, [snippet(text)]) == []


def test_names_are_read_word_by_word() -> None:
    assert parts("lease_seconds") == ["lease", "seconds"]
    assert parts("HTTPAnswer2") == ["http", "answer", "2"]
    assert parts("_InProcess") == ["in", "process"]


def test_a_phrase_is_let_pass_as_a_whole() -> None:
    assert empty_words("test_user_data_can_be_read_back") == []
    assert empty_words("InProcess") == []
    assert empty_words("user_data_manager") == ["manager"]
    assert empty_words("data_of_user") == ["data"]
