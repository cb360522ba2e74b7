"""A short life that asks of every packaged function all that it ever asks of AWS, with secrets that can be told.

The calendar lives forty days as people do. This one goes where days seldom lead: schedules that are late, a message
that the stream dropped, a server that dies, one that nobody rents, requests that are refused.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pyotp import TOTP

from chalicelib.instances.provider import LaunchOrder
from chalicelib.money import USD
from tests.people.at_google import at_google
from tests.zipped.stack import ZippedStack

MINUTE, HOUR, DAY = 60, 3_600, 86_400
STARTS_AT = int(datetime(2027, 3, 1, 23, 30, tzinfo=UTC).timestamp())
REGION = "us-east-1"
KEY_BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
OTHER_BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
PRIVATE_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nmarkedprivatekey\n-----END OPENSSH PRIVATE KEY-----"
MARKS = {
    "e-mail address": "marked-address@example.com",
    "name": "Marked Person",
    "public key": KEY_BLOB,
    "other public key": OTHER_BLOB,
    "comment of a key": "marked-comment",
    "pasted private key": "markedprivatekey",
    "idempotency key": "marked-idempotency-key",
    "what a token is for": "marked-purpose",
    "a token that opens nothing": "tsai_api_marked_wrong_token",
    "address of a person": "marked-person@example.com",
    "another address": "marked-elsewhere@example.com",
    "name of a person": "Marked Newcomer",
    "address at Google": "marked-at-google@example.com",
    "name at Google": "Marked Googler",
    "password": "marked passphrase of walruses",
    "another password": "marked passphrase of herons",
    "body that is no JSON": "marked-body",
    "value of a field": "marked-value",
    "parameter of an address": "marked-parameter",
}
"""What people type or hold and no log may repeat. Secrets that are made on the way are added to these."""


@dataclass
class Life:
    """One account in a stack, and the secrets that went through it."""

    stack: ZippedStack
    account_id: str
    token: str
    secrets: dict[str, str] = field(default_factory=lambda: dict(MARKS))
    boxes: list[str] = field(default_factory=list)

    def post(self, path: str, body: object = None) -> Any:
        """The JSON of something that must be taken."""
        return self.stack.post("/api/v1" + path, self.token, body)

    def get(self, path: str) -> Any:
        """The JSON of a page that must be there."""
        return self.stack.get("/api/v1" + path, self.token)

    def status(self, box: str) -> str:
        """The status of a rental."""
        return str(self.get(f"/rentals/{box}")["status"])

    def credited(self, dollars: str, reference: str) -> None:
        """The operator books an amount, which may be negative."""
        self.stack.world.services.adjustments.adjust(self.account_id, USD.parse(dollars), "Test", reference)

    def used_a_minute(self) -> None:
        """A service is activated, used for a minute, and left for the close to book."""
        service = self.post("/services", {"code": "storage-1000"})
        self.stack.advance(MINUTE)
        self.post(f"/services/{service['id']}/deactivate")


def play(stack: ZippedStack) -> Life:
    """Live it all."""
    life = arrives(stack)
    somebody_else_launches(life)
    keys_and_tokens(life)
    a_server_of_ones_own(life)
    refusals(life)
    people(life)
    somebody_comes_by_google(life)
    rents(life)
    restarts(life)
    closes_early_and_late(life)
    suspended_and_restored(life)
    dies_and_ends(life)
    stack.run("inventory")
    life.secrets |= mail_texts(stack)
    return life


def arrives(stack: ZippedStack) -> Life:
    """An account with money."""
    services = stack.world.services
    opened = services.opening.prepare(MARKS["e-mail address"], services.clock(), verified=True, name=MARKS["name"])
    user = opened.user
    services.line_opening.open(user.account_id, user.user_id, USD, opened.writes, verified=True)
    life = Life(stack, user.account_id, opened.token.secret)
    life.secrets["token"] = opened.token.secret
    life.credited("250.00", "first-money")
    return life


def somebody_else_launches(life: Life) -> None:
    """A server with our stage's tag that no rental knows."""
    services = life.stack.world.services
    image_id, offer = services.provider.image(REGION), services.catalogue.get("off_g4dn-xlarge_us-east-1")
    services.provider.launch(LaunchOrder("stray", image_id, life.account_id, "rent_stray", "stray", offer, ()))


def keys_and_tokens(life: Life) -> None:
    """Every write to the table of identities."""
    comment = MARKS["comment of a key"]
    life.post("/keys", {"name": "laptop", "public_key": f"ssh-ed25519 {KEY_BLOB} {comment}"})
    other = life.post("/keys", {"name": "other", "public_key": f"ssh-ed25519 {OTHER_BLOB} {comment}"})
    assert life.stack.call("DELETE", f"/api/v1/keys/{other['id']}", life.token)[0] == 200
    made = life.post("/tokens", {"description": MARKS["what a token is for"]})
    life.secrets["token that was made"] = made["secret"]
    assert life.post(f"/tokens/{made['id']}/disable")["state"] == "disabled"
    assert len(life.get("/tokens")["items"]) == 2


def a_server_of_ones_own(life: Life) -> None:
    """Registered, heard, given another token, and deleted."""
    made = life.post("/self-hosted", {"name": "lab-1"})
    server_id, life.secrets["daemon's token"] = made["server"]["id"], made["token"]
    report = {
        "cpu_type": "AMD", "cpu_cores": 8, "memory_bytes": 1, "shm_total_bytes": 1, "shm_used_bytes": 0,
        "gpus": [], "host_user": "marked_user", "address": "2001:db8:bad:cafe::7",
    }  # fmt: skip
    life.secrets |= {"host user": "marked_user", "address of a server": "2001:db8:bad:cafe::7"}
    told = life.stack.post("/daemon-api/v1/heartbeat", made["token"], report)
    assert [key["public_key"].split()[1] for key in told["keys"]] == [KEY_BLOB]
    assert life.get(f"/self-hosted/{server_id}")["status"] == "RUNNING"
    life.secrets["daemon's other token"] = life.post(f"/self-hosted/{server_id}/token")["token"]
    assert life.stack.call("POST", "/daemon-api/v1/heartbeat", made["token"], report)[0] == 401
    assert life.stack.call("DELETE", f"/api/v1/self-hosted/{server_id}", life.token)[0] == 200
    assert [one["status"] for one in life.get("/self-hosted")["items"]] == ["DELETED"]


def refusals(life: Life) -> None:
    """Requests that are refused, each with something that nobody may read in a log."""
    stack, wrong = life.stack, MARKS["a token that opens nothing"]
    value = MARKS["value of a field"]
    refused = [
        stack.call("POST", "/api/v1/keys", life.token, {"name": "private", "public_key": PRIVATE_KEY}),
        stack.call("POST", "/api/v1/keys", life.token, {"name": value, "public_key": "x", value: value}),
        stack.call("POST", "/api/v1/rentals", life.token, MARKS["body that is no JSON"]),
        stack.call("GET", f"/api/v1/rentals/{value}", life.token),
        stack.call("GET", f"/api/v1/transactions?cursor={MARKS['parameter of an address']}", life.token),
        stack.call("GET", "/api/v1/balance", wrong),
        stack.call("GET", "/api/v1/balance", "", None, {"Authorization": f"Basic {wrong}"}),
    ]
    assert [status for status, _ in refused] == [400, 400, 400, 404, 400, 401, 401], refused
    asked = {"userApiToken": life.token, "cliVersion": value}
    assert stack.post("/user-api/v1/validate-token", "", asked)["isSuccess"] is True


def people(life: Life) -> None:
    """Somebody signs up, forgets a password, moves, turns a second factor on, and closes the account."""
    stack, person = life.stack, Person(life)
    person.send("/sign-up", email=person.email, password=person.password, name=MARKS["name of a person"])
    person.send("/email/verify", token=person.token("Confirm your e-mail address"))
    person.send("/password/forgot", email=person.email)
    stack.pass_unnoticed(2 * MINUTE)
    stack.run("relay_missed")
    person.password = MARKS["another password"]
    person.send("/password/reset", token=person.token("Set a new password"), password=person.password)
    person.logs_in()
    person.send("/email", email=MARKS["another address"], password=person.password)
    person.send("/email/confirm", token=person.token("Confirm your new e-mail address"))
    begun = person.send("/second-factor", password=person.password)
    life.secrets["secret of a second factor"] = begun["secret"]
    codes = person.send("/second-factor/confirm", code=TOTP(begun["secret"]).at(stack.world.clock()))["recovery_codes"]
    life.secrets |= {f"recovery code {number}": code for number, code in enumerate(codes)}
    person.email = MARKS["another address"]
    person.logs_in(code=codes[0])
    code = codes[1]
    person.send("/me/close", password=person.password, code=code)


def somebody_comes_by_google(life: Life) -> None:
    """From the console to who plays Google and back, in one browser."""
    stack, ours = life.stack, {"X-Console": "1", "Sec-Fetch-Site": "same-origin"}
    cookie, begun = stack.cookie_and_answer("POST", "/api/v1/google/begin", {})
    email, name = MARKS["address at Google"], MARKS["name at Google"]
    back = at_google(begun["address"], "marked-subject", email=email, email_verified=True, hd="example.com", name=name)
    life.secrets |= {"cookie of a sign-in": cookie.partition("=")[2], "code of Google": back["code"]}
    status, answer = stack.call("POST", "/api/v1/google/sign-in", "", back, ours | {"Cookie": cookie})
    assert (status, answer["email"]) == (201, email)


@dataclass
class Person:
    """Somebody at a browser."""

    life: Life
    email: str = MARKS["address of a person"]
    password: str = MARKS["password"]
    cookie: str = ""

    def send(self, path: str, **body: str) -> Any:
        """The JSON of something that must be taken."""
        headers = {"X-Console": "1", "Sec-Fetch-Site": "same-origin"} | ({"Cookie": self.cookie} if self.cookie else {})
        status, answer = self.life.stack.call("POST", "/api/v1" + path, "", body, headers)
        assert status in (200, 201, 202), answer
        return answer

    def logs_in(self, **more: str) -> None:
        """The session's secret is what its cookie holds."""
        self.cookie = ""
        body = {"email": self.email, "password": self.password, **more}
        self.cookie = self.life.stack.cookie_of("POST", "/api/v1/sessions", body)
        self.life.secrets[f"session of {len(self.life.secrets)}"] = self.cookie.partition("=")[2]

    def token(self, subject: str) -> str:
        """What the newest letter of that subject opens."""
        self.life.stack.advance(0)
        text = next(mail["text"] for mail in reversed(self.life.stack.mails()) if mail["subject"] == subject)
        token = text.partition("#token=")[2].split()[0]
        self.life.secrets[f"link of {subject}"] = token
        return str(token)


def rents(life: Life) -> None:
    """Two servers, one of them asked for twice, and none at first where there is no capacity."""
    header = {"Idempotency-Key": MARKS["idempotency key"]}
    life.stack.ec2("capacity", instance_type="g5.xlarge", available=False)
    for name, kind in (("box-a", "g4dn-xlarge"), ("box-b", "g5-xlarge")):
        body = {"name": name, "offer_id": f"off_{kind}_us-east-1"}
        answers = [life.stack.call("POST", "/api/v1/rentals", life.token, body, header) for _ in range(2)]
        assert answers[0][0] == answers[1][0] == 201 and answers[0][1]["id"] == answers[1][1]["id"], answers
        life.boxes.append(answers[0][1]["id"])
        header = {"Idempotency-Key": MARKS["idempotency key"] + "-2"}
    life.stack.advance(MINUTE)
    assert {one["status"] for one in life.get("/rentals")["items"]} >= {"IN_QUEUE"}
    life.stack.ec2("capacity", instance_type="g5.xlarge", available=True)
    life.stack.advance(5 * MINUTE)
    assert [life.status(box) for box in life.boxes] == ["ONLINE", "ONLINE"]


def restarts(life: Life) -> None:
    """A reboot; a stop and a start."""
    box_a, box_b = life.boxes
    life.post(f"/rentals/{box_a}/reboot")
    life.post(f"/rentals/{box_b}/stop")
    life.stack.advance(3 * MINUTE)
    assert [life.status(box) for box in life.boxes] == ["ONLINE", "STOPPED"]
    life.post(f"/rentals/{box_b}/start")
    life.stack.advance(3 * MINUTE)
    assert life.status(box_b) == "ONLINE"


def closes_early_and_late(life: Life) -> None:
    """What a midnight books is booked by whoever comes first: the sweep, or late, the driver or a request."""
    life.used_a_minute()
    life.stack.advance(HOUR)
    assert len(life.get("/transactions?kind=usage")["items"]) == 3
    life.used_a_minute()
    life.stack.pass_unnoticed(DAY)
    life.stack.run("look")
    assert len(life.get("/transactions?kind=usage")["items"]) == 6
    life.used_a_minute()
    life.stack.pass_unnoticed(DAY)
    life.post(f"/rentals/{life.boxes[1]}/stop")
    assert len(life.get("/transactions?kind=usage")["items"]) == 9


def suspended_and_restored(life: Life) -> None:
    """Nearly all money is taken back, and the stream of messages is late; the rest runs out; then there is more."""
    stack, box = life.stack, life.boxes[0]
    life.credited(str(Decimal("0.05") - Decimal(life.get("/balance")["balance"])), "taken-back")
    stack.pass_unnoticed(2 * MINUTE)
    stack.run("relay_missed")
    stack.advance(6 * MINUTE)
    assert "account_suspended" in [one["topic"] for one in life.get("/notifications")["items"]]
    assert (life.get("/balance")["status"], life.status(box)) == ("suspended", "STOPPED")
    life.credited("600.00", "given-again")
    stack.advance(5 * MINUTE)
    assert (life.get("/balance")["status"], life.status(box)) == ("active", "ONLINE")


def dies_and_ends(life: Life) -> None:
    """One server dies with use that did not happen; the other rental is ended by its owner."""
    box_a, box_b = life.boxes
    servers = life.stack.world.services.provider.servers(REGION)
    (server_id,) = [server.server_id for server in servers if server.rental_id == box_a]
    life.stack.pass_unnoticed(4 * MINUTE)
    life.stack.ec2(f"instances/{server_id}/die")
    life.stack.advance(10 * MINUTE)
    assert life.status(box_a) == "DELETED"
    newest = life.get("/transactions?kind=adjustment")["items"][0]
    assert newest["cause"].startswith(box_a) and newest["amount"][0] != "-"
    life.post(f"/rentals/{box_b}/terminate")
    life.stack.advance(3 * MINUTE)
    assert life.status(box_b) == "DELETED"


def mail_texts(stack: ZippedStack) -> dict[str, str]:
    """Every sentence of every e-mail that was sent, by where it stands."""
    lines = [
        (f"mail {number}, line {place}", line.strip())
        for number, mail in enumerate(stack.mails())
        for place, line in enumerate([mail["subject"], *mail["text"].splitlines()])
    ]
    return {where: line for where, line in lines if len(line) > 20}
