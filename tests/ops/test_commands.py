"""`python -m ops`: each command against tables of its own, with the mistakes that an operator makes."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import boto3
import pytest

from chalicelib.accounts.tokens import Refusal
from chalicelib.billing.closing import LineClosing
from chalicelib.bootstrap import Services
from chalicelib.instances.rentals import Order
from local.ec2_network import Ec2Ids
from local.engine import ROOT, free_port
from ops import __main__ as command
from ops.stack import NoStack, connect
from tests.accounts.key_texts import public_text
from tests.engines import Aws, FreshTables
from tests.ops.statements import two_entries

Ops = Callable[..., tuple[int, str]]


@pytest.fixture
def ops(
    fresh_tables: FreshTables,
    ec2_aws: Aws,
    ec2_ids: Ec2Ids,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Ops:
    """Runs a command; answers its exit status and all it printed."""
    for name, value in {**fresh_tables.variables, **ec2_ids.variables()}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", ec2_aws.engine.url)

    def run(*arguments: str) -> tuple[int, str]:
        status = command.main(arguments)
        said = capsys.readouterr()
        return status, said.out + said.err

    return run


def word_after(label: str, text: str) -> str:
    return next(line.split()[1] for line in text.splitlines() if line.startswith(label))


def test_an_account_is_opened_funded_shown_and_verified(ops: Ops) -> None:
    status, opened = ops("open-account", "Ann@Example.com")
    assert status == 0
    token, account = word_after("token", opened), word_after("account", opened)
    services = Services()
    assert services.tokens.authenticate(token, services.clock()).account_id == account

    status, credited = ops("credit", "ann@example.com", "25.50", "--reason", "Welcome")
    assert status == 0 and "booked 25.500000 USD as entry 1" in credited
    assert word_after("reference", credited).startswith("adjm_")

    status, shown = ops("show", account)
    assert status == 0
    assert word_after("balance", shown) == "25.500000"
    assert "Service end date is not specified" in shown
    status, verified = ops("verify")
    assert status == 0 and verified.endswith("No difference.\n")
    assert verified.splitlines()[1].split() == ["platform:adjustments", "-25.500000", "USD"]


def test_a_reference_is_booked_once(ops: Ops) -> None:
    ops("open-account", "ann@example.com")
    first = ops("credit", "ann@example.com", "10", "--reason", "Refund", "--reference", "ticket-7")
    again = ops("credit", "ann@example.com", "10", "--reason", "Refund", "--reference", "ticket-7")
    other = ops("credit", "ann@example.com", "11", "--reason", "Refund", "--reference", "ticket-7")
    assert (first[0], again[0], other[0]) == (0, 0, 1)
    assert "Nothing was changed" in again[1]
    assert "another amount" in other[1]
    assert word_after("balance", ops("show", "ann@example.com")[1]) == "10.000000"


def test_a_negative_amount_takes_money_back_and_suspends(ops: Ops) -> None:
    ops("open-account", "ann@example.com")
    status, said = ops("credit", "ann@example.com", "-3.5", "--reason", "Chargeback fee")
    assert status == 0
    assert (word_after("balance", said), word_after("status", said)) == ("-3.500000", "suspended")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("credit", "nobody@example.com", "1", "--reason", "x"), "no"),
        (("credit", "ann@example.com", "1.0000001", "--reason", "x"), "at most 6 decimals"),
        (("credit", "ann@example.com", "ten", "--reason", "x"), "decimal string"),
        (("credit", "ann@example.com", "0", "--reason", "x"), "not zero"),
        (("open-account", "ann@example.com"), "There is an account with this e-mail address"),
        (("open-account", "not an address"), "e-mail"),
        (("show", "acct_00000000000000000000"), "no such account"),
        (("show", "zzz"), "ACCOUNT is an account's id (acct_...) or an e-mail address"),
        (("disable-token", "ann@example.com", "tokn_00000000000000000000"), "no such token"),
    ],
)
def test_a_mistake_is_refused_with_a_sentence_and_changes_nothing(
    ops: Ops, arguments: tuple[str, ...], said: str
) -> None:
    ops("open-account", "ann@example.com")
    status, answer = ops(*arguments)
    assert status == 1
    assert said in answer
    assert "Traceback" not in answer
    assert word_after("balance", ops("show", "ann@example.com")[1]) == "0.000000"


def test_a_wrong_call_says_what_there_is(ops: Ops) -> None:
    assert ops()[0] == 2
    status, said = ops("credits")
    assert status == 2 and "open-account EMAIL" in said
    assert ops("--help")[0] == 0


def test_money_is_refused_before_a_currency_is_chosen(ops: Ops) -> None:
    services = Services()
    opened = services.opening.prepare("ann@example.com", services.clock(), verified=True)
    services.line_opening.open(opened.user.account_id, opened.user.user_id, None, opened.writes, verified=True)
    status, said = ops("credit", "ann@example.com", "5", "--reason", "Welcome")
    assert status == 1 and "currency" in said


def test_show_says_whether_the_address_is_verified(ops: Ops) -> None:
    services = Services()
    opened = services.opening.prepare("bob@example.com", services.clock(), verified=False)
    services.line_opening.open(opened.user.account_id, opened.user.user_id, None, opened.writes, verified=False)
    ops("open-account", "ann@example.com")
    assert "e-mail      not verified" in ops("show", "bob@example.com")[1]
    assert "e-mail      verified" in ops("show", "ann@example.com")[1]


def test_show_says_that_an_account_is_closed_and_nothing_is_booked_on_it(ops: Ops) -> None:
    account = word_after("account", ops("open-account", "ann@example.com")[1])
    LineClosing(Services().books).close(account, None, list)
    status, shown = ops("show", account)
    assert status == 0 and "closed      since" in shown and "The account was closed on" in shown
    status, said = ops("credit", account, "5", "--reason", "Late")
    assert status == 1 and "This account is closed" in said
    assert ops("verify")[1].endswith("No difference.\n")


def test_show_says_in_words_what_is_charged_what_is_rented_and_which_tokens_there_are(ops: Ops) -> None:
    account = word_after("account", ops("open-account", "ann@example.com")[1])
    ops("credit", account, "25", "--reason", "Welcome")
    services = Services()
    service = services.payables.activate(account, "storage-1000")
    token = services.tokens.list(account)[0]
    status, shown = ops("show", "ann@example.com")
    assert status == 0
    assert "servers     0 live, of at most 5" in shown
    assert "history     1 entries, after which the balance was 25.000000" in shown
    assert f"{service.meter_id}" in shown and " an hour, counted from " in shown and " not booked yet" in shown
    assert f"{token.description} ({token.prefix}...): active, never used. {token.token_id}" in shown
    assert "Servers, the newest first:\n  none" in shown
    assert " units" not in shown


def test_show_says_in_words_how_a_server_stands(ops: Ops) -> None:
    account = word_after("account", ops("open-account", "ann@example.com")[1])
    ops("credit", account, "25", "--reason", "Welcome")
    services = Services()
    services.keys.add(account, public_text("ed25519"), "laptop", services.clock())
    rental = services.rentals.rent(account, Order("box", "off_g4dn-xlarge_us-east-1"))
    shown = ops("show", account)[1]
    assert "box (rental g4dn.xlarge): nothing at present; 0.000000 not booked yet. " + rental.rental_id in shown
    said = next(line for line in shown.splitlines() if line.startswith("  box (g4dn.xlarge): Creating since "))
    assert said.endswith(f", its owner wishes it running. {rental.rental_id}, no server at no address")
    ops("credit", account, "-30", "--reason", "Chargeback")
    shown = ops("show", account)[1]
    assert "suspended   since " in shown and "nothing while the account is suspended" in shown


def test_show_says_what_its_owner_has_set_to_be_protected(ops: Ops) -> None:
    account = word_after("account", ops("open-account", "ann@example.com")[1])
    ops("credit", account, "25", "--reason", "Welcome")
    assert "spending" not in ops("show", account)[1]
    Services().spending_caps.set(account, 5_000_000)
    assert "spending    0.000000 in this month, capped at 5.000000\n" in ops("show", account)[1]


def test_show_can_print_the_records_for_programs(ops: Ops) -> None:
    account = word_after("account", ops("open-account", "ann@example.com")[1])
    ops("credit", account, "25", "--reason", "Welcome")
    status, shown = ops("show", account, "--json")
    kept = json.loads(shown)
    assert (status, kept["account"]["ledger"], kept["meters"], kept["rentals"]) == (0, 25_000_000, [], [])
    assert kept["tokens"][0]["token_id"].startswith("tokn_") and "secret_hash" not in kept["tokens"][0]


def test_the_rental_limit_of_an_account_is_set(ops: Ops) -> None:
    account = word_after("account", ops("open-account", "ann@example.com")[1])
    status, said = ops("set-rental-limit", "ann@example.com", "9")
    assert (status, said) == (0, f"{account} may rent 9 servers at once, and rents 0\n")
    assert Services().books_store.account(account).rental_limit == 9
    assert ops("set-rental-limit", account, "9")[0] == 0
    status, said = ops("set-rental-limit", account, "30")
    assert status == 1 and "from 0 to 29" in said
    assert Services().books_store.account(account).rental_limit == 9
    assert ops("verify")[0] == 0


def test_a_token_is_disabled_by_its_id(ops: Ops) -> None:
    opened = ops("open-account", "ann@example.com")[1]
    account, secret = word_after("account", opened), word_after("token", opened)
    services = Services()
    token = services.tokens.list(account)[0]
    status, said = ops("disable-token", account, token.token_id)
    assert status == 0 and f"{token.token_id} (" in said and "is disabled since" in said
    assert services.tokens.look_up(secret, services.clock()) is Refusal.DISABLED
    assert ops("disable-token", "ann@example.com", token.token_id)[0] == 0
    other = word_after("account", ops("open-account", "bob@example.com")[1])
    status, said = ops("disable-token", other, token.token_id)
    assert status == 1 and "no such token" in said


def test_verify_finds_a_balance_that_the_journal_does_not_have(ops: Ops, fresh_tables: FreshTables) -> None:
    account = word_after("account", ops("open-account", "ann@example.com")[1])
    ops("credit", account, "10", "--reason", "Welcome")
    fresh_tables.dynamodb.update_item(
        TableName=fresh_tables.variables["ACCOUNTS_TABLE"],
        Key={"account_id": {"S": account}, "item": {"S": "line"}},
        UpdateExpression="SET ledger = :more",
        ExpressionAttributeValues={":more": {"N": "99000000"}},
    )
    status, said = ops("verify")
    assert status == 1
    assert f"DIFFERENCE {account}" in said and "99000000" in said


def test_verify_finds_an_entry_that_was_edited(ops: Ops, fresh_tables: FreshTables) -> None:
    account = word_after("account", ops("open-account", "ann@example.com")[1])
    ops("credit", account, "10", "--reason", "Welcome")
    fresh_tables.dynamodb.update_item(
        TableName=fresh_tables.variables["JOURNAL_TABLE"],
        Key={"account_id": {"S": account}, "sequence": {"N": "1"}},
        UpdateExpression="SET description = :other",
        ExpressionAttributeValues={":other": {"S": "Something else"}},
    )
    status, said = ops("verify")
    assert status == 1 and "breaks the chain" in said


def statement(tmp_path: Path, change: Callable[[dict[str, object]], None]) -> subprocess.CompletedProcess[str]:
    """Checks a made-up statement of two entries after a change, with a Python that has nothing installed."""
    file = tmp_path / "statement.json"
    made = two_entries()
    change(made)
    file.write_text(json.dumps(made))
    script = Path(command.__file__).with_name("check_statement.py")
    return subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(file)], capture_output=True, text=True, check=False
    )


def test_a_statement_is_checked_offline_by_a_script_that_needs_nothing(tmp_path: Path) -> None:
    checked = statement(tmp_path, lambda made: None)
    assert (checked.returncode, checked.stdout.strip().endswith("2 entries, all fit")) == (0, True), checked.stdout


@pytest.mark.parametrize(("text", "said"), [("{}", "is not a statement"), ("x", "is not a statement"), (None, "read")])
def test_what_is_no_statement_is_told_in_a_sentence(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "statement.json"
    if text is not None:
        file.write_text(text)
    script = Path(command.__file__).with_name("check_statement.py")
    checked = subprocess.run([sys.executable, script, file], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (1, "")
    assert said in checked.stdout


def test_the_checker_without_a_file_says_how_it_is_called() -> None:
    script = Path(command.__file__).with_name("check_statement.py")
    asked = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert asked.returncode == 2 and "statement.json" in asked.stderr


def test_a_reader_that_has_read_enough_ends_a_command_quietly() -> None:
    command_line = f"{shlex.quote(sys.executable)} -m ops --help | true"
    ended = subprocess.run(["sh", "-c", command_line], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stderr == ""


def test_a_killed_local_stack_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    run = {"environment": {"AWS_ENDPOINT_URL_DYNAMODB": f"http://127.0.0.1:{free_port()}"}}
    (tmp_path / "run.json").write_text(json.dumps(run))
    monkeypatch.setattr("ops.stack.RUN_FILE", tmp_path / "run.json")
    monkeypatch.delenv("ACCOUNTS_TABLE", raising=False)
    with pytest.raises(NoStack, match="was killed"):
        connect(None)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("amount", "11.000000", "is not what its hash says"),
        ("description", "Another reason", "is not what its hash says"),
        ("previous_hash", "f" * 64, "does not follow"),
        ("sequence", 7, "leaves a gap"),
        ("balance_after", str(Decimal("12.5")), "says a balance"),
    ],
)
def test_a_statement_that_was_edited_does_not_pass(tmp_path: Path, field: str, value: object, said: str) -> None:
    def edit(made: dict[str, object]) -> None:
        made["entries"][1][field] = value  # type: ignore[index]

    checked = statement(tmp_path, edit)
    assert checked.returncode == 1
    assert said in checked.stdout


def test_a_stack_says_its_tables_its_stage_and_its_region(
    fresh_tables: FreshTables, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The region may be a profile's; what the environment names of another deployment does not count."""
    profile = tmp_path / "config"
    profile.write_text("[default]\nregion = eu-north-1\n")
    for name, value in {**fresh_tables.variables, "AWS_CONFIG_FILE": str(profile), "STAGE": "other"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    template = {
        "Parameters": {"Stage": {"Type": "String", "Default": "blue"}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"AccountsTableName": {"Value": "accounts-of-blue"}},
    }
    chosen = [{"ParameterKey": "Stage", "ParameterValue": "blue"}]
    boto3.client("cloudformation").create_stack(StackName="blue", TemplateBody=json.dumps(template), Parameters=chosen)
    config = connect("blue").config
    assert (config.tables.accounts, config.stage, config.region) == ("accounts-of-blue", "blue", "eu-north-1")


def test_a_stack_that_is_not_there_is_refused_with_a_sentence(ops: Ops) -> None:
    status, said = ops("show", "ann@example.com", "--stack", "nowhere")
    assert status == 1
    assert said.startswith("The stack nowhere can not be read:") and "Traceback" not in said


def test_an_unknown_stack_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ACCOUNTS_TABLE", raising=False)
    monkeypatch.setattr("ops.stack.RUN_FILE", tmp_path / "missing.json")
    assert command.main(["show", "ann@example.com"]) == 1
