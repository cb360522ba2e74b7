"""Payable services other than servers: what there is, what is active, activate, deactivate."""

from chalice.app import Blueprint

from chalicelib.api.rendering import payable_of, service_of
from chalicelib.api.shapes import Removed
from chalicelib.api.shapes_billing import NewService, PayableList, Service, ServiceList
from chalicelib.api.view import Call, operation
from chalicelib.billing.usage import Kind
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Forbidden, NotFound, PaymentRequired, Unavailable

blueprint = Blueprint(__name__)


@operation(
    blueprint, "GET", "/api/v1/services/catalogue", answer=PayableList, summary="Services that can be activated"
)
def list_payables(call: Call[None]) -> PayableList:
    """Prices are those of an activation now."""
    return PayableList(items=[payable_of(payable) for payable in services().payables.catalogue()])


@operation(
    blueprint, "GET", "/api/v1/services", answer=ServiceList, summary="The active services", refusals=(Unavailable,)
)
def list_services(call: Call[None]) -> ServiceList:
    """Those that are charged, and those that wait for a suspended account to be restored."""
    account, meters, _ = services().reader.settled(call.account_id)
    active = [meter for meter in meters if meter.kind is Kind.SERVICE and meter.live]
    return ServiceList(items=[service_of(meter, account) for meter in active])


@operation(
    blueprint, "POST", "/api/v1/services", body=NewService, answer=Service, status=201,
    summary="Activate a service", refusals=(Forbidden, NotFound, Conflict, PaymentRequired, Unavailable),
)
def activate_service(call: Call[NewService]) -> Service:
    """At most one of a kind is active. The balance must cover one hour of everything with it."""
    return service_of(services().payables.activate(call.account_id, call.asked.code))


@operation(
    blueprint, "POST", "/api/v1/services/{service_id}/deactivate", answer=Removed,
    summary="Deactivate a service", refusals=(Unavailable,),
)
def deactivate_service(call: Call[None]) -> Removed:
    """Nothing is charged for it from this second. Allowed while the account is suspended."""
    service_id = call.path["service_id"]
    services().payables.deactivate(call.account_id, service_id)
    return Removed(id=service_id)
