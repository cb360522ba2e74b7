"""Services are activated under the check of a rental, charged from that second, and deactivated at any time."""

from dataclasses import replace

import pytest

from chalicelib.billing.payables import Payables
from chalicelib.errors import Conflict
from tests.api.counter import Counter
from tests.api.validated import Client

SERVICES = "/api/v1/services"


def test_the_catalogue_names_prices(client: Client) -> None:
    by_code = {item["code"]: item for item in client.get(f"{SERVICES}/catalogue").json["items"]}
    assert by_code["qlip-license"]["price_per_hour"] == "0.120000"


def test_a_service_is_activated_listed_and_deactivated(counter: Counter) -> None:
    counter.credit("5")
    active = counter.client.post(SERVICES, {"code": "qlip-license"})
    assert active.status == 201
    assert active.json == {
        "id": active.json["id"],
        "code": "qlip-license",
        "title": "Qlip licence",
        "state": "charged",
        "price_per_hour": "0.120000",
        "activated_at": "2025-12-31T12:00:00Z",
    }
    assert counter.client.get(SERVICES).json["items"] == [active.json]
    counter.wait(hours=1)
    gone = counter.client.post(f"{SERVICES}/{active.json['id']}/deactivate")
    assert (gone.status, gone.json) == (200, {"id": active.json["id"]})
    assert counter.client.get(SERVICES).json["items"] == []
    assert counter.client.get("/api/v1/balance").json["balance"] == "4.880000"
    assert counter.client.post(f"{SERVICES}/{active.json['id']}/deactivate").status == 404


def test_one_of_a_kind_is_active(counter: Counter) -> None:
    counter.credit("5")
    counter.client.post(SERVICES, {"code": "qlip-license"})
    again = counter.client.post(SERVICES, {"code": "qlip-license"})
    assert (again.status, again.code, again.field) == (409, "service_active", "code")


def test_a_limit_of_services_says_what_makes_room(counter: Counter) -> None:
    counter.credit("5")
    books = counter.services.books
    payables = Payables(replace(books, policy=replace(books.policy, service_limit=1)))
    first = payables.activate(counter.account_id, "qlip-license")
    with pytest.raises(Conflict) as caught:
        payables.activate(counter.account_id, "storage-100")
    assert caught.value.code == "service_limit_reached"
    assert caught.value.message == "1 services are active, which is the limit. Deactivate one first."
    payables.deactivate(counter.account_id, first.meter_id)
    payables.activate(counter.account_id, "storage-100")


def test_the_balance_must_cover_an_hour(counter: Counter) -> None:
    counter.credit("0.119999")
    before = counter.everything()
    answer = counter.client.post(SERVICES, {"code": "qlip-license"})
    assert (answer.status, answer.code) == (402, "insufficient_balance")
    assert counter.everything() == before


def test_what_is_not_in_the_catalogue_is_not_found(client: Client) -> None:
    answer = client.post(SERVICES, {"code": "gold"})
    assert (answer.status, answer.field) == (404, "code")


def test_a_suspended_account_may_deactivate_and_not_activate(counter: Counter) -> None:
    counter.credit("0.12")
    active = counter.client.post(SERVICES, {"code": "qlip-license"}).json
    counter.wait(hours=2)
    assert counter.client.get(SERVICES).json["items"][0]["state"] == "halted"
    refused = counter.client.post(SERVICES, {"code": "storage-100"})
    assert (refused.status, refused.code) == (409, "account_suspended")
    assert counter.client.post(f"{SERVICES}/{active['id']}/deactivate").status == 200


def test_somebody_elses_service_is_not_found(counter: Counter) -> None:
    counter.credit("5")
    active = counter.client.post(SERVICES, {"code": "qlip-license"}).json
    answer = counter.stranger().post(f"{SERVICES}/{active['id']}/deactivate")
    assert (answer.status, answer.code) == (404, "not_found")


def test_notifications_are_listed_newest_first_in_pages(counter: Counter) -> None:
    counter.credit("0.12")
    counter.client.post(SERVICES, {"code": "qlip-license"})
    counter.wait(hours=1)
    counter.settle()
    first = counter.client.get("/api/v1/notifications?limit=1").json
    rest = counter.client.get(f"/api/v1/notifications?cursor={first['next_cursor']}").json
    topics = [item["topic"] for item in (*first["items"], *rest["items"])]
    assert set(topics) == {"balance_low", "account_suspended", "service_suspended"}
    assert rest["next_cursor"] is None
    assert first["items"][0]["email"] == "pending"
    assert counter.stranger().get("/api/v1/notifications").json == {"items": [], "next_cursor": None}


def test_a_withdrawal_is_refused_whatever_it_says(counter: Counter) -> None:
    counter.credit("5")
    before = counter.everything()
    for body in (b"", b"{", b'{"amount": "1.00"}', b"\xff"):
        answer = counter.client.send("POST", "/api/v1/withdrawals", body, {})
        assert (answer.status, answer.code) == (403, "withdrawals_not_supported")
    assert counter.everything() == before
    assert counter.client.as_caller(None).post("/api/v1/withdrawals").status == 401
