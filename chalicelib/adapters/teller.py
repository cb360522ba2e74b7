"""Writing to an account's owner about their log-in: the Teller of `accounts`, over the messages of `notices`."""

from collections.abc import Mapping

from chalicelib.accounts.told import Told
from chalicelib.ids import Ids
from chalicelib.notices.messages import Message, Topic
from chalicelib.notices.store import NoticesStore
from chalicelib.writes import Write


class NoticesTeller:
    """A Teller."""

    def __init__(self, notices: NoticesStore, ids: Ids) -> None:
        self._notices = notices
        self._ids = ids

    def telling(
        self, account_id: str, what: Told, now: int, facts: Mapping[str, str | int], *, to: str | None = None
    ) -> Write:
        """The write of a message of the topic that has the same word."""
        message = Message(account_id, self._ids.new("mesg", now), Topic(str(what)), now, facts, to)
        return self._notices.writing(message)
