"""Renting over HTTP: what an offer would mean, one rental for one key of idempotency, and what its owner wishes."""

from dataclasses import replace

import pytest

from chalicelib.instances.status import Status
from tests.api.counter import OFFER, Counter
from tests.api.validated import Client

RENTALS = "/api/v1/rentals"


def test_offers_are_cheapest_first_and_filtered(client: Client) -> None:
    offers = client.get("/api/v1/offers").json["items"]
    prices = [float(offer["running_price_per_hour"]) for offer in offers]
    assert prices == sorted(prices)
    eight = client.get("/api/v1/offers?gpu_name=a100&gpu_count=8&provider=amazon").json["items"]
    assert {(offer["gpu_name"], offer["gpu_count"]) for offer in eight} == {("A100", 8)}
    assert client.get("/api/v1/offers?region=mars-1").json["items"] == []


@pytest.mark.parametrize("query", ["gpu_count=0", "gpu_count=many", "gpu_name=", "gpu=T4"])
def test_a_filter_of_offers_that_is_none_is_refused(client: Client, query: str) -> None:
    assert client.get(f"/api/v1/offers?{query}").status == 400


def test_a_quote_says_what_it_would_mean(counter: Counter) -> None:
    counter.ready("11.10")
    before = counter.everything()
    quote = counter.client.post("/api/v1/quote", {"offer_id": OFFER}).json
    assert (quote["hourly_need"], quote["balance"], quote["admitted"]) == ("1.110000", "11.100000", True)
    assert (quote["lasts_until"], quote["refusal"]) == ("2025-12-31T22:00:00Z", None)
    assert quote["offer"]["id"] == OFFER
    assert counter.everything() == before


def test_a_quote_says_why_not(counter: Counter) -> None:
    assert counter.client.post("/api/v1/quote", {"offer_id": OFFER}).json["refusal"]["code"] == "no_ssh_key"
    counter.add_key()
    quote = counter.client.post("/api/v1/quote", {"offer_id": OFFER}).json
    assert (quote["admitted"], quote["refusal"]["code"]) == (False, "insufficient_balance")
    unknown = counter.client.post("/api/v1/quote", {"offer_id": "off_none"})
    assert (unknown.status, unknown.field) == (404, "offer_id")


def test_a_server_is_rented_seen_and_listed(counter: Counter) -> None:
    counter.ready()
    rented = counter.rent()
    assert (rented["status"], rented["status_label"], rented["wish"]) == ("CREATING", "Creating", "running")
    assert (rented["price_per_hour"], rented["address"]) == ("0.000000", None)
    assert counter.client.get(f"{RENTALS}/{rented['id']}").json == rented
    assert counter.client.get(RENTALS).json == {"items": [rented], "next_cursor": None}
    assert counter.woken == [rented["id"]]
    counter.online(rented["id"])
    online = counter.client.get(f"{RENTALS}/{rented['id']}").json
    assert (online["status_label"], online["price_per_hour"]) == ("Online", "1.110000")
    assert online["address"] == "203.0.113.7"


@pytest.mark.parametrize(
    ("refusal", "reason"),
    [
        ("no_capacity", "The provider has no capacity for this server."),
        ("Server.InternalError", "The provider did not start this server."),
    ],
)
def test_a_server_that_is_queued_says_why(counter: Counter, refusal: str, reason: str) -> None:
    counter.ready()
    rented = counter.rent()
    assert rented["queue_reason"] is None
    store = counter.services.rentals_store
    before = store.rental(counter.account_id, rented["id"])
    queued = replace(before.with_status(Status.IN_QUEUE, counter.now), refusals=1, refusal=refusal)
    store.save(before, queued)
    shown = counter.client.get(f"{RENTALS}/{rented['id']}").json
    assert (shown["status"], shown["status_label"], shown["price_per_hour"]) == ("IN_QUEUE", "In queue", "0.000000")
    assert shown["queue_reason"] == f"{reason} It is tried again, and nothing is charged until it runs."


def test_the_same_idempotency_key_rents_once(counter: Counter) -> None:
    counter.ready()
    body = {"name": "trainer", "offer_id": OFFER}
    first = counter.client.post(RENTALS, body, Idempotency_Key="try-1")
    again = counter.client.post(RENTALS, body, Idempotency_Key="try-1")
    assert (first.status, again.status) == (201, 201)
    assert first.json["id"] == again.json["id"]
    other = counter.client.post(RENTALS, {**body, "name": "other"}, Idempotency_Key="try-1")
    assert (other.status, other.code, other.field) == (409, "idempotency_key_reused", "Idempotency-Key")
    assert len(counter.client.get(RENTALS).json["items"]) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 65, "é"])
def test_an_idempotency_key_of_another_form_is_refused(counter: Counter, key: str) -> None:
    counter.ready()
    before = counter.everything()
    answer = counter.client.post(RENTALS, {"name": "trainer", "offer_id": OFFER}, Idempotency_Key=key)
    assert (answer.status, answer.code) == (400, "invalid_idempotency_key")
    assert counter.everything() == before


def test_the_chosen_keys_are_those_of_the_rental(counter: Counter) -> None:
    counter.ready()
    (key,) = counter.client.get("/api/v1/keys").json["items"]
    assert counter.rent(key_ids=[key["id"]])["key_ids"] == [key["id"]]
    foreign = counter.client.post(RENTALS, {"name": "b", "offer_id": OFFER, "key_ids": ["key_" + "0" * 20]})
    assert (foreign.status, foreign.field) == (404, "key_ids")


def test_a_second_rental_of_a_name_and_a_sixth_rental_are_refused(counter: Counter) -> None:
    counter.ready()
    for number in range(5):
        counter.rent(f"trainer-{number}")
    before = counter.everything()
    twice = counter.client.post(RENTALS, {"name": "trainer-0", "offer_id": OFFER})
    sixth = counter.client.post(RENTALS, {"name": "trainer-5", "offer_id": OFFER})
    assert (twice.status, twice.code, twice.field) == (409, "name_taken", "name")
    assert (sixth.status, sixth.code) == (409, "rental_limit_reached")
    assert counter.everything() == before


def test_without_a_verified_address_one_looks_around_and_starts_nothing(counter: Counter) -> None:
    counter.account_id, token = counter.open(verified=False)
    counter.client = counter.client.as_caller(token)
    counter.credit("100")
    before = counter.everything()
    quote = counter.client.post("/api/v1/quote", {"offer_id": OFFER}).json
    assert (quote["admitted"], quote["refusal"]["code"]) == (False, "email_not_verified")
    starts = {RENTALS: {"name": "trainer", "offer_id": OFFER}, "/api/v1/services": {"code": "qlip-license"}}
    for path, body in starts.items():
        answer = counter.client.post(path, body)
        assert (answer.status, answer.code, answer.field) == (403, "email_not_verified", None)
    assert counter.everything() == before
    assert counter.client.get("/api/v1/balance").json["balance"] == "100.000000"
    assert counter.woken == []


def test_without_a_key_or_money_nothing_is_rented(counter: Counter) -> None:
    body = {"name": "trainer", "offer_id": OFFER}
    counter.credit("1.109999")
    assert counter.client.post(RENTALS, body).code == "no_ssh_key"
    counter.add_key()
    answer = counter.client.post(RENTALS, body)
    assert (answer.status, answer.code) == (402, "insufficient_balance")


@pytest.mark.parametrize("name", ["Trainer", "-a", "a-", "a b", "a[b]", "a;b", "ä", "a\n"])
def test_a_name_is_one_that_a_shell_can_be_told(counter: Counter, name: str) -> None:
    counter.ready()
    answer = counter.client.post(RENTALS, {"name": name, "offer_id": OFFER})
    assert (answer.status, answer.code, answer.field) == (400, "invalid_name", "name")


def test_an_owner_stops_starts_reboots_and_terminates(counter: Counter) -> None:
    counter.ready()
    rental_id = counter.rent()["id"]
    counter.online(rental_id)
    address = f"{RENTALS}/{rental_id}"
    assert counter.client.post(f"{address}/reboot").json["status"] == "REBOOTING"
    stopped = counter.client.post(f"{address}/stop", {}).json
    assert (stopped["status"], stopped["wish"], stopped["price_per_hour"]) == ("STOPPING", "stopped", "0.013700")
    not_online = counter.client.post(f"{address}/reboot")
    assert (not_online.status, not_online.code) == (409, "not_online")
    assert counter.client.post(f"{address}/start").json["wish"] == "running"
    over = counter.client.post(f"{address}/terminate").json
    assert (over["status"], over["wish"], over["price_per_hour"]) == ("TERMINATING", "gone", "0.000000")
    assert counter.client.post(f"{address}/terminate").json["status"] == "TERMINATING"
    late = counter.client.post(f"{address}/start")
    assert (late.status, late.code) == (409, "rental_over")


def test_a_suspended_owner_may_only_terminate_or_let_it_stay_stopped(counter: Counter) -> None:
    counter.ready("1.11")
    rental_id = counter.rent()["id"]
    counter.online(rental_id)
    counter.wait(hours=2)
    address = f"{RENTALS}/{rental_id}"
    for verb in ("start", "reboot"):
        refused = counter.client.post(f"{address}/{verb}")
        assert (refused.status, refused.code) == (409, "account_suspended")
    assert counter.client.post(RENTALS, {"name": "b", "offer_id": OFFER}).code == "account_suspended"
    assert counter.client.post(f"{address}/stop").status == 200
    assert counter.client.get(address).json["price_per_hour"] == "0.000000"
    assert counter.client.post(f"{address}/terminate").status == 200


@pytest.mark.parametrize("verb", ["", "/start", "/stop", "/reboot", "/terminate"])
@pytest.mark.parametrize("foreign", [True, False])
def test_somebody_elses_rental_is_not_found(counter: Counter, verb: str, foreign: bool) -> None:
    counter.ready()
    rental_id = counter.rent()["id"] if foreign else "rent_x"
    stranger = counter.stranger()
    before = counter.everything()
    answer = stranger.send("POST" if verb else "GET", f"{RENTALS}/{rental_id}{verb}", b"", {})
    assert (answer.status, answer.code) == (404, "not_found")
    assert counter.everything() == before


def test_rentals_come_in_pages_of_their_owner(counter: Counter) -> None:
    counter.ready()
    names = [f"trainer-{number}" for number in range(3)]
    for name in names:
        counter.wait(seconds=1)
        counter.rent(name)
    page = counter.client.get(f"{RENTALS}?limit=2").json
    rest = counter.client.get(f"{RENTALS}?limit=2&cursor={page['next_cursor']}").json
    assert [item["name"] for item in (*page["items"], *rest["items"])] == names[::-1]
    assert rest["next_cursor"] is None
    assert counter.stranger().get(f"{RENTALS}?cursor={page['next_cursor']}").json["items"] == []
