"""What daemons ask, and the program that they are: for whoever installs one."""

from chalice.app import Blueprint

from chalicelib.api.answers import TextFile
from chalicelib.api.machines import orders_of, report_of
from chalicelib.api.shapes_machines import DaemonOrders, DaemonValidity, Heartbeat
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Unavailable
from chalicelib.instances.daemon import daemon_program, installer

blueprint = Blueprint(__name__)

DAEMON_API = "/daemon-api/v1"


@operation(
    blueprint,
    "POST",
    DAEMON_API + "/validate-token",
    answer=DaemonValidity,
    access=Access.DAEMON,
    summary="Whether a daemon's token counts",
)
def validate_daemon_token(call: Call[None]) -> DaemonValidity:
    """One that does not is refused."""
    return DaemonValidity(machine_id=call.holder.token.machine_id, name=call.holder.machine.name)


@operation(
    blueprint,
    "POST",
    DAEMON_API + "/heartbeat",
    body=Heartbeat,
    answer=DaemonOrders,
    access=Access.DAEMON,
    summary="Say how a machine is and be told which keys it has to let in",
    refusals=(Unavailable,),
)
def hear(call: Call[Heartbeat]) -> DaemonOrders:
    """Every value is taken only if it is plainly what it should be."""
    now = services().clock()
    orders = services().heartbeats.hear(call.holder, report_of(call.asked), call.client.address, now)
    return orders_of(orders)


@operation(
    blueprint,
    "GET",
    DAEMON_API + "/install.sh",
    answer=TextFile,
    access=Access.PUBLIC,
    summary="The program that installs the daemon",
    refusals=(Unavailable,),
)
def get_installer(call: Call[None]) -> TextFile:
    """For a shell: it fetches the daemon from here, and takes the token from its first argument."""
    return TextFile(installer(services().config.api_url))


@operation(blueprint, "GET", DAEMON_API + "/daemon.py", answer=TextFile, access=Access.PUBLIC, summary="The daemon")
def get_daemon(call: Call[None]) -> TextFile:
    """One file, which needs Python 3.8 or later and nothing else."""
    return TextFile(daemon_program())
