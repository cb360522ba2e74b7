"""The judge of the stacks' answers finds an answer that the document does not promise."""

import json
from typing import Any

import pytest

from chalicelib.api.document import document_of
from local.functions import Event
from tests.api.counter import api
from tests.api.validated import HEADERS
from tests.judged import JudgedGateway

DOCUMENT = document_of(api().routes)
GOOD_HEADERS = {**HEADERS, "Content-Type": "application/json", "X-Request-Id": "r-1"}


class Canned:
    """Answers with the document where it is asked for, and else with what the test says."""

    def __init__(self, status: int, body: object, headers: dict[str, str]) -> None:
        self._answer = {"statusCode": status, "body": json.dumps(body), "headers": headers}

    def invoke(self, name: str, event: Event) -> Any:
        if event["requestContext"]["path"] == "/api/openapi.json":
            return {"statusCode": 200, "body": json.dumps(DOCUMENT), "headers": GOOD_HEADERS}
        return self._answer


def gateway(status: int, body: object, headers: dict[str, str] = GOOD_HEADERS) -> JudgedGateway:
    return JudgedGateway(Canned(status, body, headers), list(api().routes))


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, {"balance": 5}, GOOD_HEADERS),
        (418, {"message": "A teapot."}, GOOD_HEADERS),
        (401, {"message": "No error beside it."}, GOOD_HEADERS),
        (404, {"message": "No error beside it."}, {"Content-Type": "application/json"}),
    ],
)
def test_an_answer_that_is_not_promised_is_found(status: int, body: object, headers: dict[str, str]) -> None:
    judged = gateway(status, body, headers)
    judged.handle("GET", "/api/v1/balance", {}, b"")
    with pytest.raises(AssertionError, match="GET /api/v1/balance answered"):
        judged.raise_if_wrong()
    judged.raise_if_wrong()


def test_a_good_answer_and_an_unknown_address_are_fine() -> None:
    refusal = {"error": {"code": "token_missing", "message": "No.", "field": None}, "message": "No."}
    judged = gateway(401, refusal)
    judged.handle("GET", "/api/v1/balance", {}, b"")
    judged.handle("GET", "/nowhere", {}, b"")
    judged.raise_if_wrong()
