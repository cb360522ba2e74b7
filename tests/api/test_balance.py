"""The balance says what the account has at this second, why, and what is in use."""

from tests.api.counter import Counter
from tests.api.validated import Client


def test_a_new_account_has_nothing_and_runs_out_of_nothing(client: Client) -> None:
    answer = client.get("/api/v1/balance")
    assert answer.status == 200
    assert answer.json == {
        "balance": "0.000000",
        "currency": "USD",
        "rate_per_hour": "0.000000",
        "status": "active",
        "runs_out_at": None,
        "message": "Service end date is not specified",
        "as_of": "2025-12-31T12:00:00Z",
        "missing": "0.000000",
        "ends_at": None,
    }


def test_the_balance_falls_with_every_second_and_says_until_when_it_lasts(counter: Counter) -> None:
    counter.ready("1.11")
    counter.online(counter.rent()["id"])
    counter.wait(seconds=1800)
    answer = counter.client.get("/api/v1/balance").json
    assert (answer["balance"], answer["rate_per_hour"]) == ("0.555000", "1.110000")
    assert answer["runs_out_at"] == "2025-12-31T13:00:00Z"
    assert "31 December 2025, 13:00:00 UTC" in answer["message"]


def test_a_balance_that_outlasts_the_calendar_is_shown_until_its_end(counter: Counter) -> None:
    counter.ready("900000000")
    counter.client.post("/api/v1/services", {"code": "storage-100"})
    answer = counter.client.get("/api/v1/balance")
    assert (answer.status, answer.json["runs_out_at"]) == (200, "9999-12-31T23:59:59Z")
    assert "Friday 31 December 9999, 23:59:59 UTC" in answer.json["message"]


def test_an_account_that_ran_out_is_suspended_before_any_sweep(counter: Counter) -> None:
    counter.ready("1.11")
    counter.online(counter.rent()["id"])
    counter.wait(hours=2)
    before = counter.everything()
    answer = counter.client.get("/api/v1/balance").json
    assert (answer["status"], answer["balance"], answer["rate_per_hour"]) == ("suspended", "0.000000", "0.000000")
    assert answer["missing"] == "1.110000"
    assert answer["ends_at"] == "2026-01-07T13:00:00Z"
    assert counter.everything() == before


def test_the_explanation_adds_up(counter: Counter) -> None:
    counter.ready("10")
    counter.client.post("/api/v1/services", {"code": "qlip-license"})
    counter.online(counter.rent()["id"])
    counter.wait(seconds=12_345)
    answer = counter.client.get("/api/v1/balance/explain").json
    units = sum(int(meter["units"]) for meter in answer["meters"]) + int(answer["rounding_units"])
    assert _micros(answer["ledger"]) * 3600 - units == _micros(answer["balance"]) * 3600
    for meter in answer["meters"]:
        lines = sum(line["seconds"] * _micros(line["price_per_hour"]) for line in meter["lines"])
        assert int(meter["units"]) == lines + int(meter["carried_units"])


def test_usage_lists_rentals_and_services_with_what_they_cost(counter: Counter) -> None:
    counter.ready("10")
    service = counter.client.post("/api/v1/services", {"code": "qlip-license"}).json
    rental = counter.rent()
    counter.wait(hours=1)
    answer = counter.client.get("/api/v1/usage").json
    by_id = {item["id"]: item for item in answer["items"]}
    assert (by_id[rental["id"]]["state"], by_id[rental["id"]]["running_since"]) == ("free", None)
    assert by_id[service["id"]] == {
        "id": service["id"],
        "kind": "service",
        "name": "Qlip licence",
        "code": "qlip-license",
        "state": "charged",
        "price_per_hour": "0.120000",
        "running_since": "2025-12-31T12:00:00Z",
        "started_at": "2025-12-31T12:00:00Z",
        "ended_at": None,
        "lease_ends_at": None,
        "seconds_unbooked": 3600,
        "unbooked": "0.120000",
        "booked": "0.000000",
    }
    assert answer["rate_per_hour"] == "0.120000"


def test_what_was_booked_at_midnight_is_no_longer_unbooked(counter: Counter) -> None:
    counter.ready("10")
    service = counter.client.post("/api/v1/services", {"code": "qlip-license"}).json
    counter.wait(hours=13)
    counter.settle()
    (item,) = counter.client.get("/api/v1/usage").json["items"]
    assert (item["id"], item["booked"], item["unbooked"]) == (service["id"], "1.440000", "0.120000")


def test_what_a_suspension_stopped_is_halted(counter: Counter) -> None:
    counter.ready("2")
    counter.client.post("/api/v1/services", {"code": "qlip-license"})
    counter.wait(days=1)
    (item,) = counter.client.get("/api/v1/usage").json["items"]
    assert (item["state"], item["price_per_hour"], item["unbooked"]) == ("halted", "0.000000", "0.560000")


def _micros(amount: str) -> int:
    whole, _, part = amount.partition(".")
    return int(whole + part)
