"""An account has a key once, finds it whatever its comment, and nobody else's."""

import pytest
from pynamodb.connection import Connection

from chalicelib.accounts.public_key import PublicKey
from chalicelib.accounts.ssh_keys import LONGEST_TOGETHER, SshKey, SshKeys
from chalicelib.adapters.dynamodb.ssh_keys import DynamoSshKeys
from chalicelib.adapters.ssh import LibraryInspector
from chalicelib.errors import Conflict, Invalid, LostRace, NotFound, OutcomeUnknown, Unavailable
from chalicelib.ids import Ids, is_id
from tests.accounts.conftest import NOON
from tests.accounts.key_texts import NAMES, private_text, public_text, string, text_of
from tests.adapters.dynamodb.emulated import items, recorded


@pytest.fixture
def store(identity: Connection) -> DynamoSshKeys:
    return DynamoSshKeys(identity, "IdentityTable")


@pytest.fixture
def keys(store: DynamoSshKeys, ids: Ids) -> SshKeys:
    return SshKeys(store, LibraryInspector(), ids)


class Doubtful:
    """An inspector that takes nothing."""

    def takes(self, key: PublicKey) -> bool:
        return False


def ed25519(number: int) -> str:
    """A distinct key of its type; nobody has its other half."""
    return text_of("ssh-ed25519", string(number.to_bytes(32, "big")))


@pytest.mark.parametrize("name", NAMES)
def test_a_key_is_added_and_listed(keys: SshKeys, name: str) -> None:
    key = keys.add("acct_1", f"{public_text(name)} ada@laptop\n", " Laptop ", NOON)
    assert is_id("key", key.key_id)
    assert (key.account_id, key.name, key.comment, key.created_at) == ("acct_1", "Laptop", "ada@laptop", NOON)
    assert key.canonical == public_text(name)
    assert key.key_type == public_text(name).split(" ")[0]
    assert keys.list("acct_1") == (key,)
    assert keys.get("acct_1", key.key_id) == key


def test_keys_are_listed_oldest_first(keys: SshKeys) -> None:
    added = [keys.add("acct_1", ed25519(number), f"key {number}", NOON + number) for number in (3, 1, 2)]
    assert keys.list("acct_1") == tuple(sorted(added, key=lambda key: key.created_at))


def test_the_same_key_again_is_a_conflict_that_names_the_first(keys: SshKeys) -> None:
    text = public_text("ed25519")
    keys.add("acct_1", f"{text} home", "Home", NOON)
    before = items("IdentityTable")
    with pytest.raises(Conflict) as caught:
        keys.add("acct_1", f"{text} office", "Office", NOON)
    assert caught.value.code == "duplicate_key"
    assert '"Home"' in caught.value.message
    assert items("IdentityTable") == before


def test_two_accounts_may_have_one_key(keys: SshKeys) -> None:
    text = public_text("ed25519")
    one, other = keys.add("acct_1", text, "a", NOON), keys.add("acct_2", text, "b", NOON)
    assert (keys.list("acct_1"), keys.list("acct_2")) == ((one,), (other,))


def test_a_key_is_found_by_its_text_in_one_read(keys: SshKeys, store: DynamoSshKeys) -> None:
    text = public_text("p256")
    key = keys.add("acct_1", text, "a", NOON)
    with recorded(store._connection) as calls:
        assert keys.find("acct_1", f"  {text} from elsewhere\r\n") == key
    assert [operation for operation, _ in calls] == ["GetItem"]
    assert keys.find("acct_2", text) is None
    assert keys.find("acct_1", public_text("p384")) is None
    with pytest.raises(Invalid):
        keys.find("acct_1", "no key")


def test_keys_are_chosen_in_order_by_one_query(keys: SshKeys, store: DynamoSshKeys) -> None:
    one, two, three = (keys.add("acct_1", ed25519(number), "k", NOON + number) for number in range(3))
    with recorded(store._connection) as calls:
        assert keys.choose("acct_1", [three.key_id, one.key_id]) == (three, one)
    assert [operation for operation, _ in calls] == ["Query"]
    with pytest.raises(NotFound):
        keys.choose("acct_1", [two.key_id, "key_unknown"])


def test_keys_of_others_are_not_found(keys: SshKeys) -> None:
    theirs = keys.add("acct_2", public_text("ed25519"), "a", NOON)
    for act in (keys.get, keys.delete):
        with pytest.raises(NotFound):
            act("acct_1", theirs.key_id)
    assert keys.list("acct_2") == (theirs,)


def test_a_deleted_key_is_gone_and_can_be_added_again(keys: SshKeys) -> None:
    text = public_text("ed25519")
    first = keys.add("acct_1", text, "a", NOON)
    keys.delete("acct_1", first.key_id)
    assert keys.list("acct_1") == ()
    assert [item["item"]["S"] for item in items("IdentityTable")] == ["roster"]
    with pytest.raises(NotFound):
        keys.delete("acct_1", first.key_id)
    second = keys.add("acct_1", text, "a", NOON)
    assert second.key_id != first.key_id


@pytest.mark.parametrize(
    ("text", "name", "code"),
    [
        ("no key", "a", "invalid_ssh_key"),
        (private_text("ed25519"), "a", "private_key"),
        (public_text("rsa1024"), "a", "invalid_ssh_key"),
        (text_of("ecdsa-sha2-nistp256", string(b"nistp256"), string(b"\4" + b"\1" * 64)), "a", "invalid_ssh_key"),
        (public_text("ed25519"), "", "invalid_name"),
        (public_text("ed25519"), "[a]", "invalid_name"),
        (public_text("ed25519"), "a\nb", "invalid_name"),
    ],
)
def test_bad_input_is_refused_and_nothing_written(keys: SshKeys, text: str, name: str, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        keys.add("acct_1", text, name, NOON)
    assert caught.value.code == code
    assert items("IdentityTable") == []


def test_the_inspector_has_a_veto(store: DynamoSshKeys, ids: Ids) -> None:
    with pytest.raises(Invalid) as caught:
        SshKeys(store, Doubtful(), ids).add("acct_1", public_text("ed25519"), "a", NOON)
    assert caught.value.code == "invalid_ssh_key"


def test_an_account_has_only_so_many_keys(keys: SshKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.accounts.ssh_keys.MOST_KEYS", 2)
    for number in range(2):
        keys.add("acct_1", ed25519(number), "a", NOON)
    with pytest.raises(Conflict) as caught:
        keys.add("acct_1", ed25519(2), "a", NOON)
    assert caught.value.code == "too_many_keys"


def test_an_accounts_keys_fit_into_what_a_server_starts_with(keys: SshKeys, store: DynamoSshKeys) -> None:
    long = SshKey("key_1", "acct_1", "a", "ssh-rsa " + "A" * (LONGEST_TOGETHER - 88), "", "SHA256:long", NOON)
    store.add_ssh_key(long)
    keys.add("acct_1", ed25519(1), "fits", NOON)
    with pytest.raises(Conflict) as caught:
        keys.add("acct_1", ed25519(2), "too much", NOON)
    assert caught.value.code == "too_many_keys"


# Races and answers that never came.


def test_of_two_that_add_a_key_at_once_one_is_told(
    keys: SshKeys, store: DynamoSshKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = keys.add("acct_1", public_text("ed25519"), "First", NOON)
    monkeypatch.setattr(store, "ssh_keys", lambda _: ())
    with pytest.raises(Conflict) as caught:
        keys.add("acct_1", public_text("ed25519"), "Second", NOON)
    assert '"First"' in caught.value.message
    monkeypatch.undo()
    assert keys.list("acct_1") == (first,)


def test_an_addition_without_an_answer_is_looked_up(
    keys: SshKeys, store: DynamoSshKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = store.add_ssh_key

    def lose_the_answer(key: SshKey) -> None:
        add(key)
        raise OutcomeUnknown

    def lose_the_request(_: SshKey) -> None:
        raise OutcomeUnknown

    monkeypatch.setattr(store, "add_ssh_key", lose_the_answer)
    key = keys.add("acct_1", ed25519(1), "a", NOON)
    monkeypatch.setattr(store, "add_ssh_key", lose_the_request)
    with pytest.raises(Unavailable):
        keys.add("acct_1", ed25519(2), "b", NOON)
    assert keys.list("acct_1") == (key,)


def test_a_deletion_without_an_answer_is_looked_up(
    keys: SshKeys, store: DynamoSshKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = keys.add("acct_1", ed25519(1), "a", NOON)
    delete = store.delete_ssh_key

    def lose_the_request(_: SshKey) -> None:
        raise OutcomeUnknown

    def lose_the_race(key: SshKey) -> None:
        delete(key)
        raise LostRace

    monkeypatch.setattr(store, "delete_ssh_key", lose_the_request)
    with pytest.raises(Unavailable):
        keys.delete("acct_1", key.key_id)
    monkeypatch.setattr(store, "delete_ssh_key", lose_the_race)
    keys.delete("acct_1", key.key_id)
    assert keys.list("acct_1") == ()


def test_a_deletion_never_takes_the_key_that_came_after(keys: SshKeys, store: DynamoSshKeys) -> None:
    old = keys.add("acct_1", ed25519(1), "old", NOON)
    keys.delete("acct_1", old.key_id)
    new = keys.add("acct_1", ed25519(1), "new", NOON)
    with pytest.raises(LostRace):
        store.delete_ssh_key(old)
    assert keys.list("acct_1") == (new,)
