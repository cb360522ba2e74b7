"""The local EC2 keeps its servers over a restart and follows a moved clock."""

import os
import signal
from datetime import datetime
from pathlib import Path

from chalicelib.clock import wall_clock
from local.ec2_network import prepare_ec2
from local.engines import ec2
from tests.engines import Aws
from tests.local.servers import Servers

DAY = 86_400


def test_everything_outlives_a_restart_even_after_a_kill(tmp_path: Path) -> None:
    with ec2(tmp_path, keep=True) as engine:
        aws = Aws(engine)
        before = Servers(aws, prepare_ec2(aws.client("ec2")))
        running, stopped, pending = before.running(token="token-1"), before.stopped(), before.launch()
        before.control("capacity", instance_type="p5.48xlarge", available=False)
        assert before.state(pending) == "pending"
        described = before.describe(running)
        assert engine.process
        os.kill(engine.process.pid, signal.SIGKILL)
        engine.process.wait()
    with ec2(tmp_path, keep=True) as engine:
        aws = Aws(engine)
        after = Servers(aws, prepare_ec2(aws.client("ec2")))
        assert after.ids == before.ids
        assert after.describe(running) == described
        assert after.launch("token-1") == running
        assert (after.state(stopped), after.state(pending)) == ("stopped", "running")
        assert after.control("state")["no_capacity"] == [["*", "p5.48xlarge"]]
        assert after.describe(pending)["PublicIpAddress"] != described["PublicIpAddress"]


def test_moments_follow_the_moved_clock(servers: Servers, ec2_aws: Aws) -> None:
    instance_id = servers.running()
    assert _distance(servers.describe(instance_id)["LaunchTime"], wall_clock()) < 60
    ec2_aws.move_clock(40 * DAY)
    moved = wall_clock() + 40 * DAY
    servers.client.stop_instances(InstanceIds=[instance_id])
    servers.states(instance_id, 2)
    reason = servers.describe(instance_id)["StateTransitionReason"]
    stopped_at = datetime.strptime(reason + "+0000", "User initiated (%Y-%m-%d %H:%M:%S GMT)%z")
    assert _distance(stopped_at, moved) < 60
    servers.client.start_instances(InstanceIds=[instance_id])
    assert _distance(servers.describe(instance_id)["LaunchTime"], moved) < 60


def test_an_ended_server_is_forgotten_an_hour_later_by_the_moved_clock(servers: Servers, ec2_aws: Aws) -> None:
    instance_id = servers.running()
    servers.client.terminate_instances(InstanceIds=[instance_id])
    assert servers.states(instance_id, 2) == ["shutting-down", "terminated"]
    assert servers.all_ids() == [instance_id]
    ec2_aws.move_clock(3_700)
    assert servers.all_ids() == []


def _distance(moment: datetime, seconds: int) -> float:
    return abs(moment.timestamp() - seconds)
