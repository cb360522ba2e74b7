"""What all calls of the published command have in common: their address, and the warnings that every answer carries.

The command prints immediate warnings once for each answer, and one run of it reads up to five; so that a person reads
each warning once, they are sent to be printed when the run ends.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TypeVar

from chalice.app import Blueprint
from msgspec import structs

from chalicelib.api.cli_shapes import CliAnswer, CliWarning
from chalicelib.api.view import Call, operation
from chalicelib.billing.account import Status
from chalicelib.billing.outlook import Outlook, outlook
from chalicelib.bootstrap import services
from chalicelib.clock import DAY, in_words
from chalicelib.errors import Failure

PREFIX = "/user-api"
LOW = "#ff8800"
URGENT = "#ff3333"
FOR_YOUR_INFORMATION = "#0088ff"

Asked = TypeVar("Asked")
Answered = TypeVar("Answered", bound=CliAnswer)


class CliCall(Call[Asked], frozen=True, kw_only=True):
    """One call of the command: a call, and how the account stands."""

    outlook: Outlook

    @property
    def active(self) -> bool:
        """Whether the account is."""
        return self.outlook.status is Status.ACTIVE


CliView = Callable[[CliCall[Asked]], Answered]


def cli_operation(
    blueprint: Blueprint,
    path: str,
    *,
    body: type[Asked],
    answer: type[Answered],
    summary: str,
    refusals: tuple[type[Failure], ...] = (),
    words: Mapping[str, str] | None = None,
) -> Callable[[CliView[Asked, Answered]], CliView[Asked, Answered]]:
    """Declare the call that a view serves: always POST, always with a body. One read tells how the account stands.

    `words` is what the command calls the fields that a use case may refuse, by the product's own names.
    """

    def declare(view: CliView[Asked, Answered]) -> CliView[Asked, Answered]:
        @operation(blueprint, "POST", PREFIX + path, body=body, answer=answer, summary=summary, refusals=refusals)
        @wraps(view)
        def warned(call: Call[Asked]) -> Answered:
            seen = account_outlook(call.account_id)
            try:
                answered = view(CliCall(**structs.asdict(call), outlook=seen))
            except Failure as refusal:
                refusal.field = (words or {}).get(refusal.field or "", refusal.field)
                raise
            return structs.replace(answered, warnings_on_exit=[*answered.warnings_on_exit, *warnings_of(seen)])

        return view

    return declare


def account_outlook(account_id: str) -> Outlook:
    """How the account stands now, by one read."""
    account = services().lines.account(account_id)
    return outlook(account, services().clock(), services().config.policy)


def warnings_of(seen: Outlook) -> list[CliWarning]:
    """What the owner of an account has to know whatever they came for. The text is the same from second to second."""
    if seen.status is Status.SUSPENDED:
        return [CliWarning(color_hex=URGENT, message=seen.message)]
    days = services().config.policy.notice_days
    if seen.runs_out_at is None or seen.runs_out_at - seen.as_of > max(days) * DAY:
        return []
    color = URGENT if seen.runs_out_at - seen.as_of <= min(days) * DAY else LOW
    until = in_words(seen.runs_out_at)
    message = f"Your balance lasts until {until}. Then your servers are halted, unless you top up before."
    return [CliWarning(color_hex=color, message=message)]
