"""A key that the platform makes: its private half is told once and is nowhere afterwards. docs/rules.md, "Accounts"."""

import subprocess
from pathlib import Path

import boto3
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

from tests.people.browser import Browser

KEYS = "/api/v1/keys"
GENERATE = KEYS + "/generate"


def everything_stored(browser: Browser) -> str:
    """All items of all tables."""
    dynamodb = boto3.client("dynamodb")
    names = browser.stack.world.provisioned.names
    tables = [name for logical_id, name in names.items() if logical_id.endswith("Table")]
    return str([page["Items"] for name in tables for page in dynamodb.get_paginator("scan").paginate(TableName=name)])


def test_both_halves_belong_together_and_are_ed25519(browser: Browser) -> None:
    key = browser.arrive().post(GENERATE, {"name": "laptop"})
    private = load_ssh_private_key(key["private_key"].encode(), None)
    public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    assert (public, key["type"], key["name"]) == (key["public_key"], "ssh-ed25519", "laptop")


def test_openssh_reads_it_as_it_is(browser: Browser, tmp_path: Path) -> None:
    key = browser.arrive().post(GENERATE, {"name": "laptop"})
    file = tmp_path / "id_ed25519"
    file.write_text(key["private_key"])
    file.chmod(0o600)
    try:
        told = subprocess.run(["ssh-keygen", "-y", "-f", file], capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("no ssh-keygen here")
    assert told.stdout.split()[:2] == key["public_key"].split()


def test_the_private_half_is_told_once_and_kept_nowhere(browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    key = browser.arrive().post(GENERATE, {"name": "laptop"})
    (listed,) = browser.get(KEYS)["items"]
    assert listed == {name: value for name, value in key.items() if name != "private_key"}
    stored, said = everything_stored(browser), capsys.readouterr()
    for line in key["private_key"].splitlines()[1:-1]:
        assert line not in stored
        assert line not in said.out + said.err


def test_no_two_are_the_same(browser: Browser) -> None:
    browser.arrive()
    first, second = (browser.post(GENERATE, {"name": "laptop"}) for _ in range(2))
    assert first["fingerprint"] != second["fingerprint"]
    assert first["private_key"] != second["private_key"]


def test_it_is_a_key_like_others(browser: Browser) -> None:
    browser.arrive()
    key = browser.post(GENERATE, {"name": "laptop"})
    assert browser.refused("POST", GENERATE, {"name": "[bold]"}) == (400, "invalid_name")
    again = {"name": "again", "public_key": key["public_key"]}
    assert browser.refused("POST", KEYS, again) == (409, "duplicate_key")
    assert browser.send("DELETE", f"{KEYS}/{key['id']}") == (200, {"id": key["id"]})
    assert browser.get(KEYS)["items"] == []
