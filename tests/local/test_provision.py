"""Tables and queues behind an engine are those of the template."""

import json

import pytest

from local.provision import provision
from local.template import NotUnderstood, QueueEvent, StreamEvent, read_template
from tests.engines import Aws, FreshTables


def test_every_table_has_the_keys_the_indexes_and_the_stream_of_the_template(fresh_tables: FreshTables) -> None:
    for table in read_template().tables:
        described = fresh_tables.dynamodb.describe_table(TableName=fresh_tables.provisioned.names[table.logical_id])
        schema = described["Table"]["KeySchema"]
        assert [key["AttributeName"] for key in schema] == [key.name for key in table.keys]
        indexes = described["Table"].get("GlobalSecondaryIndexes", [])
        assert [index["IndexName"] for index in indexes] == [index.name for index in table.indexes]
        stream = described["Table"].get("StreamSpecification", {}).get("StreamViewType", "")
        assert stream == table.stream_view


def test_what_expires_is_set(fresh_tables: FreshTables) -> None:
    for table in read_template().tables:
        name = fresh_tables.provisioned.names[table.logical_id]
        described = fresh_tables.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        assert described.get("AttributeName", "") == table.ttl_attribute


def test_every_queue_gives_up_into_its_dead_letters(fresh_tables: FreshTables) -> None:
    for queue in read_template().queues:
        url = fresh_tables.provisioned.names[queue.logical_id]
        set_to = fresh_tables.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        assert int(set_to["VisibilityTimeout"]) == queue.visibility_seconds
        redrive = json.loads(set_to.get("RedrivePolicy", "{}"))
        wanted = fresh_tables.provisioned.attributes.get((queue.dead_letters, "Arn"))
        assert redrive.get("deadLetterTargetArn") == wanted
        assert int(redrive.get("maxReceiveCount", 0)) == queue.max_receives


def test_functions_get_the_names_of_their_tables_and_the_addresses_of_their_queues(fresh_tables: FreshTables) -> None:
    provisioned = fresh_tables.provisioned
    variables = provisioned.variables("settle_account")
    assert variables["ACCOUNTS_TABLE"] == provisioned.names["AccountsTable"]
    assert fresh_tables.variables["DRIVE_QUEUE_URL"] == provisioned.names["DriveQueue"]
    assert variables["STAGE"] == "prod"


def test_sources_of_events_are_known_by_their_arn(fresh_tables: FreshTables) -> None:
    for function in read_template().functions:
        for event in function.events:
            if isinstance(event, QueueEvent):
                assert fresh_tables.provisioned.attribute(event.queue, "Arn").startswith("arn:aws:sqs:")
            if isinstance(event, StreamEvent):
                assert "/stream/" in fresh_tables.provisioned.attribute(event.table, "StreamArn")


def test_provisioning_again_changes_nothing(ministack_engine: Aws) -> None:
    dynamodb, sqs = ministack_engine.client("dynamodb"), ministack_engine.client("sqs")
    first = provision(read_template(), dynamodb, sqs, "again", {"Stage": "one"})
    name = first.names["IdentityTable"]
    dynamodb.put_item(TableName=name, Item={"key": {"S": "user#1"}, "item": {"S": "line"}})
    second = provision(read_template(), dynamodb, sqs, "again", {"Stage": "one"})
    assert (second.names, second.attributes) == (first.names, first.attributes)
    assert dynamodb.scan(TableName=name)["Count"] == 1
    assert second.variables("sweep")["STAGE"] == "one"


def test_two_tests_do_not_share_tables(fresh_tables: FreshTables, ministack_engine: Aws) -> None:
    other = provision(read_template(), fresh_tables.dynamodb, fresh_tables.sqs, "other")
    assert not set(other.names.values()) & set(fresh_tables.provisioned.names.values())


def test_what_is_not_in_the_template_is_refused(fresh_tables: FreshTables) -> None:
    with pytest.raises(NotUnderstood):
        fresh_tables.provisioned.ref("NoSuchTable")
    with pytest.raises(NotUnderstood):
        fresh_tables.provisioned.attribute("AccountsTable", "StreamArn")


@pytest.mark.dynamodb_local
def test_the_same_template_stands_in_dynamodb_local(fresh_dynamodb_local_tables: FreshTables) -> None:
    for table in read_template().tables:
        name = fresh_dynamodb_local_tables.provisioned.names[table.logical_id]
        assert fresh_dynamodb_local_tables.dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE"
