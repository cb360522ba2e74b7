"""The e-mails that the local SES has sent. ministack forgets them when it stops, so they are kept in a file here."""

import json
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from local.moved_clock import MovedClock


@dataclass(frozen=True)
class Mail:
    """One e-mail. `sent_at` is a UTC second of the local stack's clock."""

    message_id: str
    sender: str
    to: list[str]
    subject: str
    text: str
    html: str
    sent_at: int


class Mailbox:
    """Everything sent since the run directory began, oldest first."""

    def __init__(self, ministack_url: str, kept_in: Path, clock: MovedClock) -> None:
        self._url = ministack_url + "/_ministack/ses/messages"
        self._file = kept_in
        self._clock = clock
        self._mails = [Mail(**mail) for mail in json.loads(kept_in.read_text())] if kept_in.exists() else []
        self._known = {mail.message_id for mail in self._mails}

    def collect(self) -> list[Mail]:
        """Fetches what was sent since the last time. Called before each move of the clock, it dates them rightly."""
        offset_seconds = self._clock.offset_seconds()
        fresh = [_read(sent, offset_seconds) for sent in self._sent() if sent["MessageId"] not in self._known]
        if fresh:
            self._mails += sorted(fresh, key=lambda mail: mail.sent_at)
            self._known.update(mail.message_id for mail in fresh)
            beside = self._file.with_suffix(".new")
            beside.write_text(json.dumps([asdict(mail) for mail in self._mails]))
            beside.replace(self._file)
        return list(self._mails)

    def _sent(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(self._url, timeout=30) as response:
            accounts: dict[str, list[dict[str, Any]]] = json.loads(response.read())["messages"]
        return [sent for messages in accounts.values() for sent in messages]


def _read(sent: dict[str, Any], offset_seconds: int) -> Mail:
    return Mail(
        message_id=sent["MessageId"],
        sender=sent["Source"],
        to=sent["To"],
        subject=sent["Subject"],
        text=sent["BodyText"] or "",
        html=sent["BodyHtml"] or "",
        sent_at=int(sent["Timestamp"]) + offset_seconds,
    )
