"""Engines start together, are reached by variables alone, keep what they hold, and say what was lost."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.engine import ROOT, Engine, EngineFailed, free_port, is_free
from local.engines import Engines, reset_ministack
from local.mailbox import Mailbox
from local.moved_clock import MovedClock
from tests.engines import Aws, FreshTables


def _client(engines: Engines, service: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in engines.environment().items():
        monkeypatch.setenv(name, value)
    return boto3.client(service)


def _fill(engines: Engines, monkeypatch: pytest.MonkeyPatch) -> str:
    """A table, a queue with a message and a mail; answers the queue's address."""
    dynamodb, sqs, ses = (_client(engines, service, monkeypatch) for service in ("dynamodb", "sqs", "sesv2"))
    dynamodb.create_table(
        TableName="kept",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
    )
    dynamodb.put_item(TableName="kept", Item={"key": {"S": "here"}})
    url: str = sqs.create_queue(QueueName="kept")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="here")
    ses.create_email_identity(EmailIdentity="billing@example.com")
    body = {"Text": {"Data": "text"}, "Html": {"Data": "html"}}
    ses.send_email(
        FromEmailAddress="billing@example.com",
        Destination={"ToAddresses": ["ada@example.com"]},
        Content={"Simple": {"Subject": {"Data": "Hello"}, "Body": body}},
    )
    return url


def test_what_the_engines_hold_outlives_a_clean_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Engines(tmp_path, keep=True) as engines:
        url = _fill(engines, monkeypatch)
        _client(engines, "ec2", monkeypatch).create_vpc(CidrBlock="10.77.0.0/16")
        assert engines.stop()
    with Engines(tmp_path, keep=True) as engines:
        assert engines.lost == ""
        dynamodb, sqs = (_client(engines, service, monkeypatch) for service in ("dynamodb", "sqs"))
        assert dynamodb.get_item(TableName="kept", Key={"key": {"S": "here"}})["Item"]
        assert sqs.get_queue_url(QueueName="kept")["QueueUrl"] == url
        assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "here"
        (mail,) = engines.mailbox.collect()
        assert (mail.to, mail.subject, mail.text, mail.html) == (["ada@example.com"], "Hello", "text", "html")
        networks = _client(engines, "ec2", monkeypatch).describe_vpcs()["Vpcs"]
        assert "10.77.0.0/16" in [network["CidrBlock"] for network in networks]


def test_after_a_kill_it_says_what_was_lost_and_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Engines(tmp_path, keep=True, with_ec2=False) as engines:
        _fill(engines, monkeypatch)
        engines.mailbox.collect()
        (tmp_path / "ec2").mkdir()
        assert engines.ministack.process
        os.kill(engines.ministack.process.pid, signal.SIGKILL)
        engines.ministack.process.wait()
        assert not engines.stop()
    with Engines(tmp_path, keep=True, with_ec2=False) as engines:
        assert "was not stopped but killed" in engines.lost
        assert _client(engines, "dynamodb", monkeypatch).list_tables()["TableNames"] == []
        assert engines.mailbox.collect() == []
        assert not (tmp_path / "ec2").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_killing_the_starter_leaves_no_engine_behind(tmp_path: Path) -> None:
    program = (
        "import pathlib, os\nfrom local.engines import Engines\n"
        f"engines = Engines(pathlib.Path({str(tmp_path)!r}), keep=True, with_ec2=False)\n"
        "engines.start()\nprint(engines.ministack.port, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    deadline = time.monotonic() + 5
    while not is_free(int(killed.stdout)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert is_free(int(killed.stdout))
    with Engines(tmp_path, keep=True, with_ec2=False) as engines:
        assert engines.lost


def test_two_runs_can_not_use_one_directory(tmp_path: Path) -> None:
    with Engines(tmp_path, keep=True, with_ec2=False), pytest.raises(EngineFailed, match="Another run"):
        Engines(tmp_path, keep=True).start()


def test_engines_listen_on_the_loopback_address_only(ministack_engine: Aws, ec2_engine: Aws) -> None:
    for aws in (ministack_engine, ec2_engine):
        assert _listens_on(aws.engine.port) == {"127.0.0.1"}


@pytest.mark.dynamodb_local
def test_dynamodb_local_listens_on_the_loopback_address_only(dynamodb_local_engine: Aws) -> None:
    assert _listens_on(dynamodb_local_engine.engine.port) == {"127.0.0.1"}


@pytest.mark.dynamodb_local
def test_dynamodb_local_keeps_its_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dynamodb_local_engine: Aws
) -> None:
    for expected in (0, 1):
        with Engines(tmp_path, keep=True, with_ec2=False, with_dynamodb_local=True) as engines:
            dynamodb = _client(engines, "dynamodb", monkeypatch)
            assert len(dynamodb.list_tables()["TableNames"]) == expected
            if not expected:
                dynamodb.create_table(
                    TableName="kept",
                    BillingMode="PAY_PER_REQUEST",
                    AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
                    KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
                )
            assert engines.dynamodb_url != engines.ministack.url
            assert engines.stop()


def test_an_engine_that_ends_says_so_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "print('no room'); raise SystemExit(3)"]
    engine = Engine("the engine", command, free_port(), tmp_path / "log")
    with pytest.raises(EngineFailed, match=r"(?s)the engine ended before it was ready.*no room"), engine:
        pass


def test_an_engine_that_does_not_answer_is_ended(tmp_path: Path) -> None:
    engine = Engine("the engine", [sys.executable, "-c", "import time; time.sleep(60)"], free_port(), tmp_path / "log")
    engine.launch()
    process = engine.process
    with pytest.raises(EngineFailed, match="not ready after"):
        engine.wait_ready(seconds=0.2)
    engine.stop()
    assert process is not None and process.poll() is not None


def test_a_reset_empties_ministack(ministack_engine: Aws, fresh_tables: FreshTables) -> None:
    reset_ministack(ministack_engine.engine)
    assert fresh_tables.dynamodb.list_tables()["TableNames"] == []


def test_mails_are_dated_by_the_moved_clock(tmp_path: Path, ministack_engine: Aws) -> None:
    clock_file = tmp_path / "clock.json"
    mailbox = Mailbox(ministack_engine.engine.url, tmp_path / "mails.json", MovedClock(clock_file))
    reset_ministack(ministack_engine.engine)
    ses = ministack_engine.client("ses")
    ses.verify_email_identity(EmailAddress="billing@example.com")
    for offset_seconds, subject in ((0, "now"), (7 * 86_400, "a week later")):
        clock_file.write_text(f'{{"offset_seconds": {offset_seconds}}}')
        body = {"Text": {"Data": "text"}}
        ses.send_email(
            Source="billing@example.com",
            Destination={"ToAddresses": ["ada@example.com"]},
            Message={"Subject": {"Data": subject}, "Body": body},
        )
        mailbox.collect()
    first, second = mailbox.collect()
    assert (first.subject, second.subject) == ("now", "a week later")
    assert abs(second.sent_at - first.sent_at - 7 * 86_400) < 60


def _listens_on(port: int) -> set[str]:
    """The addresses of this machine at which a port answers."""
    addresses = {"127.0.0.1", *socket.gethostbyname_ex(socket.gethostname())[2]}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Nothing is sent: connecting a datagram socket only chooses the address that would be used.
        probe.connect(("192.0.2.1", 9))
        addresses.add(probe.getsockname()[0])
    return {address for address in addresses if _answers(address, port)}


def _answers(address: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0
