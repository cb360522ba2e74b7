"""The handlers behind schedules and queues: each says what it found in the metrics that the alarms watch."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from chalicelib.billing.account import Status as AccountStatus
from chalicelib.billing.sweep import Sweep
from chalicelib.bootstrap import Services, use
from chalicelib.clock import DAY
from chalicelib.instances.provider import LaunchOrder, Volume
from chalicelib.instances.status import Status
from chalicelib.jobs.drive_rental import drive_rental
from chalicelib.jobs.inventory import inventory
from chalicelib.jobs.lambda_handler import NAMESPACE
from chalicelib.jobs.look import look
from chalicelib.jobs.relay import relay
from chalicelib.jobs.relay_missed import relay_missed
from chalicelib.jobs.settle_account import settle_account
from chalicelib.jobs.sweep import sweep
from chalicelib.jobs.wake_rentals import wake_rentals
from chalicelib.notices.messages import ACCOUNT_WIDE, Message, Topic
from tests.adapters.dynamodb.emulated import RESOURCES
from tests.instances.fake_provider import REGION
from tests.instances.yard import ACCOUNT, Yard, an_offer
from tests.jobs.lambda_events import Context, inserted, logged, published, queue_event, stream_event
from tests.notices.unreliable import Gate, World, no_faults

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def yard() -> Iterator[Yard]:
    """An account, its servers and its books in memory, behind the handlers."""
    yard = Yard()
    services = Services()
    services.__dict__.update(
        sweep=Sweep(yard.store, yard.queue, lambda: yard.now),
        books=yard.books,
        watch=yard.watch,
        driver=yard.driver,
        inventory=yard.inventory,
        outbox=World().outbox(Gate(no_faults)),
    )
    use(services)
    yield yard
    use(None)


def run(handler: Callable[..., Any], event: dict[str, Any] | None = None) -> Any:
    return handler(event or {}, Context())


def test_a_sweep_hands_over_what_is_due_and_publishes_the_age_of_the_oldest(yard: Yard, capsys: Capture) -> None:
    yard.online()
    due_at = yard.store.due_at(ACCOUNT)
    assert due_at is not None
    yard.now = due_at + 901
    run(sweep)
    assert yard.queue.take() == [{"account_id": ACCOUNT}]
    assert published(capsys.readouterr().out) == {"AccountsDue": 1, "OldestDueAccountAge": 901}


def test_with_nothing_due_the_age_is_published_too(yard: Yard, capsys: Capture) -> None:
    """Silence would be an alarm."""
    run(sweep)
    assert published(capsys.readouterr().out) == {"AccountsDue": 0, "OldestDueAccountAge": 0}


def test_an_account_that_fails_comes_again_and_holds_up_no_other(yard: Yard, capsys: Capture) -> None:
    yard.online()
    yard.wait(30 * DAY)
    event = queue_event([{"account_id": "acct_nobody"}, {"account_id": ACCOUNT}])
    assert run(settle_account, event) == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert yard.account.status is AccountStatus.SUSPENDED
    assert published(capsys.readouterr().out)["RecordsFailed"] == 1


def test_a_look_hands_over_rentals_and_publishes_the_age_of_the_oldest(yard: Yard, capsys: Capture) -> None:
    rental_id = yard.online()
    look_at = yard.rental(rental_id).look_at
    assert look_at is not None
    yard.now = look_at + 17
    run(look)
    assert [hint["rental_id"] for hint in yard.queue.take()] == [rental_id]
    counted = published(capsys.readouterr().out)
    assert counted == {"RentalsLookedAt": 1, "ServersVanished": 0, "OldestLookAge": 17}


@pytest.mark.parametrize(("gone", "counted"), [(3, 0), (4, 4)])
def test_only_more_than_a_few_that_vanish_at_once_are_an_alarm(
    yard: Yard, capsys: Capture, gone: int, counted: int
) -> None:
    for rental_id in [yard.online(f"box-{number}") for number in range(gone)]:
        yard.provider.die(rental_id)
    yard.wait(301)
    run(look)
    assert published(capsys.readouterr().out)["ServersVanished"] == counted


def test_a_driven_rental_goes_on_and_an_unknown_one_is_counted(yard: Yard, capsys: Capture) -> None:
    rental_id = yard.rent()
    hints = [{"account_id": ACCOUNT, "rental_id": name} for name in (rental_id, "rent_none")]
    assert run(drive_rental, queue_event(hints)) == {"batchItemFailures": []}
    assert len(yard.provider.existing(rental_id)) == 1
    out = capsys.readouterr().out
    assert published(out) == {"RentalsUnknown": 1}
    assert [line["status"] for line in logged(out)] == [Status.CREATING]


@pytest.mark.parametrize("topic", Topic)
def test_an_account_wide_message_wakes_its_rentals_and_no_other_does(yard: Yard, topic: Topic) -> None:
    rental_id = yard.online()
    run(wake_rentals, stream_event(inserted(Message(ACCOUNT, "mesg_1", topic, yard.now, {}))))
    woken = [hint["rental_id"] for hint in yard.queue.take()]
    assert woken == ([rental_id] if topic in ACCOUNT_WIDE else [])


def test_a_server_that_nobody_rents_is_stopped_counted_and_named_and_a_volume_is_named(
    yard: Yard, capsys: Capture
) -> None:
    order = LaunchOrder("stray", "ami-1", ACCOUNT, "rent_unknown", "box", an_offer(), ("ssh-ed25519 AAAA",))
    server_id = yard.provider.launch(order).server_id
    yard.provider.left_behind.append(Volume("vol-1", REGION, None, "rent_unknown", yard.now, ACCOUNT))
    yard.wait(3_600)
    run(inventory)
    out = capsys.readouterr().out
    assert published(out) == {"ServersNobodyRents": 1}
    assert [(line["message"], line["thing"]) for line in logged(out)] == [("stray", server_id), ("stray", "vol-1")]
    assert yard.provider.called("stop") == [server_id]


def test_every_alarm_of_ours_watches_what_a_job_publishes(yard: Yard, capsys: Capture) -> None:
    for job in (sweep, look, inventory, relay_missed):
        run(job)
    run(relay, stream_event())
    found = published(capsys.readouterr().out)
    alarms = [one["Properties"] for one in RESOURCES.values() if one.get("Type") == "AWS::CloudWatch::Alarm"]
    watched = {one["MetricName"] for one in alarms if one["Namespace"] == NAMESPACE}
    assert watched - found.keys() == {"MailFailed"}, "published where one failed: see test_relay"
