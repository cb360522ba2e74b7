"""The API on the stores that are deployed, in emulated tables: what is kept comes back as the document says."""

from collections.abc import Iterator

import pytest

from chalicelib import bootstrap
from chalicelib.accounts.tokens import TokenOrder
from chalicelib.bootstrap import Services
from chalicelib.config import Config
from chalicelib.instances.rentals import Rentals
from chalicelib.money import USD
from chalicelib.signing import Signer
from tests.accounts.key_texts import private_text, public_text
from tests.adapters.dynamodb.emulated import emulated, items, recorded
from tests.api import bad_input
from tests.api.counter import NOON, OFFER, PUBLIC_KEY, api
from tests.api.validated import Client

OTHER_KEY = public_text("ed25519")
TABLES = ("AccountsTable", "JournalTable", "NoticesTable", "RentalsTable", "IdentityTable", "MachinesTable")
VARIABLES = {name.replace("Table", "_TABLE").upper(): name for name in TABLES}


class Shop:
    """An account with money, on real stores and a clock that the test moves."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.account_id = services.ids.new("acct", NOON)
        services.line_opening.open(self.account_id, "user_of_tests", USD, (), verified=True)
        order = TokenOrder(self.account_id, "user_of_tests", "ada@example.com", "Test")
        self.client = Client(api(), services.tokens.create(order, NOON).secret)
        services.adjustments.adjust(self.account_id, USD.parse("50.00"), "Welcome", "first")


class Moved:
    """A clock."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Moved:
    return Moved()


@pytest.fixture
def shop(clock: Moved) -> Iterator[Shop]:
    with emulated(*TABLES) as connection:
        services = Services(Config.from_environment({**VARIABLES, "API_URL": "https://api.example.com"}), clock)
        vars(services).update(connection=connection, signer=Signer(lambda: (b"the secret of the tests",)))
        stores = (services.books, services.reader, services.rentals_store, services.catalogue, services.keys)
        vars(services).update(rentals=Rentals(*stores, lambda account_id, rental_id: None))
        bootstrap.use(services)
        yield Shop(services)
    bootstrap.use(None)


def test_every_read_answers_as_the_document_says(shop: Shop, clock: Moved) -> None:
    client = shop.client
    assert client.post("/api/v1/keys", {"name": "laptop", "public_key": PUBLIC_KEY}).status == 201
    body = {"name": "trainer", "offer_id": OFFER, "stop_after_hours": 5}
    rental = client.post("/api/v1/rentals", body, Idempotency_Key="one")
    assert rental.status == 201, rental.text
    assert client.put(f"/api/v1/rentals/{rental.json['id']}/lease", {"stop_after_hours": 900}).status == 200
    assert client.put("/api/v1/spending-cap", {"cap": "1000"}).status == 200
    assert client.post("/api/v1/services", {"code": "qlip-license"}).status == 201
    clock.now += 30 * 86_400
    shop.services.books.settle(shop.account_id)
    for path in (
        "balance", "balance/explain", "usage", "transactions", "transactions?kind=usage&limit=1", "transactions.csv",
        "statements/2025-12", "statements/2026-01", "offers", "rentals", f"rentals/{rental.json['id']}", "services",
        "services/catalogue", "keys", "tokens", "spending-cap", "what-if?top_up=5", "notifications",
        "notifications?limit=1",
    ):  # fmt: skip
        assert client.get(f"/api/v1/{path}").status == 200, path
    assert client.get("/api/v1/transactions").json["items"]
    assert client.get("/api/v1/notifications").json["items"]
    assert client.get("/api/v1/balance").json["status"] == "suspended"


def test_one_idempotency_key_is_one_rental(shop: Shop) -> None:
    shop.client.post("/api/v1/keys", {"name": "laptop", "public_key": PUBLIC_KEY})
    body = {"name": "trainer", "offer_id": OFFER}
    first = shop.client.post("/api/v1/rentals", body, Idempotency_Key="one")
    again = shop.client.post("/api/v1/rentals", body, Idempotency_Key="one")
    assert (first.status, again.status, first.json["id"]) == (201, 201, again.json["id"])


@pytest.mark.parametrize("path", ["balance", "spending-cap", "what-if", f"what-if?offer_id={OFFER}&top_up=25.00"])
def test_the_balance_is_one_read_beside_the_tokens(shop: Shop, path: str) -> None:
    shop.client.get("/api/v1/balance")
    with recorded(shop.services.connection) as calls:
        assert shop.client.get(f"/api/v1/{path}").status == 200
    assert [(operation, parameters["TableName"]) for operation, parameters in calls] == [
        ("GetItem", "IdentityTable"),
        ("GetItem", "AccountsTable"),
    ]


def test_the_use_of_a_token_is_written_once_an_hour_and_never_to_the_account(shop: Shop, clock: Moved) -> None:
    account = items("AccountsTable")
    written = []
    for minutes in range(0, 180, 20):
        clock.now = NOON + minutes * 60 + 7
        with recorded(shop.services.connection) as calls:
            assert shop.client.get("/api/v1/rentals").status == 200
            assert shop.client.post("/user-api/v3/instance-rented/list", {}).status == 200
        written += [(minutes, name, sent["TableName"]) for name, sent in calls if name not in ("GetItem", "Query")]
    assert written == [(minutes, "UpdateItem", "IdentityTable") for minutes in (0, 60, 120)]
    assert items("AccountsTable") == account
    (token,) = shop.client.get("/api/v1/tokens").json["items"]
    assert token["last_used_at"] == "2025-12-31T14:00:00Z"


def test_a_token_opens_the_api_up_to_the_second_before_it_expires(shop: Shop, clock: Moved) -> None:
    made = shop.client.post("/api/v1/tokens", {"description": "CI", "expires_at": "2025-12-31T13:00:01Z"})
    bearer = shop.client.as_caller(made.json["secret"])
    clock.now = NOON + 3_600
    assert bearer.get("/api/v1/balance").status == 200
    clock.now += 1
    expired = bearer.get("/api/v1/balance")
    assert (expired.status, expired.code) == (401, "token_expired")
    states = {token["id"]: token["state"] for token in shop.client.get("/api/v1/tokens").json["items"]}
    assert states.pop(made.json["id"]) == "expired" and set(states.values()) == {"active"}


def test_pages_of_rentals_and_history_follow_their_cursors(shop: Shop, clock: Moved) -> None:
    shop.client.post("/api/v1/keys", {"name": "laptop", "public_key": PUBLIC_KEY})
    for number in range(3):
        clock.now += 1
        assert shop.client.post("/api/v1/rentals", {"name": f"t-{number}", "offer_id": OFFER}).status == 201
        shop.services.adjustments.adjust(shop.account_id, 1, "More", f"more-{number}")
    for path, count in (("rentals", 3), ("transactions", 4)):
        seen, cursor = [], ""
        while True:
            page = shop.client.get(f"/api/v1/{path}?limit=1{cursor}").json
            seen += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert len(seen) == len(set(seen)) == count


def test_no_bad_input_changes_the_tables_that_are_deployed(shop: Shop) -> None:
    shop.client.post("/api/v1/keys", {"name": "laptop", "public_key": PUBLIC_KEY})
    shop.client.post("/api/v1/rentals", {"name": "box", "offer_id": OFFER})
    daemon = shop.client.as_caller(shop.client.post("/api/v1/self-hosted", {"name": "lab-1"}).json["token"])
    before = {table: items(table) for table in TABLES}
    for case in bad_input.cases():
        assert 400 <= shop.client.post(case.path, case.body).status < 500, case
    for path, _ in bad_input.bodies():
        client = daemon if path.startswith(bad_input.DAEMONS) else shop.client
        for raw, content_type, status, _ in bad_input.NO_JSON:
            sent = client.send(bad_input.method_of(path), path, raw, {"content-type": content_type})
            assert sent.status == (404 if "{" in path else status), path
    assert {table: items(table) for table in TABLES} == before


KEYS, TOKENS, RENTALS = "/api/v1/keys", "/api/v1/tokens", "/api/v1/rentals"
MEANT_WRONG: tuple[tuple[str, object, int, str], ...] = (
    (KEYS, {"name": "laptop", "public_key": private_text("ed25519")}, 400, "private_key"),
    (KEYS, {"name": "laptop", "public_key": PUBLIC_KEY + "\n" + OTHER_KEY}, 400, "invalid_ssh_key"),
    (KEYS, {"name": "laptop", "public_key": 'command="sh" ' + OTHER_KEY}, 400, "invalid_ssh_key"),
    (KEYS, {"name": "[bold]", "public_key": OTHER_KEY}, 400, "invalid_name"),
    (KEYS, {"name": "again", "public_key": PUBLIC_KEY}, 409, "duplicate_key"),
    (TOKENS, {"description": "a\x07b"}, 400, "invalid_name"),
    (TOKENS, {"description": "CI", "expires_at": "2025-12-31T12:00:00Z"}, 400, "invalid_expiry"),
    (RENTALS, {"name": "box-0", "offer_id": OFFER}, 409, "name_taken"),
    (RENTALS, {"name": "sixth", "offer_id": OFFER}, 409, "rental_limit_reached"),
    (RENTALS, {"name": "sixth", "offer_id": "off_none"}, 404, "not_found"),
    ("/api/v1/services", {"code": "none"}, 404, "not_found"),
    ("/api/v1/withdrawals", {"amount": "5.00"}, 403, "withdrawals_not_supported"),
)
"""What is sent where by somebody with five rentals, and the status and code of its refusal."""


def test_what_the_rules_refuse_changes_nothing_in_the_tables_that_are_deployed(shop: Shop) -> None:
    shop.client.post(KEYS, {"name": "laptop", "public_key": PUBLIC_KEY})
    for number in range(5):
        assert shop.client.post(RENTALS, {"name": f"box-{number}", "offer_id": OFFER}).status == 201
    before = {table: items(table) for table in TABLES}
    for path, body, status, code in MEANT_WRONG:
        answer = shop.client.post(path, body)
        assert (answer.status, answer.code) == (status, code), (path, body)
    assert {table: items(table) for table in TABLES} == before


def test_what_is_somebody_elses_stays_as_it_is_in_the_tables_that_are_deployed(shop: Shop) -> None:
    owner, other = shop.client, Shop(shop.services).client
    key = owner.post(KEYS, {"name": "laptop", "public_key": PUBLIC_KEY}).json["id"]
    other.post(KEYS, {"name": "laptop", "public_key": OTHER_KEY})
    rental = owner.post(RENTALS, {"name": "box", "offer_id": OFFER}).json["id"]
    service = owner.post("/api/v1/services", {"code": "qlip-license"}).json["id"]
    (token,) = owner.get(TOKENS).json["items"]
    before = {table: items(table) for table in TABLES}
    for verb in ("start", "stop", "reboot", "terminate"):
        assert other.post(f"{RENTALS}/{rental}/{verb}").status == 404
    assert other.post(f"/api/v1/services/{service}/deactivate").status == 404
    assert other.delete(f"{KEYS}/{key}").status == 404
    assert other.post(f"{TOKENS}/{token['id']}/disable").status == 404
    assert other.post(RENTALS, {"name": "box", "offer_id": OFFER, "key_ids": [key]}).status == 404
    assert {table: items(table) for table in TABLES} == before


def test_a_token_that_opens_nothing_changes_nothing_in_the_tables_that_are_deployed(shop: Shop, clock: Moved) -> None:
    expiring = shop.client.post(TOKENS, {"description": "CI", "expires_at": "2025-12-31T13:00:00Z"}).json
    disabled = shop.client.post(TOKENS, {"description": "CI"}).json
    shop.client.post(f"{TOKENS}/{disabled['id']}/disable")
    clock.now += 3_600
    before = {table: items(table) for table in TABLES}
    for token, code in ((expiring["secret"], "token_expired"), (disabled["secret"], "token_disabled")):
        answer = shop.client.as_caller(token).post(KEYS, {"name": "laptop", "public_key": PUBLIC_KEY})
        assert (answer.status, answer.code) == (401, code)
    assert {table: items(table) for table in TABLES} == before
