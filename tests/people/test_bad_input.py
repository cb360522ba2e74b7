"""Whatever is sent to what lets people in or changes who they are: a clear refusal, and the tables are as before.

The bodies are made from the API document, as those of tests/api are, and sent over HTTP to the running stack.
"""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.api.bad_input import GOOD, NO_JSON, STRANGE, bodies, cases, fields, writes
from tests.people.browser import Browser
from tests.stack import Stack, started

PATHS = sorted({path for path, _ in bodies(of_people=True)})
NAMED_BY_FIELD = {"invalid_name"}
"""Codes whose sentences do not repeat the name of the field."""
PATH_IDS = {"session_id": "sess_" + "0" * 20, "token_id": "tokn_" + "0" * 20, "instance_id": "self_" + "0" * 20}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("stack")) as stack, stack.in_place():
        yield stack


@pytest.fixture(scope="module")
def browser(stack: Stack) -> Browser:
    """Somebody who has logged in, whom each fault comes from."""
    browser = Browser(stack, "ada@example.com").arrive()
    browser.mails()
    return browser


def tables(stack: Stack) -> dict[str, Any]:
    """Everything that is stored."""
    provisioned = stack.world.provisioned
    dynamodb = boto3.client("dynamodb")
    found = {}
    for table in provisioned.template.tables:
        items = dynamodb.scan(TableName=provisioned.ref(table.logical_id), ConsistentRead=True)["Items"]
        found[table.logical_id] = sorted(json.dumps(item, sort_keys=True) for item in items)
    return found


@pytest.mark.parametrize("path", PATHS)
def test_a_field_that_does_not_fit_is_refused_by_name(stack: Stack, browser: Browser, path: str) -> None:
    before = tables(stack)
    for case in cases(of_people=True):
        if case.path == path:
            status, answer = browser.send("POST", path, case.body)
            assert status == 400, f"{case}: {answer}"
            error = answer["error"]
            assert (error["field"] or "").startswith(case.field), f"{case}: {answer}"
            assert f'"{error["field"]}"' in error["message"] or error["code"] in NAMED_BY_FIELD, f"{case}: {answer}"
    assert tables(stack) == before


@pytest.mark.parametrize("path", PATHS)
def test_a_body_that_is_no_plain_json_is_refused(stack: Stack, browser: Browser, path: str) -> None:
    before = tables(stack)
    for raw, content_type, status, code in NO_JSON:
        answered, answer = browser.send_raw("POST", path, raw, content_type)
        assert (answered, answer["error"]["code"]) == (status, code), raw[:24]
    assert tables(stack) == before


@pytest.mark.parametrize(("path", "shape"), list(bodies(of_people=True)))
def test_a_strange_text_breaks_nothing(stack: Stack, browser: Browser, path: str, shape: str) -> None:
    """It may be taken for a text; whatever it is taken for, nothing fails and nobody is let in."""
    for number, text in enumerate(STRANGE):
        for field in fields(shape):
            if field.of.get("type") == "string":
                stranger = Browser(stack, browser.email, cookies=dict(browser.cookies), address=f"{path} {number}")
                status, answer = stranger.send("POST", path, field.within(GOOD[shape], text))
                assert status < 500, f"{field.name} {text!r}: {answer}"
                assert stranger.cookies == browser.cookies, f"{field.name} {text!r}"


@pytest.mark.parametrize(
    ("method", "path"),
    [(method, path) for method, path, described in writes(of_people=True) if "requestBody" not in described],
    ids=lambda value: str(value),
)
def test_what_takes_no_body_refuses_one(stack: Stack, browser: Browser, method: str, path: str) -> None:
    before = tables(stack)
    for body in ({"force": True}, []):
        status, answer = browser.send(method, path.format(**PATH_IDS), body)
        assert (status, answer["error"]["code"]) == (400, "body_not_taken")
    assert tables(stack) == before


@pytest.mark.parametrize(("method", "path", "_"), list(writes(of_people=True)), ids=lambda value: str(value)[:40])
def test_no_write_takes_a_query(stack: Stack, browser: Browser, method: str, path: str, _: object) -> None:
    before = tables(stack)
    status, answer = browser.send(method, path.format(**PATH_IDS) + "?surprise=1", {})
    assert (status, answer["error"]["field"]) == (400, "surprise")
    assert tables(stack) == before
