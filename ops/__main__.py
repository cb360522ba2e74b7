"""`python -m ops COMMAND`: what an operator does by hand. docs/operations.md.

    open-account EMAIL                                       a verified account in USD, and its token
    credit ACCOUNT AMOUNT --reason TEXT [--reference ID]     an adjustment, once for each reference
    show ACCOUNT [--json]                                    how an account stands
    set-rental-limit ACCOUNT LIMIT                           how many servers it may rent at once
    disable-token ACCOUNT TOKEN_ID                           an API token opens nothing from now on
    verify                                                   compare the books with everything else
    package OUT_DIR                                          make what CloudFormation deploys

ACCOUNT is an account's id or its user's e-mail address. The commands work on the CloudFormation stack that --stack or
GPU_CLOUD_STACK names; without one on the running local stack.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from ops import accounts, package, show, verify

Command = Callable[[Sequence[str]], int]

COMMANDS: Mapping[str, Command] = {
    "open-account": accounts.open_account,
    "credit": accounts.credit,
    "show": show.main,
    "set-rental-limit": accounts.set_rental_limit,
    "disable-token": accounts.disable_token,
    "verify": verify.main,
    "package": package.main,
}


def main(arguments: Sequence[str]) -> int:
    """Run one command. Answers the exit status: 0, 1 for what was refused or differs, 2 for a wrong call."""
    command = COMMANDS.get(arguments[0]) if arguments else None
    if command is None:
        asked = tuple(arguments[:1]) in (("-h",), ("--help",))
        print(__doc__, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    return command(arguments[1:])


def _run() -> int:
    """Ends quietly when whoever reads has read enough, as `| head` has."""
    try:
        status = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


if __name__ == "__main__":
    sys.exit(_run())
