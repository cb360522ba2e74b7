"""Whatever is sent to whatever writes: a clear refusal of the right status, and nothing has changed.

Every answer passes the client's own checks: documented, of the one shape, with the headers of all answers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.clock import HOUR
from tests.accounts.key_texts import private_text
from tests.api.bad_input import (
    DAEMONS,
    DOCUMENT,
    GOOD,
    KEY,
    LETS_UNKNOWN_PASS,
    NO_JSON,
    RENTAL,
    SELF_HOSTED,
    SERVICE,
    STRANGE,
    TOKEN,
    Body,
    Case,
    Field,
    bodies,
    cases,
    fields,
    id_fields,
    method_of,
    operations,
    writes,
)
from tests.api.counter import OFFER, PUBLIC_KEY, Counter
from tests.api.validated import Answer, Client

OTHER_KEY = PUBLIC_KEY.replace("DyrPIQ", "DyrPIR")
PATH_IDS = {
    "rental_id": "rent_" + "0" * 20,
    "service_id": "srvc_" + "0" * 20,
    "key_id": "key_" + "0" * 20,
    "token_id": "tokn_" + "0" * 20,
    "instance_id": "self_" + "0" * 20,
    "month": "2025-11",
}
NAMED_BY_FIELD = ("invalid_moment", "invalid_name", "invalid_lease", "invalid_cap")
"""Refusals whose sentence speaks of the thing, and not of the field."""
DAEMON = "<daemon>"
"""What stands for the token of the daemon of a server that the caller owns."""
NOBODY = {RENTAL: PATH_IDS["rental_id"], SERVICE: PATH_IDS["service_id"], KEY: PATH_IDS["key_id"]}


@dataclass(frozen=True)
class Owner:
    """Somebody for whom the good bodies would pass: money, a key, and a server that is online."""

    counter: Counter
    client: Client
    owns: dict[str, str]
    """By what stands for it in a body: ids, and the secret of the token."""

    def post(self, path: str, body: Body) -> Answer:
        raw = json.dumps(filled_in(body, self.owns)).encode()
        return self.caller(path).send(method_of(path), self.found(path), raw, {"content-type": "application/json"})

    def caller(self, path: str) -> Client:
        """Whoever may ask there: its daemon, or itself."""
        return self.client.as_caller(self.owns[DAEMON]) if path.startswith(DAEMONS) else self.client

    def found(self, path: str) -> str:
        """The path of what it owns."""
        return path.format(rental_id=self.owns[RENTAL], instance_id=self.owns[SELF_HOSTED])

    def refused(self, answer: Answer, before: dict[Any, Any]) -> Answer:
        """The answer, once it is sure that it is a refusal and that nothing has changed."""
        assert 400 <= answer.status < 500, answer.text
        assert answer.json["message"] == answer.json["error"]["message"]
        assert self.counter.everything() == before
        return answer


def filled_in(body: Body, ids: dict[str, str]) -> Body:
    text = json.dumps(body)
    for stands_for, text_of_it in ids.items():
        text = text.replace(f'"{stands_for}"', f'"{text_of_it}"')
    filled: Body = json.loads(text)
    return filled


def filled(path: str) -> str:
    return path.format(**PATH_IDS)


def owner(counter: Counter, name: str = "box") -> Owner:
    """Make the counter's present account one that owns things."""
    counter.credit("100")
    client = counter.client
    key = client.post("/api/v1/keys", {"name": "other", "public_key": OTHER_KEY}).json["id"]
    rental = counter.rent(name)["id"]
    counter.online(rental)
    server = client.post("/api/v1/self-hosted", {"name": name}).json
    owns = {RENTAL: rental, KEY: key, TOKEN: client.token or ""}
    return Owner(counter, client, owns | {SELF_HOSTED: server["server"]["id"], DAEMON: server["token"]})


@pytest.fixture
def rich(counter: Counter) -> Owner:
    return owner(counter)


@pytest.fixture
def neighbour(rich: Owner) -> Iterator[Owner]:
    """Another account that owns the same, and an active service."""
    counter = rich.counter
    mine = counter.account_id, counter.client
    counter.account_id, token = counter.open()
    counter.client = counter.client.as_caller(token)
    other = owner(counter, "foreign")
    other.owns[SERVICE] = other.client.post("/api/v1/services", GOOD["NewService"]).json["id"]
    other.owns["<token id>"] = other.client.get("/api/v1/tokens").json["items"][0]["id"]
    counter.account_id, counter.client = mine
    yield other


# Fields.


@pytest.mark.parametrize(("path", "shape"), list(bodies()))
def test_the_good_body_of_each_operation_is_taken(rich: Owner, path: str, shape: str) -> None:
    answer = rich.post(path, GOOD[shape])
    assert answer.status in (200, 201), answer.text
    assert answer.json.get("isSuccess", True) is True


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_field_that_does_not_fit_is_refused_by_name(rich: Owner, case: Case) -> None:
    before = rich.counter.everything()
    answer = rich.refused(rich.post(case.path, case.body), before)
    assert answer.status == 400, answer.text
    assert (answer.field or "").startswith(case.field)
    assert f'"{answer.field}"' in answer.json["message"] or answer.code in NAMED_BY_FIELD


@pytest.mark.parametrize(
    ("path", "field"),
    [(path, field) for path, shape in bodies() for field in fields(shape) if shape not in LETS_UNKNOWN_PASS],
    ids=lambda value: value.name if isinstance(value, Field) else value,
)
def test_every_text_and_list_has_an_end(path: str, field: Field) -> None:
    ends = {"string": ("maxLength", "pattern"), "array": ("maxItems",), "integer": ("maximum",)}
    kind = field.of.get("type", "enum")
    assert kind not in ends or any(end in field.of for end in ends[kind])


@pytest.mark.parametrize(("path", "shape"), [(path, shape) for path, shape in bodies() if GOOD[shape]])
def test_a_strange_text_is_a_text_or_is_refused(rich: Owner, path: str, shape: str) -> None:
    for field in fields(shape):
        if field.of.get("type") != "string":
            continue
        for text in STRANGE:
            before = rich.counter.everything()
            answer = rich.post(path, field.within(GOOD[shape], text))
            assert answer.status < 500, f"{field.name} {text!r}: {answer.text}"
            if answer.status >= 400:
                rich.refused(answer, before)
            assert "X-Injected" not in answer.headers


def test_other_versions_of_the_command_may_say_more_about_themselves(rich: Owner) -> None:
    answer = rich.post("/user-api/v1/validate-token", {**GOOD["CliToken"], "surprise": 1})
    assert (answer.status, answer.json["isSuccess"]) == (200, True)
    long = rich.post("/user-api/v1/validate-token", {"userApiToken": "a" * 60_000})
    assert (long.status, long.json["isSuccess"]) == (200, False)


@pytest.mark.parametrize("path", [path for path, shape in bodies() if shape in ("RentedAsked", "PowerAsked")])
@pytest.mark.parametrize(
    "which", [{}, {"instanceRentedSlug": "box", "instanceRentedPublicId": RENTAL}, {"instanceRentedSlug": ""}]
)
def test_the_command_names_one_server_and_in_one_way(rich: Owner, path: str, which: Body) -> None:
    before = rich.counter.everything()
    more = {"requestedPowerStatus": "REBOOT"} if path.endswith("power-status") else {}
    assert rich.refused(rich.post(path, {**which, **more}), before).code == "one_identifier"


# Bodies.


@pytest.mark.parametrize("path", sorted({path for path, _ in bodies()}))
def test_a_body_that_is_no_plain_json_is_refused(rich: Owner, path: str) -> None:
    before = rich.counter.everything()
    for raw, content_type, status, code in NO_JSON:
        sent = rich.caller(path).send(method_of(path), rich.found(path), raw, {"content-type": content_type})
        answer = rich.refused(sent, before)
        assert (answer.status, answer.code) == (status, code), raw[:24]


@pytest.mark.parametrize(
    ("method", "path"),
    [(m, p) for m, p, described in writes() if "requestBody" not in described and "withdrawals" not in p],
    ids=lambda value: str(value),
)
def test_what_takes_no_body_refuses_one(rich: Owner, method: str, path: str) -> None:
    before = rich.counter.everything()
    for raw in (b'{"force": true}', b"[]", b"null", b"\xff", b"a" * 70_000):
        sent = rich.caller(path).send(method, filled(path), raw, {"content-type": "application/json"})
        answer = rich.refused(sent, before)
        assert (answer.status, answer.code) in ((400, "body_not_taken"), (413, "too_large"))


# Queries.


@pytest.mark.parametrize(("method", "path", "described"), list(writes()), ids=lambda value: str(value)[:40])
def test_no_write_takes_a_query(rich: Owner, method: str, path: str, described: Body) -> None:
    before = rich.counter.everything()
    answer = rich.caller(path).send(method, filled(path) + "?surprise=1", b"{}", {"content-type": "application/json"})
    assert (rich.refused(answer, before).status, answer.field) == (400, "surprise")


@pytest.mark.parametrize("path", [path for method, path, _ in operations() if method == "GET"])
@pytest.mark.parametrize("query", ["surprise=1", "limit=1&limit=2", "limit[]=1", "%00=1", "cursor=x", "=&=", "%ff=1"])
def test_no_read_answers_a_query_that_it_does_not_know(rich: Owner, path: str, query: str) -> None:
    answer = rich.client.get(f"{filled(path)}?{query}")
    assert answer.status == 400, answer.text


# Who calls, and for whom.


@pytest.mark.parametrize(
    ("method", "path"),
    [(m, p) for m, p, described in operations() if described.get("security") != [] and not p.startswith(DAEMONS)],
)
def test_nothing_opens_without_a_token_that_is_good_now(rich: Owner, method: str, path: str) -> None:
    counter = rich.counter
    expired = counter.new_token(counter.account_id, expires_at=counter.now + HOUR)
    disabled = counter.new_token(counter.account_id)
    (newest, *_) = (one for one in counter.services.tokens.list(counter.account_id) if disabled.startswith(one.prefix))
    counter.services.tokens.disable(counter.account_id, newest.token_id, counter.now)
    counter.wait(hours=1)
    before = counter.everything()
    refusals = {
        None: "token_missing",
        "garbage": "token_unknown",
        (rich.client.token or "")[:-1] + "!": "token_unknown",
        expired: "token_expired",
        disabled: "token_disabled",
    }
    for token, code in refusals.items():
        raw = b"" if method == "GET" else b"{}"
        answer = rich.client.as_caller(token).send(method, filled(path), raw, {"content-type": "application/json"})
        assert (rich.refused(answer, before).status, answer.code) == (401, code)


def test_the_command_is_told_why_its_token_opens_nothing(rich: Owner) -> None:
    counter = rich.counter
    expiring = counter.new_token(counter.account_id, expires_at=counter.now + HOUR)
    counter.wait(hours=1)
    before = counter.everything()
    reasons = {None: "no access token is set", "garbage": "the token is not known", expiring: "the token has expired"}
    for token, reason in reasons.items():
        answer = rich.client.as_caller(None).post("/user-api/v1/validate-token", {"userApiToken": token})
        assert (answer.status, answer.json["isSuccess"]) == (200, False)
        assert answer.json["tokenInvalidReason"] == reason
    assert counter.everything() == before


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path, _ in writes() if "{" in path], ids=lambda value: str(value)
)
@pytest.mark.parametrize("text", ["x", "rent_", "RENT_" + "0" * 20, "rent_" + "u" * 20, "%2e%2e", "0" * 500, "é"])
def test_an_id_that_is_none_is_not_found(rich: Owner, method: str, path: str, text: str) -> None:
    before = rich.counter.everything()
    answer = rich.refused(rich.client.send(method, path.format(**dict.fromkeys(PATH_IDS, text)), b"", {}), before)
    assert (answer.status, answer.code) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"), [(m, p) for m, p, _ in operations() if "{" in p and "month" not in p], ids=lambda value: value
)
def test_what_belongs_to_somebody_else_is_not_found(rich: Owner, neighbour: Owner, method: str, path: str) -> None:
    foreign = path.format(
        rental_id=neighbour.owns[RENTAL],
        service_id=neighbour.owns[SERVICE],
        key_id=neighbour.owns[KEY],
        token_id=neighbour.owns["<token id>"],
        instance_id=neighbour.owns[SELF_HOSTED],
    )
    before = rich.counter.everything()
    shape = dict(bodies()).get(path) if method in ("POST", "PUT") else None
    body = json.dumps(GOOD[shape]).encode() if shape else b""
    answer, unknown = (
        rich.refused(rich.client.send(method, place, body, {"content-type": "application/json"}), before)
        for place in (foreign, filled(path))
    )
    assert (answer.status, answer.code) == (404, "not_found")
    assert answer.json == unknown.json, "what is somebody else's looks exactly like what does not exist"


FOREIGN = {
    "key_ids": [KEY],
    "instanceRentedPublicId": RENTAL,
    "instanceRentedSlug": "foreign",
    "sshPublicKeyPublicId": KEY,
    "selfhostedInstancePublicId": SELF_HOSTED,
    "selfhostedInstanceSlug": "foreign",
}
NAMES_OF_A_SERVER = (
    ("instanceRentedPublicId", "instanceRentedSlug"),
    ("selfhostedInstancePublicId", "selfhostedInstanceSlug"),
)
OF_NOBODY = ("offer_id", "concreteInstanceOfferPublicId")
"""Offers are for everybody."""
ANSWERED_AS_NONE = "/user-api/v3/self-hosted-instance/view"
"""The command says itself that there is none."""


@pytest.mark.parametrize(
    ("path", "shape", "field"),
    [(path, shape, field) for path, shape, field in id_fields() if field.name not in OF_NOBODY],
    ids=lambda value: value.name if isinstance(value, Field) else value,
)
def test_a_body_that_names_what_is_somebody_elses_is_answered_with_not_found(
    rich: Owner, neighbour: Owner, path: str, shape: str, field: Field
) -> None:
    either = next((names for names in NAMES_OF_A_SERVER if field.name in names), ())
    mine = filled_in({name: value for name, value in GOOD[shape].items() if name not in either}, rich.owns)
    named = mine | filled_in({field.name: FOREIGN[field.name]}, neighbour.owns)
    before = rich.counter.everything()
    answer = rich.client.post(path, named)
    if path == ANSWERED_AS_NONE:
        assert (answer.status, answer.json["selfhostedInstance"]) == (200, None)
        assert rich.counter.everything() == before
        return
    assert (rich.refused(answer, before).status, answer.code) == (404, "not_found")


def test_what_somebody_else_has_is_not_resolved_or_listed(rich: Owner, neighbour: Owner) -> None:
    for text in (neighbour.owns[RENTAL], "foreign"):
        answer = rich.post("/user-api/v1/resolve-user-input", {"entityIdentifier": text})
        assert (answer.status, answer.json["instanceRentedMatchData"]) == (200, [])
    for method, path, _ in operations():
        if method == "GET" and "{" not in path:
            text = rich.client.get(path).text
            assert not any(owned in text for owned in neighbour.owns.values()), path


# What the words mean.

KEY_ROUTES = {
    "/api/v1/keys": ("public_key", {"name": "laptop"}),
    "/user-api/v2/ssh-key/add-public-key-to-user": ("sshKey", {"note": "laptop"}),
    "/user-api/v2/ssh-key/is-user-has-public-ssh-key": ("sshKey", {}),
}
PRIVATE_KEYS = {name: private_text(name) for name in ("ed25519", "p256")}


def test_every_operation_that_takes_a_key_is_tried() -> None:
    takers = {path for path, shape in bodies() for field in fields(shape) if field.name in ("public_key", "sshKey")}
    assert takers == KEY_ROUTES.keys()


@pytest.mark.parametrize("path", KEY_ROUTES)
@pytest.mark.parametrize("kind", PRIVATE_KEYS)
def test_a_private_key_is_refused_and_never_repeated(
    rich: Owner, path: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = PRIVATE_KEYS[kind]
    before = rich.counter.everything()
    name, more = KEY_ROUTES[path]
    for pasted in (secret, secret.replace("\n", "\r\n"), secret.replace("\n", " "), PUBLIC_KEY + "\n" + secret):
        answer = rich.refused(rich.client.post(path, {**more, name: pasted}), before)
        assert (answer.status, answer.code, answer.field) == (400, "private_key", name)
        assert secret.splitlines()[2] not in answer.text + capsys.readouterr().out


@pytest.mark.parametrize("path", KEY_ROUTES)
@pytest.mark.parametrize(
    "text",
    [
        PUBLIC_KEY + "\n" + OTHER_KEY,
        PUBLIC_KEY + "\r" + OTHER_KEY,
        PUBLIC_KEY.replace(" ", "\n", 1),
        'command="sh" ' + PUBLIC_KEY,
        "no-pty " + PUBLIC_KEY,
        "cert-authority " + PUBLIC_KEY,
        PUBLIC_KEY[:40],
        PUBLIC_KEY.replace("ssh-ed25519 ", "ssh-rsa "),
        "# " + PUBLIC_KEY,
        "hello",
        "\x00" + PUBLIC_KEY,
    ],
    ids=lambda text: repr(text)[:24],
)
def test_a_key_that_is_not_one_plain_line_is_refused(rich: Owner, path: str, text: str) -> None:
    before = rich.counter.everything()
    name, more = KEY_ROUTES[path]
    answer = rich.refused(rich.client.post(path, {**more, name: text}), before)
    assert (answer.status, answer.code, answer.field) == (400, "invalid_ssh_key", name)


NAME_ROUTES = {
    "/api/v1/keys": ("name", "NewKey"),
    "/api/v1/tokens": ("description", "NewToken"),
    "/api/v1/rentals": ("name", "NewRental"),
    "/user-api/v1/instance-rented/create": ("slug", "RentAsked"),
    "/user-api/v2/ssh-key/add-public-key-to-user": ("note", "KeyToAdd"),
}


@pytest.mark.parametrize("path", NAME_ROUTES)
@pytest.mark.parametrize("name", ["[bold]", "[/x]", "<b>", "a\x07b", "a\nb", "\x1b[31mred", "a\x00b", "‮abc", "   "])
def test_a_name_with_brackets_or_control_characters_is_refused(rich: Owner, path: str, name: str) -> None:
    before = rich.counter.everything()
    field, shape = NAME_ROUTES[path]
    answer = rich.refused(rich.post(path, {**GOOD[shape], field: name}), before)
    assert (answer.status, answer.code, answer.field) == (400, "invalid_name", field)


RENT_ROUTES = {
    "/api/v1/rentals": lambda name: {"name": name, "offer_id": OFFER},
    "/user-api/v1/instance-rented/create": lambda name: {**GOOD["RentAsked"], "slug": name},
    "/user-api/v1/instance-rented/create?": lambda name: {
        **GOOD["RentAsked"], "slug": name, "forceStartRent": False, "concreteInstanceOfferPublicId": OFFER,
    },
}  # fmt: skip
"""Every way to rent: the last two are one address, by force and by choosing."""


@pytest.mark.parametrize("route", RENT_ROUTES)
def test_a_second_rental_of_a_name_and_a_sixth_rental_are_refused(rich: Owner, route: str) -> None:
    path, body = route.rstrip("?"), RENT_ROUTES[route]
    for number in range(4):
        rich.counter.rent(f"trainer-{number}")
    before = rich.counter.everything()
    twice = rich.refused(rich.client.post(path, body("box")), before)
    assert (twice.status, twice.code, twice.field) == (409, "name_taken", NAME_ROUTES[path][0])
    sixth = rich.refused(rich.client.post(path, body("sixth")), before)
    assert (sixth.status, sixth.code) == (409, "rental_limit_reached")


@pytest.mark.parametrize("amount", ["1.0000001", "-5", "1e3", "NaN", 12.5, None, "0.000001"])
def test_a_withdrawal_is_refused_whatever_the_amount(rich: Owner, amount: object) -> None:
    before = rich.counter.everything()
    answer = rich.refused(rich.client.post("/api/v1/withdrawals", {"amount": amount}), before)
    assert (answer.status, answer.code) == (403, "withdrawals_not_supported")


def test_no_request_can_name_an_amount_but_a_cap() -> None:
    """Only an operator books amounts, by a command with tests of its own. A body that takes one is to be tried here."""
    shapes = {shape: json.dumps(DOCUMENT["components"]["schemas"][shape]) for _, shape in bodies()}
    assert {shape for shape, asked in shapes.items() if "amount" in asked} == {"NewSpendingCap"}


@pytest.mark.parametrize("amount", ["1.0000001", "-5", "+5", "1e3", "NaN", "1,50", "$5", "0", "0.00", " 5", "5.", ".5"])
def test_an_amount_that_is_none_is_no_cap(rich: Owner, amount: str) -> None:
    before = rich.counter.everything()
    answer = rich.refused(rich.post("/api/v1/spending-cap", {"cap": amount}), before)
    assert (answer.status, answer.field) == (400, "cap")
