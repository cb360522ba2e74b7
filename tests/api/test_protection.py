"""Leases, the spending cap and what would be, over HTTP."""

import pytest

from tests.api.counter import OFFER, Counter
from tests.api.validated import Client

RENTALS = "/api/v1/rentals"
CAP = "/api/v1/spending-cap"
WHAT_IF = "/api/v1/what-if"


def test_a_server_is_rented_for_some_hours(counter: Counter) -> None:
    counter.ready()
    rented = counter.rent(stop_after_hours=3)
    assert rented["lease_ends_at"] == "2025-12-31T15:00:00Z"
    assert counter.client.get(f"{RENTALS}/{rented['id']}").json == rented
    (used,) = counter.client.get("/api/v1/usage").json["items"]
    (explained,) = counter.client.get("/api/v1/balance/explain").json["meters"]
    assert used["lease_ends_at"] == explained["lease_ends_at"] == "2025-12-31T15:00:00Z"


def test_a_lease_is_set_moved_and_taken_away(counter: Counter) -> None:
    counter.ready()
    lease = f"{RENTALS}/{counter.rent()['id']}/lease"
    moved = counter.client.put(lease, {"stop_at": "2026-01-02"})
    assert (moved.status, moved.json["lease_ends_at"]) == (200, "2026-01-02T00:00:00Z")
    assert counter.client.put(lease, {"stop_at": "2026-01-02"}).json == moved.json, "the same again is the same"
    assert counter.client.put(lease, {"stop_after_hours": 1}).json["lease_ends_at"] == "2025-12-31T13:00:00Z"
    for _ in range(2):
        assert counter.client.delete(lease).json["lease_ends_at"] is None


def test_a_lease_that_has_ended_is_seen_before_anybody_noticed(counter: Counter) -> None:
    counter.ready()
    rented = counter.rent(stop_after_hours=1)
    counter.online(rented["id"])
    counter.wait(hours=1)
    before = counter.everything()
    seen = counter.client.get(f"{RENTALS}/{rented['id']}").json
    assert (seen["status"], seen["wish"], seen["price_per_hour"]) == ("STOPPING", "stopped", "0.013700")
    assert (seen["status_since"], seen["lease_ends_at"]) == ("2025-12-31T13:00:00Z", None)
    assert counter.client.get("/api/v1/balance").json["rate_per_hour"] == seen["price_per_hour"]
    assert counter.client.get(RENTALS).json["items"] == [seen]
    assert counter.everything() == before


@pytest.mark.parametrize(
    ("lease", "code", "field"),
    [
        ({}, "invalid_lease", "stop_at"),
        ({"stop_after_hours": 2, "stop_at": "2026-01-02"}, "invalid_lease", "stop_at"),
        ({"stop_at": "2025-12-31T12:00:00Z"}, "invalid_lease", "stop_at"),
        ({"stop_at": "2027-01-02"}, "invalid_lease", "stop_at"),
        ({"stop_at": "tomorrow"}, "invalid_moment", "stop_at"),
        ({"stop_after_hours": 0}, "invalid_field", "stop_after_hours"),
        ({"stop_after_hours": 8785}, "invalid_field", "stop_after_hours"),
        ({"stop_after_hours": 1.5}, "invalid_field", "stop_after_hours"),
    ],
)
def test_what_is_no_lease_is_refused(counter: Counter, lease: dict[str, object], code: str, field: str) -> None:
    counter.ready()
    rental_id = counter.rent()["id"]
    before = counter.everything()
    refused = counter.client.put(f"{RENTALS}/{rental_id}/lease", lease)
    assert (refused.status, refused.code, refused.field) == (400, code, field)
    if lease:
        again = counter.client.post(RENTALS, {"name": "other", "offer_id": OFFER, **lease})
        assert (again.status, again.code, again.field) == (400, code, field)
    assert counter.everything() == before


def test_nobody_sets_a_lease_on_what_is_not_theirs_or_over(counter: Counter) -> None:
    counter.ready()
    lease = f"{RENTALS}/{counter.rent()['id']}/lease"
    assert counter.stranger().put(lease, {"stop_after_hours": 1}).status == 404
    assert counter.stranger().delete(lease).status == 404
    counter.client.post(lease.replace("/lease", "/terminate"))
    over = counter.client.put(lease, {"stop_after_hours": 1})
    assert (over.status, over.code) == (409, "rental_over")


def test_the_same_idempotency_key_with_another_lease_is_refused(counter: Counter) -> None:
    counter.ready()
    body = {"name": "trainer", "offer_id": OFFER, "stop_after_hours": 1}
    first = counter.client.post(RENTALS, body, Idempotency_Key="try-1")
    counter.wait(hours=5)
    assert counter.client.post(RENTALS, body, Idempotency_Key="try-1").json["id"] == first.json["id"]
    other = counter.client.post(RENTALS, {**body, "stop_after_hours": 2}, Idempotency_Key="try-1")
    assert (other.status, other.code) == (409, "idempotency_key_reused")


def test_without_a_cap_what_was_used_is_seen(counter: Counter) -> None:
    assert counter.client.get(CAP).json == {
        "cap": None,
        "spent": "0.000000",
        "reached": False,
        "month_began_at": "2025-12-01T00:00:00Z",
        "month_ends_at": "2026-01-01T00:00:00Z",
        "as_of": "2025-12-31T12:00:00Z",
    }


def test_a_cap_is_set_reached_and_removed(counter: Counter) -> None:
    counter.ready("20")
    counter.online(counter.rent()["id"])
    assert counter.client.put(CAP, {"cap": "2.22"}).json["cap"] == "2.220000"
    counter.wait(hours=2)
    before = counter.everything()
    seen = counter.client.get(CAP).json
    assert (seen["spent"], seen["reached"]) == ("2.220000", True)
    assert counter.everything() == before
    for path, body in ((RENTALS, {"name": "b", "offer_id": OFFER}), ("/api/v1/services", {"code": "qlip-license"})):
        refused = counter.client.post(path, body)
        assert (refused.status, refused.code) == (409, "spending_cap_reached")
    assert "Raise or remove it, or wait until Thursday 1 January 2026" in refused.text
    topics = [one["topic"] for one in counter.client.get("/api/v1/notifications").json["items"]]
    assert topics[:2] == ["spending_cap_reached", "spending_cap_near"]
    counter.services.spending_caps.set(counter.account_id, None)
    assert counter.client.get(CAP).json["reached"] is False
    assert counter.client.post("/api/v1/services", {"code": "qlip-license"}).status == 201


def test_a_token_may_set_and_lower_a_cap_and_neither_raise_nor_remove_it(counter: Counter) -> None:
    for cap in ("100", "99.999999", "99.999999"):
        assert counter.client.put(CAP, {"cap": cap}).status == 200
    before = counter.everything()
    for cap in ("100", None):
        refused = counter.client.put(CAP, {"cap": cap})
        assert (refused.status, refused.code) == (403, "session_needed")
    assert counter.everything() == before


def test_a_new_month_lets_start_again(counter: Counter) -> None:
    counter.ready("50")
    counter.online(counter.rent()["id"])
    counter.client.put(CAP, {"cap": "1"})
    counter.wait(hours=12)
    assert counter.client.get(CAP).json["spent"] == "0.000000"
    assert counter.client.post("/api/v1/services", {"code": "qlip-license"}).status == 201


@pytest.mark.parametrize("cap", ["0", "0.000000", "-1", "1e3", "", "1.0000001", "10000000000", 5])
def test_what_is_no_cap_is_refused(client: Client, cap: object) -> None:
    assert client.put(CAP, {"cap": cap}).status == 400


def test_before_a_currency_there_is_no_cap(counter: Counter) -> None:
    newcomer = counter.client.as_caller(counter.open(currency=None)[1])
    refused = newcomer.put(CAP, {"cap": "5"})
    assert (refused.status, refused.code) == (409, "currency_not_chosen")


def test_what_would_be_with_an_offer_and_after_a_top_up(counter: Counter) -> None:
    counter.ready("2.22")
    counter.online(counter.rent()["id"])
    before = counter.everything()
    seen = counter.client.get(f"{WHAT_IF}?offer_id={OFFER}&top_up=11.10").json
    assert seen == {
        "balance": "13.320000",
        "rate_per_hour": "2.220000",
        "status": "active",
        "runs_out_at": "2025-12-31T18:00:00Z",
        "admitted": True,
        "refusal": None,
        "missing": "0.000000",
        "as_of": "2025-12-31T12:00:00Z",
    }
    counter.wait(seconds=1)
    short = counter.client.get(f"{WHAT_IF}?offer_id={OFFER}").json
    assert (short["admitted"], short["refusal"]["code"]) == (False, "insufficient_balance")
    assert short["missing"] == "0.000309"
    assert counter.client.get(WHAT_IF).json["admitted"] is None
    assert counter.everything() == before


def test_what_would_be_with_an_offer_for_some_hours(counter: Counter) -> None:
    counter.ready("2.247400")
    seen = counter.client.get(f"{WHAT_IF}?offer_id={OFFER}&stop_after_hours=2").json
    assert seen["runs_out_at"] == "2025-12-31T16:00:00Z", "two hours of the server, and two of its disk"
    alone = counter.client.get(f"{WHAT_IF}?stop_after_hours=2")
    assert (alone.status, alone.code, alone.field) == (400, "invalid_lease", "stop_after_hours")


@pytest.mark.parametrize(
    "query", ["stop_after_hours=0", "top_up=-1", "top_up=1.0000001", "top_up=", "offer=x", "offer_id="]
)
def test_what_is_no_supposition_is_refused(client: Client, query: str) -> None:
    assert client.get(f"{WHAT_IF}?{query}").status == 400


def test_an_offer_that_is_not_there_is_not_found(client: Client) -> None:
    unknown = client.get(f"{WHAT_IF}?offer_id=off_none")
    assert (unknown.status, unknown.field) == (404, "offer_id")
