"""Where things are in the table `identity`, and that a fact has one home."""

from dataclasses import replace

from pynamodb.connection import Connection

from chalicelib.accounts.ssh_keys import SshKey
from chalicelib.accounts.tokens import ApiToken
from chalicelib.accounts.users import User
from chalicelib.adapters.dynamodb.ssh_keys import DynamoSshKeys
from chalicelib.adapters.dynamodb.tokens import DynamoTokens
from chalicelib.adapters.dynamodb.transaction import commit
from chalicelib.adapters.dynamodb.users import DynamoUsers
from tests.adapters.dynamodb.emulated import items, recorded, time_to_live_attribute

USER = User("user_1", "acct_1", "ada@example.com", "Ada", created_at=10, email_verified_at=11)
TOKEN = ApiToken("tokn_1", "acct_1", "user_1", "ada@example.com", "Laptop", "tsai_api_abcd", "00ff", 10, 20, 15, 12)
KEY = SshKey("key_1", "acct_1", "Laptop", "ssh-ed25519 AAAA", "", "SHA256:abc", 10)


class Stores:
    """The three on one table."""

    def __init__(self, connection: Connection) -> None:
        self.users = DynamoUsers(connection, "IdentityTable")
        self.tokens = DynamoTokens(connection, "IdentityTable")
        self.keys = DynamoSshKeys(connection, "IdentityTable")


def keep(identity: Connection) -> Stores:
    stores = Stores(identity)
    commit(identity, [*stores.users.opening(USER), *stores.tokens.adding(TOKEN)])
    stores.keys.add_ssh_key(KEY)
    return stores


def test_records_come_back_as_they_were(identity: Connection) -> None:
    stores = keep(identity)
    assert stores.users.user("user_1") == USER
    assert stores.users.user_of_email("ada@example.com") == USER
    assert stores.users.members("acct_1") == (USER,)
    assert stores.tokens.token("00ff") == TOKEN
    assert stores.tokens.token_of_account("acct_1", "tokn_1") == TOKEN
    assert stores.tokens.tokens("acct_1") == (TOKEN,)
    assert stores.keys.ssh_keys("acct_1") == (KEY,)
    assert stores.keys.ssh_key("acct_1", "SHA256:abc") == KEY


def test_what_may_be_missing_comes_back_missing(identity: Connection) -> None:
    stores = Stores(identity)
    user = replace(USER, email_verified_at=None)
    token = TOKEN._replace(expires_at=None, disabled_at=None, last_used_at=None)
    commit(identity, [*stores.users.opening(user), *stores.tokens.adding(token)])
    assert stores.users.user("user_1") == user
    assert stores.tokens.token("00ff") == token


def test_keys_of_the_table(identity: Connection) -> None:
    keep(identity)
    assert sorted((item["key"]["S"], item["item"]["S"]) for item in items("IdentityTable")) == [
        ("account#acct_1", "key#SHA256:abc"),
        ("account#acct_1", "roster"),
        ("account#acct_1", "token#tokn_1"),
        ("account#acct_1", "user#user_1"),
        ("email#ada@example.com", "email"),
        ("token#00ff", "token"),
        ("user#user_1", "user"),
    ]


def test_moments_are_whole_numbers_in_the_table(identity: Connection) -> None:
    keep(identity)
    numbers = [value["N"] for item in items("IdentityTable") for value in item.values() if "N" in value]
    assert numbers
    assert all(number.isdigit() for number in numbers)


def test_nothing_here_is_deleted_by_time_to_live(identity: Connection) -> None:
    keep(identity)
    swept_by = time_to_live_attribute("IdentityTable")
    assert all(swept_by not in item for item in items("IdentityTable")), "expired tokens stay listed"


def test_lists_are_one_query_and_tokens_one_batch_more(identity: Connection) -> None:
    stores = keep(identity)
    with recorded(identity) as calls:
        stores.keys.ssh_keys("acct_1")
        stores.tokens.tokens("acct_1")
        stores.tokens.tokens("acct_none")
    assert [operation for operation, _ in calls] == ["Query", "Query", "BatchGetItem", "Query"]
    assert all(parameters["ConsistentRead"] for operation, parameters in calls if operation == "Query")


def test_more_tokens_than_a_batch_holds(identity: Connection) -> None:
    stores = Stores(identity)
    tokens = [TOKEN._replace(token_id=f"tokn_{n:03}", secret_hash=f"{n:03}", created_at=n) for n in range(103)]
    for token in tokens:
        stores.tokens.add(token)
    assert stores.tokens.tokens("acct_1") == tuple(reversed(tokens))


def test_opening_and_a_first_token_are_one_transaction(identity: Connection) -> None:
    stores = Stores(identity)
    with recorded(identity) as calls:
        commit(identity, [*stores.users.opening(USER), *stores.tokens.adding(TOKEN)])
    assert [operation for operation, _ in calls] == ["TransactWriteItems"]
    steps = calls[0][1]["TransactItems"]
    puts = [step["Put"] for step in steps if "Put" in step]
    assert (len(puts), [list(step) for step in steps if "Put" not in step]) == (5, [["Update"]])
    assert all("attribute_not_exists" in put["ConditionExpression"] for put in puts)
