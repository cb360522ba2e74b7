"""What the daemon takes for an answer, and how long it waits for the next. docs/rules.md, "Daemons"."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ids import Ids
from tests.accounts.key_texts import public_text
from tests.daemon.program import daemon

KEY = public_text("ed25519")
KEY_ID = Ids().new("key", 1)
GOOD: dict[str, Any] = {"keys": [{"id": KEY_ID, "public_key": KEY}], "next_in_seconds": 60, "token": None}


def read(answer: object) -> Any:
    return daemon.orders_of(json.dumps(answer).encode())


def test_a_good_answer_is_taken() -> None:
    orders = read(GOOD)
    assert (orders.keys, orders.next_in_seconds, orders.token) == ({KEY_ID: KEY}, 60, None)
    assert read({**GOOD, "more": 1}).keys == {KEY_ID: KEY}, "a later version may say more"


@pytest.mark.parametrize("kind", ["ed25519", "p256", "p384", "p521", "rsa2048", "sk-ed25519", "sk-p256"])
def test_every_kind_of_key_that_the_account_takes_is_taken(kind: str) -> None:
    read({**GOOD, "keys": [{"id": KEY_ID, "public_key": public_text(kind)}]})


@pytest.mark.parametrize(
    "line",
    [
        KEY + "\n", KEY + "\nssh-rsa AAAA", "\n" + KEY, KEY + "\r", f'command="reboot" {KEY}', f"no-pty {KEY}",
        KEY + " comment", KEY.replace(" ", "  "), KEY + "\x00", "# BEGIN", "", "ssh-dss " + KEY.split()[1],
        "ssh-ed25519 ", "ssh-ed25519-cert-v01@openssh.com " + KEY.split()[1], None, 5, [KEY],
    ],
)  # fmt: skip
def test_what_is_not_one_plain_key_spoils_the_whole_answer(line: object) -> None:
    with pytest.raises(daemon.Refused):
        read({**GOOD, "keys": [*GOOD["keys"], {"id": KEY_ID, "public_key": line}]})


@pytest.mark.parametrize(
    "answer",
    [
        [], {}, None, 5, "keys", {"keys": []}, {**GOOD, "keys": None}, {**GOOD, "keys": {}}, {**GOOD, "keys": [KEY]},
        {**GOOD, "keys": GOOD["keys"] * 201}, {**GOOD, "next_in_seconds": "60"}, {**GOOD, "next_in_seconds": True},
        {**GOOD, "next_in_seconds": 1.5}, {**GOOD, "token": 5}, {**GOOD, "token": "a b.c.d"},
        {**GOOD, "token": "a.b.c\n"},
        {**GOOD, "keys": [{"public_key": KEY}]}, {**GOOD, "keys": [{"id": "key_1", "public_key": KEY}]},
    ],
)  # fmt: skip
def test_an_answer_of_another_form_is_refused(answer: object) -> None:
    with pytest.raises(daemon.Refused):
        read(answer)


@given(st.binary(max_size=200))
def test_whatever_comes_is_refused_and_nothing_worse(body: bytes) -> None:
    with pytest.raises(daemon.Refused):
        daemon.orders_of(body)


def test_an_endless_answer_is_refused() -> None:
    with pytest.raises(daemon.Refused):
        daemon.orders_of(b" " * (64 * 1024) + json.dumps(GOOD).encode())
    with pytest.raises(daemon.Refused):
        daemon.orders_of(b"[" * 60_000)


@pytest.mark.parametrize(("asked", "taken"), [(-5, 10), (0, 10), (60, 60), (10**9, 900)])
def test_an_absurd_pause_is_not_kept(asked: int, taken: int) -> None:
    assert read({**GOOD, "next_in_seconds": asked}).next_in_seconds == taken


def test_pauses_grow_with_failures_and_are_never_the_same() -> None:
    longest = [max(daemon.pause_after(failures, 60) for _ in range(200)) for failures in range(10)]
    assert all(before < after for before, after in pairwise(longest[1:7]))
    assert longest[0] <= 60 and 800 < longest[-1] <= 900
    assert len({daemon.pause_after(0, 60) for _ in range(200)}) > 5


@pytest.mark.parametrize("url", ["http://api.example.com", "ftp://127.0.0.1", "", "api.example.com", "file:///etc/passwd"])
def test_the_token_goes_out_by_https_or_to_this_machine(url: str) -> None:
    with pytest.raises(daemon.Refused):
        daemon.settings_of({"THESTAGE_DAEMON_URL": url})
    assert daemon.settings_of({"THESTAGE_DAEMON_URL": "https://api.example.com/"}).url == "https://api.example.com"
    assert daemon.settings_of({"THESTAGE_DAEMON_URL": "http://127.0.0.1:8000"}).user == "root"
