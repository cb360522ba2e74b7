"""The template that CloudFormation gets keeps the promises of docs/architecture.md about what runs where."""

import json
from typing import Any

import pytest

from app import app
from chalicelib.api.openapi import document_of
from chalicelib.notices.messages import ACCOUNT_WIDE
from tests.api.validated import HEADERS, JSON, Document
from tests.build import definition, functions, of_type, packaged, template

TABLES = ("AccountsTable", "JournalTable", "NoticesTable", "RentalsTable", "MachinesTable", "IdentityTable")
CALLED_BY_NOTHING_ELSE = ("APIHandler",)


def events(kind: str) -> dict[str, dict[str, Any]]:
    """Properties of every event of a type, by function and name."""
    return {
        f"{function}.{name}": event["Properties"]
        for function, properties in functions().items()
        for name, event in properties.get("Events", {}).items()
        if event["Type"] == kind
    }


def test_the_template_is_plain_json() -> None:
    text = (packaged() / "sam.json").read_text()
    assert text.startswith("{")
    assert json.loads(text)["Transform"] == "AWS::Serverless-2016-10-31"


def test_the_template_is_small_enough_for_cloudformation() -> None:
    assert (packaged() / "sam.json").stat().st_size < 1024 * 1024


def test_every_resource_of_the_definition_is_in_the_template_with_a_type() -> None:
    assert definition()["Resources"].keys() <= template()["Resources"].keys()
    assert all(resource["Type"] for resource in template()["Resources"].values())


def test_what_calls_a_function_is_packaged_as_it_is_defined() -> None:
    """The local stack and the calendar take events and variables from the definition, and handlers from the package."""
    for name, properties in functions().items():
        defined = definition()["Resources"][name]["Properties"]
        assert properties.get("Events") == defined.get("Events"), name
        assert properties["Environment"] == defined["Environment"], name


def test_the_definition_has_all_tables() -> None:
    assert set(of_type("AWS::DynamoDB::Table")) == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_on_demand_recoverable_encrypted_and_kept(table: str) -> None:
    resource = of_type("AWS::DynamoDB::Table")[table]
    properties = resource["Properties"]
    assert properties["BillingMode"] == "PAY_PER_REQUEST"
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("table", ["AccountsTable", "NoticesTable", "IdentityTable"])
def test_a_table_whose_records_expire_deletes_them(table: str) -> None:
    expiry = of_type("AWS::DynamoDB::Table")[table]["Properties"]["TimeToLiveSpecification"]
    assert expiry == {"AttributeName": "expires_at", "Enabled": True}


def test_the_tables_are_protected_unless_somebody_says_otherwise() -> None:
    assert template()["Parameters"]["DeletionProtection"]["Default"] == "true"


def test_every_parameter_has_a_default_that_deploys() -> None:
    assert all("Default" in parameter for parameter in template()["Parameters"].values())


def test_every_queue_that_a_function_reads_has_a_dead_letter_queue_with_an_alarm() -> None:
    queues = of_type("AWS::SQS::Queue")
    read = {event["Queue"]["Fn::GetAtt"][0] for event in events("SQS").values()}
    redrives = {name: queue["Properties"].get("RedrivePolicy") for name, queue in queues.items()}
    dead = {policy["deadLetterTargetArn"]["Fn::GetAtt"][0] for policy in redrives.values() if policy}
    assert {name for name, policy in redrives.items() if policy} == read
    assert dead | {"NoticesDeadLetterQueue"} == queues.keys() - read
    alarms = json.dumps(of_type("AWS::CloudWatch::Alarm"))
    assert all(f'["{name}", "QueueName"]' in alarms for name in queues.keys() - read)


def test_every_queue_is_encrypted() -> None:
    assert all(queue["Properties"]["SqsManagedSseEnabled"] for queue in of_type("AWS::SQS::Queue").values())


def test_a_message_stays_hidden_for_six_timeouts_of_the_function_that_reads_it() -> None:
    for name, event in events("SQS").items():
        queue = of_type("AWS::SQS::Queue")[event["Queue"]["Fn::GetAtt"][0]]["Properties"]
        assert queue["VisibilityTimeout"] >= 6 * functions()[name.split(".")[0]]["Timeout"]


def test_every_batch_can_fail_in_part() -> None:
    batches = {**events("SQS"), **events("DynamoDB")}
    assert batches
    assert all(event["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for event in batches.values())


def test_a_stream_gives_up_on_one_record_and_says_so() -> None:
    assert events("DynamoDB")
    dead_letters = {"Fn::GetAtt": ["NoticesDeadLetterQueue", "Arn"]}
    for event in events("DynamoDB").values():
        assert event["BisectBatchOnFunctionError"] is True
        assert event["MaximumRetryAttempts"] > 0
        assert event["StartingPosition"] == "TRIM_HORIZON"
        assert event["DestinationConfig"]["OnFailure"]["Destination"] == dead_letters
        assert all(json.loads(one["Pattern"]) for one in event["FilterCriteria"]["Filters"])


def test_rentals_are_woken_by_exactly_the_account_wide_messages() -> None:
    (only,) = events("DynamoDB")["WakeRentals.Notices"]["FilterCriteria"]["Filters"]
    topics = json.loads(only["Pattern"])["dynamodb"]["NewImage"]["topic"]["S"]
    assert set(topics) == {str(topic) for topic in ACCOUNT_WIDE}


def test_every_function_but_the_api_has_an_event() -> None:
    without = {name for name, properties in functions().items() if not properties.get("Events")}
    assert without == set(CALLED_BY_NOTHING_ELSE)


def test_lambda_does_not_repeat_what_a_schedule_repeats() -> None:
    for name in events("Schedule"):
        assert functions()[name.split(".")[0]]["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


def test_a_schedule_is_slower_than_its_function() -> None:
    every = {"rate(1 minute)": 60, "rate(5 minutes)": 300, "rate(1 hour)": 3600}
    for name, event in events("Schedule").items():
        assert functions()[name.split(".")[0]]["Timeout"] < every[event["Schedule"]]


def test_every_function_runs_on_the_version_that_was_packaged() -> None:
    assert {properties["Runtime"] for properties in functions().values()} == {"python3.13"}


def test_the_api_answers_before_its_gateway_gives_up() -> None:
    assert functions()["APIHandler"]["Timeout"] <= 29


def test_every_function_has_the_shared_variables() -> None:
    for properties in functions().values():
        variables = properties["Environment"]["Variables"]
        assert variables["STAGE"] == {"Ref": "Stage"}
        assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "GpuCloudBilling"


def test_the_gateways_own_answers_are_errors_as_the_api_document_says() -> None:
    judge = Document(document_of(app.routes))
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= gateway_answers().keys()
    for name, answer in gateway_answers().items():
        ((kind, text),) = answer["responseTemplates"].items()
        assert kind == JSON
        assert "$" not in text, f"{name} repeats what the caller sent"
        refusal = json.loads(text)
        judge.check_schema({"$ref": "#/components/schemas/Refusal"}, refusal)
        assert refusal["message"] == refusal["error"]["message"]


def test_the_gateways_own_answers_have_the_headers_of_the_apis() -> None:
    for answer in gateway_answers().values():
        declared = answer["responseParameters"].items()
        sent = {name.removeprefix("gatewayresponse.header."): value for name, value in declared}
        assert sent.pop("X-Request-Id") == "context.requestId"
        assert sent.pop("Content-Type") == f"'{JSON}'"
        sent.pop("Retry-After", None)
        assert sent == {name: f"'{HEADERS[name]}'" for name in ("Cache-Control", "X-Content-Type-Options")}


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("MISSING_AUTHENTICATION_TOKEN", 404, "not_found"),
        ("RESOURCE_NOT_FOUND", 404, "not_found"),
        ("INVALID_SIGNATURE", 404, "not_found"),
        ("ACCESS_DENIED", 403, "forbidden"),
        ("WAF_FILTERED", 403, "forbidden"),
        ("REQUEST_TOO_LARGE", 413, "too_large"),
        ("UNSUPPORTED_MEDIA_TYPE", 415, "unsupported_media_type"),
        ("THROTTLED", 429, "too_many_requests"),
        ("QUOTA_EXCEEDED", 429, "too_many_requests"),
        ("INTEGRATION_TIMEOUT", 504, "outcome_unknown"),
        ("INTEGRATION_FAILURE", 504, "outcome_unknown"),
        ("DEFAULT_4XX", None, "invalid"),
        ("DEFAULT_5XX", None, "internal"),
    ],
)
def test_a_gateways_own_answer_says_what_happened(name: str, status: int | None, code: str) -> None:
    answer = gateway_answers()[name]
    assert answer.get("statusCode") == status
    assert json.loads(answer["responseTemplates"][JSON])["error"]["code"] == code


def gateway_answers() -> dict[str, dict[str, Any]]:
    """What API Gateway answers without asking a function, by the type of the answer."""
    body = of_type("AWS::Serverless::Api")["RestAPI"]["Properties"]["DefinitionBody"]
    answers: dict[str, dict[str, Any]] = body["x-amazon-apigateway-gateway-responses"]
    return answers


def test_the_api_is_regional_and_has_no_second_stage() -> None:
    api = of_type("AWS::Serverless::Api")["RestAPI"]["Properties"]
    assert api["EndpointConfiguration"] == "REGIONAL"
    assert api["OpenApiVersion"]


def test_the_alarm_on_due_accounts_also_rings_when_nothing_measures() -> None:
    alarm = of_type("AWS::CloudWatch::Alarm")["OldestDueAccountAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("GpuCloudBilling", "OldestDueAccountAge")
    assert alarm["TreatMissingData"] == "breaching"
