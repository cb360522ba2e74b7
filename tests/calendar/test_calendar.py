"""Forty days through HTTP and every packaged function, with a clock that is moved: the life of four accounts."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.billing.reconciliation import Auditor
from chalicelib.instances.reconciliation import RentalAuditor
from chalicelib.money import USD
from ops import check_statement
from tests.policies.iam import refused
from tests.policies.packaged import permissions
from tests.zipped.stack import ZippedStack, zipped_stack

DAY, HOUR, MINUTE = 86_400, 3_600, 60
STARTS_AT = int(datetime(2027, 3, 1, 9, 30, tzinfo=UTC).timestamp())
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl ann"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZippedStack]:
    with zipped_stack(tmp_path_factory.mktemp("calendar"), STARTS_AT) as running:
        yield running


class Researcher:
    """One account and what its owner does, over HTTP."""

    def __init__(self, stack: ZippedStack, email: str) -> None:
        self.stack, self.email = stack, email
        services = stack.world.services
        opened = services.opening.prepare(email, services.clock(), verified=True)
        services.line_opening.open(opened.user.account_id, opened.user.user_id, USD, opened.writes, verified=True)
        self.account_id, self.token = opened.user.account_id, opened.token.secret
        self.post("/api/v1/keys", {"public_key": KEY, "name": "laptop"})

    def get(self, path: str) -> Any:
        return self.stack.get(path, self.token)

    def post(self, path: str, body: object = None) -> Any:
        return self.stack.post(path, self.token, body)

    def put(self, path: str, body: object) -> Any:
        status, answer = self.stack.call("PUT", path, self.token, body)
        assert status == 200, answer
        return answer

    def credited(self, dollars: str, reference: str) -> None:
        self.stack.world.services.adjustments.adjust(self.account_id, USD.parse(dollars), "Top-up", reference)
        self.stack.advance(0)

    def rents(self, name: str, instance_type: str, **more: object) -> str:
        offer = next(one for one in self.get("/api/v1/offers")["items"] if one["instance_type"] == instance_type)
        rental = self.post("/api/v1/rentals", {"name": name, "offer_id": offer["id"], **more})
        return str(rental["id"])

    def rental(self, rental_id: str) -> dict[str, Any]:
        return dict(self.get(f"/api/v1/rentals/{rental_id}"))

    def balance(self) -> dict[str, Any]:
        return dict(self.get("/api/v1/balance"))

    def entries(self, kind: str = "") -> list[dict[str, Any]]:
        """The whole history, oldest first."""
        items, cursor = [], ""
        while True:
            query = "&".join(filter(None, ["limit=100", kind and f"kind={kind}", cursor and f"cursor={cursor}"]))
            page = self.get(f"/api/v1/transactions?{query}")
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items[::-1]

    def topics(self) -> Counter[str]:
        return Counter(one["topic"] for one in self.get("/api/v1/notifications?limit=100")["items"])

    def told(self, topic: str) -> list[dict[str, Any]]:
        return [one for one in self.get("/api/v1/notifications?limit=100")["items"] if one["topic"] == topic]

    def mails(self) -> list[dict[str, Any]]:
        return [mail for mail in self.stack.mails() if mail["to"] == [self.email]]


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def test_forty_days(stack: ZippedStack, tmp_path: Path) -> None:
    packaged = stack.functions.files()
    ann, bob, cleo, dora = (Researcher(stack, f"{name}@example.com") for name in ("ann", "bob", "cleo", "dora"))
    box_a, box_b, service = first_day(stack, ann)
    leased = dora_protects_herself(stack, dora)
    other_boxes = {bob: rents_with_a_day_of_money(stack, bob), cleo: rents_with_a_day_of_money(stack, cleo)}
    runs_out_at = runs_to_zero(stack, ann, [box_a, box_b], bob, other_boxes[bob], cleo, other_boxes[cleo])
    credited_on_day_six(stack, ann, [box_a, box_b])
    stack.advance(STARTS_AT + 40 * DAY - stack.world.clock())
    books_are_exact(stack, ann, [box_a, box_b, service])
    dora_starts_again_in_april(stack, dora, leased)
    for meter in (box_a, service):
        used_to_the_second(ann, meter, runs_out_at)
    statements_fit(stack, [ann, bob, cleo, dora], tmp_path)
    assert set(stack.functions.calls) == stack.functions.names, "every function of the template has worked"
    assert stack.functions.failures == [], "and none has failed"
    assert stack.functions.files() == packaged, "or changed a file"
    assert refused(stack.needs(), permissions(stack.world.provisioned)) == [], "and did what it may"


def first_day(stack: ZippedStack, ann: Researcher) -> tuple[str, str, str]:
    ann.credited("600.00", "first-money")
    box_a, box_b = ann.rents("box-a", "g4dn.xlarge"), ann.rents("box-b", "g5.xlarge")
    service = ann.post("/api/v1/services", {"code": "storage-1000"})["id"]
    stack.advance(2 * MINUTE)
    for box in (box_a, box_b):
        assert ann.rental(box)["status"] == "ONLINE"
        assert ann.rental(box)["address"].startswith("203.0.113.")
    return box_a, box_b, str(service)


def dora_protects_herself(stack: ZippedStack, dora: Researcher) -> str:
    """A lease of thirty hours, and a cap that is reached before it ends: each at its own second."""
    dora.credited("200.00", "some-money")
    box = dora.rents("leased-box", "g4dn.xlarge", stop_after_hours=30)
    ends_at = moment(dora.rental(box)["lease_ends_at"])
    stack.advance(2 * MINUTE)
    assert dora.rental(box)["status"] == "ONLINE"
    dora.put("/api/v1/spending-cap", {"cap": "5.80"})
    (online,) = (moment(one["running_since"]) for one in dora.get("/api/v1/usage")["items"])
    left_when_it_ends = 208_800_000 * HOUR - 580_000 * (ends_at - online)
    assert moment(dora.get("/api/v1/what-if?top_up=8.80")["runs_out_at"]) == ends_at + left_when_it_ends // 13_700
    stack.advance(ends_at - stack.world.clock() + 5 * MINUTE)
    told = [(one["topic"], moment(one["created_at"])) for one in dora.get("/api/v1/notifications")["items"][::-1]]
    assert told == [
        ("spending_cap_near", online + 8 * HOUR),
        ("spending_cap_reached", online + 10 * HOUR),
        ("lease_ended", ends_at),
    ]
    assert len(dora.mails()) == len(told)
    assert (dora.rental(box)["status"], dora.rental(box)["wish"]) == ("STOPPED", "stopped")
    servers = stack.world.services.provider.servers("us-east-1")
    assert [server.state for server in servers if server.rental_id == box] == ["stopped"]
    status, refused = stack.call("POST", f"/api/v1/rentals/{box}/start", dora.token, None)
    assert (status, refused["error"]["code"]) == (409, "spending_cap_reached")
    (explained,) = dora.get("/api/v1/balance/explain")["meters"]
    assert [(moment(line["from"]), line["price_per_hour"]) for line in explained["lines"]][-1] == (ends_at, "0.013700")
    return box


def dora_starts_again_in_april(stack: ZippedStack, dora: Researcher, box: str) -> None:
    assert dora.rental(box)["status"] == "STOPPED"
    assert not dora.get("/api/v1/spending-cap")["reached"]
    dora.post(f"/api/v1/rentals/{box}/start")
    stack.advance(5 * MINUTE)
    assert (dora.rental(box)["status"], dora.rental(box)["lease_ends_at"]) == ("ONLINE", None)
    books_are_exact(stack, dora, [box])


def rents_with_a_day_of_money(stack: ZippedStack, who: Researcher) -> str:
    who.credited("14.00", "a-day")
    box = who.rents("lone-box", "g4dn.xlarge")
    stack.advance(2 * MINUTE)
    assert who.rental(box)["status"] == "ONLINE"
    return box


def runs_to_zero(
    stack: ZippedStack, ann: Researcher, boxes: list[str], bob: Researcher, bobs: str, cleo: Researcher, cleos: str
) -> int:
    """Until money is spent. Answers the second that could not be paid."""
    stack.advance(2 * DAY)
    ann.post(f"/api/v1/rentals/{boxes[1]}/stop")
    stack.advance(DAY)
    assert ann.rental(boxes[1])["status"] == "STOPPED"
    ann.post(f"/api/v1/rentals/{boxes[1]}/start")
    stack.advance(DAY)
    finds_no_capacity(stack, cleo, cleos)
    ends_on_day_seven(stack, bob, bobs)
    runs_out_at = moment(ann.balance()["runs_out_at"])
    stack.advance(runs_out_at - stack.world.clock() + 5 * MINUTE)
    warned_of_seven_five_and_one_day(ann)
    assert ann.balance()["status"] == "suspended"
    (suspended,) = ann.told("account_suspended")
    assert moment(suspended["created_at"]) == runs_out_at
    topics = ann.topics()
    assert (topics["rental_suspended"], topics["service_suspended"], topics["account_suspended"]) == (2, 1, 1)
    assert len(ann.mails()) == sum(topics.values()), "every message has been mailed, once"
    for box in boxes:
        assert (ann.rental(box)["status"], ann.rental(box)["status_label"]) == ("STOPPED", "Offline")
    assert Decimal(0) <= Decimal(ann.balance()["balance"]) < Decimal("0.001")
    return runs_out_at


def warned_of_seven_five_and_one_day(ann: Researcher) -> None:
    """Once each, by the run of the minute after."""
    warned = [(moment(one["created_at"]), one["title"]) for one in ann.told("balance_low")]
    left = [lasts_until(title) - created_at for created_at, title in sorted(warned)]
    assert len(left) == 3
    for seconds, days in zip(left, (7, 5, 1), strict=True):
        assert days * DAY - MINUTE <= seconds <= days * DAY


def lasts_until(title: str) -> int:
    """The moment that a notice of a low balance names."""
    named = datetime.strptime(title, "Your balance lasts until %A %d %B %Y, %H:%M:%S UTC").replace(tzinfo=UTC)
    return int(named.timestamp())


def finds_no_capacity(stack: ZippedStack, cleo: Researcher, box: str) -> None:
    assert cleo.balance()["status"] == "suspended"
    stack.ec2("capacity", instance_type="g4dn.xlarge", available=False)
    cleo.credited("20.00", "more-money")
    stack.advance(3 * HOUR)
    queued = cleo.balance()
    assert (queued["status"], queued["balance"][:2], queued["rate_per_hour"]) == ("active", "20", "0.000000")
    assert cleo.rental(box)["status"] == "IN_QUEUE"
    stack.ec2("capacity", instance_type="g4dn.xlarge", available=True)
    stack.advance(20 * MINUTE)
    assert cleo.rental(box)["status"] == "ONLINE"


def ends_on_day_seven(stack: ZippedStack, bob: Researcher, box: str) -> None:
    assert bob.balance()["status"] == "suspended"
    suspended = next(m for m in bob.get("/api/v1/notifications")["items"] if m["topic"] == "account_suspended")
    ends_at = moment(suspended["created_at"]) + 7 * DAY
    stack.advance(ends_at - DAY - stack.world.clock() + 2 * MINUTE)
    assert bob.topics()["last_call"] == 1
    stack.advance(DAY - 10 * MINUTE)
    assert bob.rental(box)["status"] == "STOPPED"
    stack.advance(20 * MINUTE)
    assert bob.rental(box)["status"] == "DELETED"
    assert bob.topics()["ended_for_good"] == 1
    assert bob.balance()["status"] == "active"
    servers = list(stack.world.services.provider.servers("us-east-1"))
    assert not [server for server in servers if server.account_id == bob.account_id]


def credited_on_day_six(stack: ZippedStack, ann: Researcher, boxes: list[str]) -> None:
    before = [entry["sequence"] for entry in ann.entries()]
    stack.advance(6 * DAY + HOUR)
    assert ann.topics()["last_call"] == 1
    assert "Offline" not in ann.mails()[-1]["subject"]
    halted = ann.balance()["balance"]
    assert len(ann.entries()) - len(before) <= 3, "nothing is charged while halted, but the last day's use"
    ann.credited("900.00", "on-day-six")
    stack.advance(30 * MINUTE)
    assert ann.balance()["status"] == "active"
    assert Decimal(ann.balance()["balance"]) > Decimal(halted) + 899 - 1
    for box in boxes:
        assert ann.rental(box)["status"] == "ONLINE"
    assert ann.topics()["account_restored"] == 1


def books_are_exact(stack: ZippedStack, ann: Researcher, meters: list[str]) -> None:
    for meter in meters:
        deductions = [entry for entry in ann.entries("usage") if entry["cause"] == meter]
        exact = sum(Decimal(line["price_per_hour"]) * line["seconds"] for one in deductions for line in one["lines"])
        charged = -sum(Decimal(one["amount"]) for one in deductions)
        assert 0 <= exact / 3600 - charged < Decimal("0.000001"), "rounded down once, however many days"
        days = [one["created_at"][:10] for one in deductions]
        assert len(days) == len(set(days)), "one deduction a day"
    explained = ann.get("/api/v1/balance/explain")
    assert explained["balance"] == ann.balance()["balance"]
    services = stack.world.services
    assert Auditor(services.books_store).audit().differences == []
    assert RentalAuditor(services.rentals_store, services.books_store, services.inventory).audit() == []


def used_to_the_second(ann: Researcher, meter: str, runs_out_at: int) -> None:
    """What was never stopped is charged without a gap up to the second that could not be paid, and again from later."""
    deductions = [entry for entry in ann.entries("usage") if entry["cause"] == meter]
    lines = [(moment(line["from"]), moment(line["to"])) for one in deductions for line in one["lines"]]
    before = [line for line in lines if line[0] < runs_out_at]
    after = [line for line in lines if line[0] >= runs_out_at]
    assert STARTS_AT <= before[0][0] <= STARTS_AT + 2 * MINUTE
    assert before[-1][1] == runs_out_at
    assert after[0][0] >= runs_out_at + 6 * DAY, "nothing while halted"
    for stretch in (before, after):
        assert [end for _, end in stretch[:-1]] == [start for start, _ in stretch[1:]]


def statements_fit(stack: ZippedStack, researchers: list[Researcher], folder: Path) -> None:
    for month in ("2027-03", "2027-04"):
        for who in researchers:
            file = folder / f"{who.account_id}-{month}.json"
            file.write_text(json.dumps(who.get(f"/api/v1/statements/{month}")))
            assert check_statement.main([str(file)]) == 0
