"""The template is read into values, and what is not understood is said."""

from pathlib import Path

import pytest

from local.template import (
    Attribute,
    Index,
    NotUnderstood,
    Queue,
    QueueEvent,
    Schedule,
    StreamEvent,
    Table,
    chalice_name,
    read_template,
    resolve,
)

TEMPLATE = """
Parameters: {Stage: {Type: String, Default: prod}, Concurrency: {Type: Number, Default: 5}}
Resources:
  NoticesTable:
    Type: AWS::DynamoDB::Table
    Properties:
      AttributeDefinitions:
        - {AttributeName: message_id, AttributeType: S}
        - {AttributeName: account_id, AttributeType: S}
        - {AttributeName: shard, AttributeType: N}
      KeySchema: [{AttributeName: message_id, KeyType: RANGE}, {AttributeName: account_id, KeyType: HASH}]
      GlobalSecondaryIndexes:
        - IndexName: pending
          KeySchema: [{AttributeName: shard, KeyType: HASH}]
          Projection: {ProjectionType: KEYS_ONLY}
      TimeToLiveSpecification: {AttributeName: expires_at, Enabled: true}
      StreamSpecification: {StreamViewType: NEW_IMAGE}
  DriveQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 360
      RedrivePolicy: {deadLetterTargetArn: {"Fn::GetAtt": [DeadQueue, Arn]}, maxReceiveCount: 5}
  DeadQueue: {Type: AWS::SQS::Queue}
  SettleAccount:
    Properties:
      Environment: {Variables: {QUEUE: {Ref: DriveQueue}, STAGE: {Ref: Stage}}}
      Events:
        Minutely: {Type: Schedule, Properties: {Schedule: rate(5 minutes)}}
        Nightly: {Type: Schedule, Properties: {Schedule: "cron(0 3 * * ? *)"}}
        Queue: {Type: SQS, Properties: {Queue: {"Fn::GetAtt": [DriveQueue, Arn]}, BatchSize: 5,
                FunctionResponseTypes: [ReportBatchItemFailures]}}
        Stream:
          Type: DynamoDB
          Properties:
            Stream: {"Fn::GetAtt": [NoticesTable, StreamArn]}
            BatchSize: 7
            MaximumRetryAttempts: 3
            BisectBatchOnFunctionError: true
            FilterCriteria: {Filters: [{Pattern: '{"eventName":["INSERT"]}'}]}
            DestinationConfig: {OnFailure: {Destination: {"Fn::GetAtt": [DeadQueue, Arn]}}}
  Gateway: {Type: AWS::ApiGateway::RestApi, Properties: {}}
  RestAPI: {Properties: {OpenApiVersion: "2.0"}}
"""


@pytest.fixture
def template_file(tmp_path: Path) -> Path:
    file = tmp_path / "resources.yaml"
    file.write_text(TEMPLATE)
    return file


def test_a_table_has_its_keys_in_order_its_indexes_its_stream_and_what_expires(template_file: Path) -> None:
    account, message, shard = Attribute("account_id", "S"), Attribute("message_id", "S"), Attribute("shard", "N")
    index = Index("pending", (shard,), "KEYS_ONLY")
    expected = Table("NoticesTable", (account, message), (index,), "NEW_IMAGE", "expires_at")
    assert read_template(template_file).tables == (expected,)


def test_a_queue_has_its_times_and_its_dead_letters(template_file: Path) -> None:
    assert read_template(template_file).queues == (
        Queue("DriveQueue", 360, 345_600, "DeadQueue", 5),
        Queue("DeadQueue", 30, 345_600, "", 0),
    )


def test_a_function_has_its_events(template_file: Path) -> None:
    (function,) = read_template(template_file).functions
    assert function.name == "settle_account"
    assert function.events == (
        Schedule(300, ""),
        Schedule(0, "0 3 * * ? *"),
        QueueEvent("DriveQueue", 5, reports_failures=True),
        StreamEvent("NoticesTable", 7, ('{"eventName":["INSERT"]}',), False, True, 3, "DeadQueue"),
    )


def test_parameters_have_their_defaults_as_text(template_file: Path) -> None:
    assert read_template(template_file).parameters == {"Stage": "prod", "Concurrency": "5"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (7, "7"),
        (True, "true"),
        ({"Ref": "Stage"}, "<Stage>"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "<Queue/Arn>"),
        ({"Fn::Sub": "a-${Stage}-${Queue.Arn}"}, "a-<Stage>-<Queue/Arn>"),
    ],
)
def test_values_are_resolved(value: object, text: str) -> None:
    assert resolve(value, lambda name: f"<{name}>", lambda name, part: f"<{name}/{part}>") == text


@pytest.mark.parametrize("value", [{"Fn::If": ["A", 1, 2]}, {"Ref": "A", "Other": 1}, ["list"], None])
def test_what_is_not_understood_is_refused(value: object) -> None:
    with pytest.raises(NotUnderstood):
        resolve(value, str, lambda name, part: name)


def test_an_event_that_is_not_understood_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "resources.yaml"
    file.write_text("Resources: {Sweep: {Properties: {Events: {Topic: {Type: SNS, Properties: {}}}}}}")
    with pytest.raises(NotUnderstood):
        read_template(file)


@pytest.mark.parametrize(
    ("logical_id", "name"), [("APIHandler", "api_handler"), ("Sweep", "sweep"), ("SettleAccount", "settle_account")]
)
def test_chalice_names(logical_id: str, name: str) -> None:
    assert chalice_name(logical_id) == name


def test_the_template_of_the_product_is_understood() -> None:
    template = read_template()
    names = {function.name for function in template.functions}
    assert {"api_handler", "sweep", "settle_account", "relay", "drive_rental"} <= names
    assert all(function.events for function in template.functions if function.name != "api_handler")
    assert {table.logical_id for table in template.tables if table.stream_view} == {"NoticesTable"}
