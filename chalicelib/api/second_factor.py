"""The second factor: turn it on and off, and its recovery codes."""

from chalice.app import Blueprint

from chalicelib.accounts.proof import Given
from chalicelib.api.shapes_credentials import (
    Confirmed,
    ConfirmedPassword,
    FirstCode,
    NewSecondFactor,
    RecoveryCodes,
)
from chalicelib.api.shapes_people import Said
from chalicelib.api.values import given
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Forbidden, TooManyRequests, Unavailable

blueprint = Blueprint(__name__)

REFUSALS = (Forbidden, Conflict, TooManyRequests, Unavailable)


@operation(
    blueprint, "POST", "/api/v1/second-factor", body=ConfirmedPassword, answer=NewSecondFactor, status=201,
    access=Access.IN_PERSON, summary="Begin with a second factor", refusals=REFUSALS,
)
def begin_second_factor(call: Call[ConfirmedPassword]) -> NewSecondFactor:
    """A secret for an authenticator app. It counts for nothing before one of its codes is sent."""
    enrolled = services().enrolment.begin(call.principal, given(call.asked.password), services().clock())
    return NewSecondFactor(secret=enrolled.secret, otpauth_uri=enrolled.uri)


@operation(
    blueprint, "POST", "/api/v1/second-factor/confirm", body=FirstCode, answer=RecoveryCodes,
    access=Access.IN_PERSON, summary="Turn the second factor on", refusals=REFUSALS,
)
def confirm_second_factor(call: Call[FirstCode]) -> RecoveryCodes:
    """From now on a password alone does not log in. The answer is the only place where the recovery codes are shown."""
    codes = services().enrolment.confirm(call.principal, call.asked.code, services().clock())
    return RecoveryCodes(recovery_codes=list(codes))


@operation(
    blueprint, "POST", "/api/v1/second-factor/recovery-codes", body=Confirmed, answer=RecoveryCodes,
    access=Access.IN_PERSON, summary="Make new recovery codes", refusals=REFUSALS,
)
def renew_recovery_codes(call: Call[Confirmed]) -> RecoveryCodes:
    """Those before work no more."""
    proof = Given(given(call.asked.password), given(call.asked.code))
    codes = services().enrolment.renew(call.principal, proof, services().clock())
    return RecoveryCodes(recovery_codes=list(codes))


@operation(
    blueprint, "POST", "/api/v1/second-factor/turn-off", body=Confirmed, answer=Said, access=Access.IN_PERSON,
    summary="Turn the second factor off", refusals=REFUSALS,
)
def turn_second_factor_off(call: Call[Confirmed]) -> Said:
    """The password alone logs in again. Turning it off again changes nothing."""
    proof = Given(given(call.asked.password), given(call.asked.code))
    services().enrolment.turn_off(call.principal, proof, services().clock())
    return Said(message="Your second factor is off.")
