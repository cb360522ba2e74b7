"""docs/errors.md lists exactly the codes that can be answered, with their statuses."""

import re

from tests.docs.codes import Codes, codes_in, codes_of_functions, codes_of_the_gateway
from tests.docs.pages import page
from tests.tidy.tracked import snippet

HEADINGS = (
    "What is wrong with the request",
    "Who is calling",
    "What the state of the account does not allow",
    "What went wrong on our side",
    "Before a function is asked",
)


def listed(headings: tuple[str, ...]) -> Codes:
    rows = [row for heading in headings for row in page("docs/errors.md").rows(heading)]
    return {row[0].strip("`"): {int(status) for status in re.findall(r"[0-9]{3}", row[1])} for row in rows}


def test_the_list_and_the_functions_agree() -> None:
    assert listed(HEADINGS[:-1]) == codes_of_functions()


def test_the_list_and_the_gateway_agree() -> None:
    gateways = codes_of_the_gateway()
    rows = listed(HEADINGS[-1:])
    assert set(rows) == set(gateways)
    assert all(statuses <= rows[code] for code, statuses in gateways.items())


def test_every_code_says_what_it_means_and_what_to_do() -> None:
    for heading in HEADINGS:
        for row in page("docs/errors.md").rows(heading):
            assert len(row) == 4 and all(len(cell) > 2 for cell in row), row


# The collector would notice a new code.


def test_a_code_is_found_however_it_is_written() -> None:
    made = snippet(
        "raise Conflict('no', code='a')\n"
        "raise Unauthenticated('no', code='b' if x else 'c')\n"
        "raise NotFound('no')\n"
        "raise Unauthenticated('no', code=f'token_{found}')\n"
        "Problem(code='d', message='', field=None)\n"
    )
    assert sorted(codes_in(made)) == [
        ("a", 409), ("b", 401), ("c", 401), ("d", 500), ("not_found", 404),
        ("token_disabled", 401), ("token_expired", 401), ("token_unknown", 401),
    ]
