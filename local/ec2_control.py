"""The control endpoint of the local EC2: what a test or a demonstration makes go wrong there. JSON in, JSON out.

GET  /_control/health                          {"status": "ok"}
GET  /_control/state                           settings, faults and every server with its state
GET  /_control/calls                           the last EC2 calls: action, region, moment, parameters
POST /_control/reset                           forgets all but networks, groups and images
POST /_control/settings                        {"transition_describes": 1, "not_found_describes": 0,
                                                "terminated_visible_seconds": 3600}, any of them
POST /_control/capacity                        {"instance_type": "g5.xlarge", "available": false, "region": "*"}:
                                               InsufficientInstanceCapacity at launch and at start, until available
POST /_control/faults                          {"action": "RunInstances"} and any of
                                               code, message, status  the error (500 InternalError)
                                               times        how often; null is until cleared (1)
                                               after        how many calls pass before (0)
                                               effect       true: the call has its effect, the answer is lost (false)
                                               dropped      true: the connection is closed without an answer (false)
                                               region, instance_type, instance_id   only calls that name it
POST /_control/faults/clear                    ends all of them
POST /_control/throttle                        {"action": "*", "times": 1}: RequestLimitExceeded
POST /_control/launches/fail                   {"times": 1, "code": "Server.InternalError"}: pending, then terminated
POST /_control/starts/fail                     {"times": 1, "code": "Server.InsufficientInstanceCapacity"}: accepted,
                                               pending, then stopped again
POST /_control/stops/hang                      {"times": 1, "forced_too": false}: `stopping` until a forced stop
POST /_control/instances/<id>/die              {"code": "Server.InternalError"}: terminated by the provider
POST /_control/instances/<id>/go-down          {"code": "Server.ScheduledStop"}: stopped by the provider
POST /_control/instances/<id>/power-off        shut down from inside
POST /_control/instances/<id>/vanish           not found from now on; its volumes that outlive it stay
POST /_control/instances/<id>/unhang           lets a hanging stop go on
POST /_control/instances/<id>/silence          {"silent": true}: its daemon says nothing, until false
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from local import ec2_emulator
from local.ec2_lifecycle import LocalInstance
from local.ec2_world import EVERYWHERE, Fault, Settings, World

Body = Mapping[str, Any]
Answer = dict[str, Any]


class UnknownControl(LookupError):
    """No such control, or no such server."""


def control(world: World, path: str, body: Body) -> Answer:
    """Carries out one control; `path` is what follows /_control/."""
    if path.startswith("instances/"):
        _, instance_id, verb = path.split("/")
        return _on_server(instance_id, verb, body)
    if path not in _CONTROLS:
        raise UnknownControl(path)
    return _CONTROLS[path](world, body) or {"done": path}


def _health(world: World, body: Body) -> Answer:
    return {"status": "ok"}


def _state(world: World, body: Body) -> Answer:
    return {
        "settings": asdict(world.settings),
        "no_capacity": sorted(world.no_capacity),
        "faults": [asdict(fault) for fault in world.faults],
        "servers": [_shown(server) for region in ec2_emulator.records() for server in ec2_emulator.servers(region)],
    }


def _calls(world: World, body: Body) -> Answer:
    return {"calls": [{**asdict(call), "parameters": dict(call.parameters)} for call in world.calls]}


def _reset(world: World, body: Body) -> None:
    world.__dict__.update(World().__dict__)
    ec2_emulator.empty()


def _settings(world: World, body: Body) -> None:
    world.settings = Settings(**{**asdict(world.settings), **body})


def _capacity(world: World, body: Body) -> None:
    place = (body.get("region", EVERYWHERE), body["instance_type"])
    if body["available"]:
        world.no_capacity.discard(place)
    else:
        world.no_capacity.add(place)


def _faults(world: World, body: Body) -> None:
    world.faults.append(Fault(**body))


def _clear(world: World, body: Body) -> None:
    world.faults.clear()


def _throttle(world: World, body: Body) -> None:
    action, times = body.get("action", EVERYWHERE), body.get("times", 1)
    world.faults.append(Fault(action, "RequestLimitExceeded", "Request limit exceeded.", 503, times))


def _fail_launches(world: World, body: Body) -> None:
    world.failing_launches += [body.get("code", "Server.InternalError")] * body.get("times", 1)


def _fail_starts(world: World, body: Body) -> None:
    world.failing_starts += [body.get("code", "Server.InsufficientInstanceCapacity")] * body.get("times", 1)


def _hang_stops(world: World, body: Body) -> None:
    world.hanging_stops += [bool(body.get("forced_too", False))] * body.get("times", 1)


def _on_server(instance_id: str, verb: str, body: Body) -> Answer:
    everywhere = [each for region in ec2_emulator.records() for each in ec2_emulator.servers(region)]
    server = next((each for each in everywhere if each.id == instance_id), None)
    if server is None:
        raise UnknownControl(instance_id)
    server.hidden_left = 0
    if verb == "die":
        server.die(body.get("code", "Server.InternalError"))
    elif verb == "go-down":
        server.go_down(body.get("code", "Server.ScheduledStop"))
    elif verb == "power-off":
        server.power_off()
    elif verb == "vanish":
        server.die("Server.InternalError")
        ec2_emulator.forget(server)
    elif verb == "silence":
        server.silent = bool(body.get("silent", True))
    elif verb == "unhang":
        server.hangs = False
    else:
        raise UnknownControl(verb)
    return _shown(server)


def _shown(server: LocalInstance) -> Answer:
    return {
        "id": server.id,
        "region": server.region_name,
        "type": server.instance_type,
        "state": server.state,
        "address": server.public_ip,
        "hidden": server.hidden_left > 0,
        "hangs": server.hangs,
        "groups": [group.id for group in server.security_groups],
        "user_data": server.user_data.decode() if server.user_data else "",
        "silent": server.silent,
        "tags": {tag["key"]: tag["value"] for tag in server.get_tags()},
    }


_CONTROLS: dict[str, Callable[[World, Body], Answer | None]] = {
    "health": _health,
    "state": _state,
    "calls": _calls,
    "reset": _reset,
    "settings": _settings,
    "capacity": _capacity,
    "faults": _faults,
    "faults/clear": _clear,
    "throttle": _throttle,
    "launches/fail": _fail_launches,
    "starts/fail": _fail_starts,
    "stops/hang": _hang_stops,
}
