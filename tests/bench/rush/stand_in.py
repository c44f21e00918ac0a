"""A stand-in for all that a hub asks: Docker's engine, AWS, and the users' servers, which answer and report activity.

``python -m tests.bench.rush.stand_in`` serves it on a port of loopback, which it writes as its first line. Services and
containers begin as on a real worker: a second or two until the task runs, some more until the server in it answers. Answers
have the size of the engine's own, since reading them is what costs a hub its time.
"""

import asyncio
import itertools
import json
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp import web

GIB = 1024**3
API_VERSION = "1.44"
WORKERS, WORKER_MEMORY = 40, 64 * GIB
RUNS_AFTER, ANSWERS_AFTER = (0.5, 1.5), (2.0, 4.0)  # seconds: lowest and highest
ACTIVITY_SECONDS = (
    300.0  # jupyterhub-singleuser reports so often, and as long are its answers about cookies good
)
DIGEST = "sha256:" + "5f" * 32
Document = dict[str, Any]


@dataclass
class Server:
    """A notebook server: as a service with one task, or as a container."""

    identity: str
    name: str
    spec: Document
    node: str
    runs: float
    answers: float
    environment: dict[str, str] = field(default_factory=dict)


def _environment(words: Any) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words or [] if "=" in word)


def _filters(request: web.Request) -> Document:
    found: Document = json.loads(request.query.get("filters", "{}"))
    return {name: list(wanted) for name, wanted in found.items()}  # docker sends lists or sets as objects


class StandIn:
    """All of it. ``image_label`` is what the workers' nodes carry."""

    def __init__(self, image_label: str) -> None:
        self.servers: dict[str, Server] = {}
        self.by_id: dict[str, Server] = {}
        self.by_prefix: dict[str, Server] = {}
        self._on_node: dict[str, int] = {}
        self.others: dict[str, Document] = {}  # services that are not notebooks
        self.nodes = [self._node(number, image_label) for number in range(WORKERS)]
        self._count = itertools.count(1)
        self._chance = random.Random(16)  # noqa: S311 - no secret
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def _node(self, number: int, label: str) -> Document:
        engine = {"EngineVersion": "29.0.0", "Labels": {"chef-hub.node": f"worker-i-{number:017x}"}}
        return {
            "ID": f"node{number:021d}",
            "Version": {"Index": 10 + number},
            "Spec": {"Role": "worker", "Availability": "active", "Labels": {label: "true"}},
            "Description": {
                "Hostname": f"worker-{number}",
                "Platform": {"Architecture": "x86_64", "OS": "linux"},
                "Resources": {"NanoCPUs": 8_000_000_000, "MemoryBytes": WORKER_MEMORY},
                "Engine": engine,
                "TLSInfo": {"TrustRoot": "x" * 500, "CertIssuerSubject": "y" * 60},
            },
            "Status": {"State": "ready", "Addr": f"10.0.1.{number}"},
        }

    # --- Swarm ---

    def _new(self, name: str, spec: Document, environment: Any) -> Server:
        number = next(self._count)
        now = asyncio.get_running_loop().time()
        runs = now + self._chance.uniform(*RUNS_AFTER)
        node = min((each["ID"] for each in self.nodes), key=lambda each: self._on_node.get(each, 0))
        self._on_node[node] = self._on_node.get(node, 0) + 1
        server = Server(
            identity=f"{number:025x}",
            name=name,
            spec=spec,
            node=node,
            runs=runs,
            answers=runs + self._chance.uniform(*ANSWERS_AFTER),
            environment=_environment(environment),
        )
        self.servers[name] = self.by_id[server.identity] = server
        self.by_prefix[server.environment["JUPYTERHUB_SERVICE_PREFIX"]] = server
        task = asyncio.create_task(self._live(server))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return server

    def _find(self, word: str) -> Server | None:
        return self.servers.get(word) or self.by_id.get(word)

    def _service(self, server: Server) -> Document:
        return {
            "ID": server.identity,
            "Version": {"Index": 1000},
            "CreatedAt": "2026-12-01T09:00:00.000000000Z",
            "UpdatedAt": "2026-12-01T09:00:00.000000000Z",
            "Spec": server.spec,
            "Endpoint": {"Spec": {"Mode": "dnsrr"}},
        }

    def _task(self, server: Server) -> Document:
        running = asyncio.get_running_loop().time() >= server.runs
        network = {
            "ID": "n" * 25,
            "Version": {"Index": 9},
            "CreatedAt": "2026-12-01T08:00:00Z",
            "UpdatedAt": "2026-12-01T08:00:00Z",
            "Spec": {
                "Name": "chef-hub",
                "Labels": {},
                "DriverConfiguration": {"Name": "overlay"},
                "Scope": "swarm",
            },
            "DriverState": {
                "Name": "overlay",
                "Options": {"com.docker.network.driver.overlay.vxlanid_list": "4097"},
            },
            "IPAMOptions": {"Driver": {"Name": "default"}, "Configs": [{"Subnet": "10.64.0.0/16"}]},
        }
        return {
            "ID": f"t{server.identity[1:]}",
            "Version": {"Index": 1001},
            "CreatedAt": "2026-12-01T09:00:00.000000000Z",
            "UpdatedAt": "2026-12-01T09:00:01.000000000Z",
            "Labels": {},
            "Spec": {**server.spec["TaskTemplate"], "ForceUpdate": 0},
            "ServiceID": server.identity,
            "Slot": 1,
            "NodeID": server.node,
            "Status": {
                "Timestamp": "2026-12-01T09:00:01.000000000Z",
                "State": "running" if running else "preparing",
                "Message": "started" if running else "preparing",
                "ContainerStatus": {"ContainerID": "c" * 64, "PID": 4242, "ExitCode": 0},
                "PortStatus": {},
            },
            "DesiredState": "running",
            "NetworksAttachments": [{"Network": network, "Addresses": ["10.64.1.2/16"]}],
            "Volumes": None,
        }

    async def list_services(self, request: web.Request) -> web.Response:
        wanted = _filters(request)
        found = [self._service(server) for server in self.servers.values()]
        if "name" in wanted:
            found = [service for service in found if service["Spec"]["Name"].startswith(wanted["name"][0])]
            found += [one for name, one in self.others.items() if name.startswith(wanted["name"][0])]
        elif "label" in wanted and not wanted["label"][0].endswith("=notebook"):
            found = list(self.others.values())
        return web.json_response(found)

    async def inspect_service(self, request: web.Request) -> web.Response:
        server = self._find(request.match_info["name"])
        return web.json_response(self._service(server)) if server else self._missing("service")

    async def create_service(self, request: web.Request) -> web.Response:
        spec = await request.json()
        spec.setdefault("Mode", {"Replicated": {"Replicas": 1}})
        if "Global" in spec["Mode"] or spec["Labels"].get("chef-hub.kind") != "notebook":
            self.others[spec["Name"]] = {"ID": f"other-{spec['Name']}", "Spec": spec}
            return web.json_response({"ID": f"other-{spec['Name']}"}, status=201)
        container = spec["TaskTemplate"]["ContainerSpec"]
        return web.json_response(
            {"ID": self._new(spec["Name"], spec, container.get("Env")).identity}, status=201
        )

    async def remove(self, request: web.Request) -> web.Response:
        server = self._find(request.match_info["name"])
        if server is None:
            return self._missing("service")
        del self.servers[server.name], self.by_id[server.identity]
        return web.Response(status=204 if "containers" in request.path else 200)

    async def list_tasks(self, request: web.Request) -> web.Response:
        wanted = _filters(request)
        found = list(self.servers.values())
        if "service" in wanted:
            found = [server for word in wanted["service"] if (server := self._find(word))]
        if "id" in wanted:
            identities = {f"0{word[1:]}" for word in wanted["id"]}
            found = [server for server in found if server.identity in identities]
        return web.json_response([self._task(server) for server in found])

    async def list_nodes(self, _: web.Request) -> web.Response:
        return web.json_response(self.nodes)

    # --- containers ---

    async def list_containers(self, _: web.Request) -> web.Response:
        found = [
            {
                "Id": server.identity,
                "Names": [f"/{server.name}"],
                "Image": server.spec["Image"],
                "ImageID": DIGEST,
                "Labels": server.spec.get("Labels") or {},
                "State": "running",
                "Status": "Up 2 minutes",
                "HostConfig": {"NetworkMode": "jupyterhub-lab"},
                "NetworkSettings": {"Networks": {"jupyterhub-lab": {"IPAddress": "127.0.0.1"}}},
                "Mounts": server.spec["HostConfig"].get("Binds") or [],
            }
            for server in self.servers.values()
        ]
        return web.json_response(found)

    async def create_container(self, request: web.Request) -> web.Response:
        spec = await request.json()
        server = self._new(request.query["name"], spec, spec.get("Env"))
        return web.json_response({"Id": server.identity, "Warnings": []}, status=201)

    async def inspect_container(self, request: web.Request) -> web.Response:
        server = self._find(request.match_info["name"])
        if server is None:
            return self._missing("container")
        state = {
            "Status": "running",
            "Running": True,
            "OOMKilled": False,
            "ExitCode": 0,
            "Error": "",
            "Pid": 4242,
        }
        networks = {"jupyterhub-lab": {"IPAddress": "127.0.0.1", "Gateway": "127.0.0.1"}}
        return web.json_response(
            {
                "Id": server.identity,
                "Name": f"/{server.name}",
                "Created": "2026-12-01T09:00:00.000000000Z",
                "State": state,
                "Image": DIGEST,
                "Config": {name: value for name, value in server.spec.items() if name != "HostConfig"},
                "HostConfig": server.spec["HostConfig"],
                "NetworkSettings": {"Networks": networks, "IPAddress": "", "Ports": {}},
                "Mounts": [],
            }
        )

    async def done(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    async def image(self, request: web.Request) -> web.Response:
        return web.json_response({"Id": DIGEST, "RepoTags": [request.match_info["name"]]})

    # --- AWS ---

    async def aws(self, request: web.Request) -> web.Response:
        """Answer what the hub asks: SSM for the maintenance, Auto Scaling for the group's instances."""
        if "X-Amz-Target" in request.headers:
            return web.json_response({"Parameters": [], "InvalidParameters": []})
        form = await request.post()
        if form.get("Action") != "DescribeAutoScalingGroups":
            return web.Response(text="<Response/>", content_type="text/xml")
        members = "".join(
            f"<member><InstanceId>i-{number:017x}</InstanceId><AvailabilityZone>us-east-1a</AvailabilityZone>"
            "<LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus>"
            "<ProtectedFromScaleIn>true</ProtectedFromScaleIn></member>"
            for number in range(WORKERS)
        )
        group = (
            f"<AutoScalingGroupName>{form['AutoScalingGroupNames.member.1']}</AutoScalingGroupName><MinSize>1</MinSize>"
            f"<MaxSize>{WORKERS}</MaxSize><DesiredCapacity>{WORKERS}</DesiredCapacity><DefaultCooldown>300</DefaultCooldown>"
            f"<HealthCheckType>EC2</HealthCheckType><CreatedTime>2026-12-01T00:00:00Z</CreatedTime>"
            f"<AvailabilityZones><member>us-east-1a</member></AvailabilityZones><Instances>{members}</Instances>"
        )
        return web.Response(
            text='<DescribeAutoScalingGroupsResponse xmlns="http://autoscaling.amazonaws.com/doc/2011-01-01/">'
            f"<DescribeAutoScalingGroupsResult><AutoScalingGroups><member>{group}</member></AutoScalingGroups>"
            "</DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>",
            content_type="text/xml",
        )

    # --- the users' servers ---

    async def notebook(self, request: web.Request) -> web.Response:
        """Answer for the server whose path this is, once it is up."""
        headers = {"X-JupyterHub-Version": "6.1.1"}
        prefix = "/".join(request.raw_path.split("/")[:3]) + "/"
        server = self.by_prefix.get(prefix)
        if server is None or asyncio.get_running_loop().time() < server.answers:
            return web.Response(status=503)
        body: Any = [] if request.path.endswith("/kernels") else {"version": "2"}
        return web.json_response(body, headers=headers)

    async def _live(self, server: Server) -> None:
        """Report activity, and ask the hub whose cookie this is, as the server does while its user works."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(server.answers - loop.time())
        token = {"Authorization": f"token {server.environment['JUPYTERHUB_API_TOKEN']}"}
        api, activity = (server.environment[f"JUPYTERHUB_{name}_URL"] for name in ("API", "ACTIVITY"))
        assert self._session is not None
        await asyncio.sleep(self._chance.uniform(0, 10))
        while server.name in self.servers:
            now = datetime.now(UTC).isoformat()
            try:
                report = {"servers": {"": {"last_activity": now}}, "last_activity": now}
                async with self._session.post(activity, json=report, headers=token) as answer:
                    await answer.read()
                async with self._session.get(f"{api}/user", headers=token) as answer:
                    await answer.read()
            except (aiohttp.ClientError, TimeoutError):
                pass  # the hub ends, or is too slow: then its own figures say so
            await asyncio.sleep(ACTIVITY_SECONDS * self._chance.uniform(0.9, 1.1))

    @staticmethod
    def _missing(what: str) -> web.Response:
        return web.json_response({"message": f"no such {what}"}, status=404)

    # --- serving ---

    def application(self) -> web.Application:
        made = web.Application(client_max_size=64 * 1024**2)
        routes = (
            ("GET", "/version", self.version),
            ("GET", "/v{v}/services", self.list_services),
            ("POST", "/v{v}/services/create", self.create_service),
            ("GET", "/v{v}/services/{name}", self.inspect_service),
            ("DELETE", "/v{v}/services/{name}", self.remove),
            ("GET", "/v{v}/tasks", self.list_tasks),
            ("GET", "/v{v}/nodes", self.list_nodes),
            ("GET", "/v{v}/containers/json", self.list_containers),
            ("POST", "/v{v}/containers/create", self.create_container),
            ("GET", "/v{v}/containers/{name}/json", self.inspect_container),
            ("POST", "/v{v}/containers/{name}/{action}", self.done),
            ("DELETE", "/v{v}/containers/{name}", self.remove),
            ("GET", "/v{v}/images/{name:.*}/json", self.image),
            ("POST", "/", self.aws),
            ("*", "/user/{path:.*}", self.notebook),
        )
        for method, path, handler in routes:
            made.router.add_route(method, path, handler)
        made.on_startup.append(self._begin)
        made.on_cleanup.append(self._end)
        return made

    async def version(self, _: web.Request) -> web.Response:
        return web.json_response({"Version": "29.0.0", "ApiVersion": API_VERSION, "MinAPIVersion": "1.44"})

    async def _begin(self, _: web.Application) -> None:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30), trust_env=False)

    async def _end(self, _: web.Application) -> None:
        for task in list(self._tasks):
            task.cancel()
        if self._session is not None:
            await self._session.close()


async def serve(image_label: str) -> None:
    runner = web.AppRunner(StandIn(image_label).application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
