"""The program that runs on servers, and its installer, as texts. Nothing here is run by us.

docs/rules.md, "Daemons". The program is a file of its own that needs Python 3.8 and nothing else.
"""

import hashlib
import re
from functools import cache
from pathlib import Path

from chalicelib.errors import Unavailable

_FOLDER = Path(__file__).parent
_PLAIN_URL = r"https?://[A-Za-z0-9.:/_\[\]-]+"


@cache
def daemon_program() -> str:
    """The daemon."""
    return (_FOLDER / "thestage_daemon.py").read_text()


@cache
def installer(api_url: str) -> str:
    """The installer of a deployment whose API is at this address. Raises Unavailable where it has none."""
    if re.fullmatch(_PLAIN_URL, api_url, re.ASCII) is None:
        raise Unavailable("This deployment has no address yet at which daemons could reach it.")
    digest = hashlib.sha256(daemon_program().encode()).hexdigest()
    return (_FOLDER / "install.sh").read_text().replace("@API_URL@", api_url).replace("@SHA256@", digest)
