"""Uses a Docker Engine as a program with docker-py does. Prints one JSON object: what each check saw, or the error that ended it."""

import io
import json
import sys
import tarfile
import time

import docker
import requests

client = docker.from_env()
registry = sys.argv[1]
checks = {}


def check(function):
    checks[function.__name__] = function
    return function


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.05)


def sleeper(**options):
    return client.containers.run("busybox", ["sleep", "1000"], detach=True, stop_signal="SIGKILL", **options)


def bare(attached):
    """The socket itself: docker-py gives that of a TLS connection as it is, and another one wrapped."""
    return getattr(attached, "_sock", attached)


def received(connection):
    said = b""
    while chunk := connection.recv(1024):
        said += chunk
    connection.close()
    return said


def file_tar(name, content):
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


@check
def negotiation():
    low = docker.APIClient(**docker.utils.kwargs_from_env(), version="1.30")
    auto = docker.APIClient(**docker.utils.kwargs_from_env(), version="auto")
    return [client.ping(), client.version()["ApiVersion"], auto.api_version, low.version()["ApiVersion"], client.info()["Name"]]


@check
def run_returns_output():
    return client.containers.run("busybox", ["sh", "-c", "echo hello; echo unseen >&2"], remove=True).decode()


@check
def run_raises_on_failure():
    try:
        client.containers.run("busybox", ["sh", "-c", "echo broken >&2; exit 3"], remove=True)
    except docker.errors.ContainerError as error:
        return [error.exit_status, error.stderr.decode()]


@check
def run_streams():
    lines = client.containers.run("busybox", ["sh", "-c", "echo one; sleep 0.1; echo two"], stream=True)
    return [line.decode() for line in lines]


@check
def run_of_an_unknown_image():
    try:
        client.containers.run(registry + "/none:1")
    except docker.errors.APIError as error:
        return [error.response.status_code, type(error).__name__]


@check
def removed_when_it_ends():
    wait_for(lambda: len(client.containers.list(all=True, filters={"status": "exited"})) == 1)  # that of run_streams
    for container in client.containers.list(all=True):
        container.remove(v=True)
    return client.containers.list(all=True)


@check
def life():
    container = sleeper(name="life", labels={"app": "life"}, environment={"CUP": "tea"}, ports={"80/tcp": None})
    seen = [container.status, [each.name for each in client.containers.list(filters={"label": "app=life"})]]
    container.pause()
    container.reload()
    seen.append(container.status)
    container.unpause()
    container.rename("renamed")
    container.restart(timeout=0)
    container.reload()
    seen += [container.status, container.name, len(container.top()["Processes"]), list(container.ports)]
    container.stop(timeout=0)
    container.reload()
    seen.append([container.status, container.attrs["State"]["ExitCode"]])
    container.start()
    container.kill(signal=9)
    seen.append(container.wait()["StatusCode"])
    container.remove()
    try:
        container.reload()
    except docker.errors.NotFound as error:
        seen.append(error.response.status_code)
    return seen


@check
def waits():
    container = sleeper()
    try:
        container.wait(timeout=1)
    except (requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError) as error:
        timed_out = "timed out" in str(error)
    container.kill()
    code = container.wait(timeout=20, condition="not-running")["StatusCode"]
    container.remove()
    return [timed_out, code]


@check
def executes():
    container = sleeper()
    command = ["sh", "-c", "echo out; echo err >&2; exit 4"]
    code, output = container.exec_run(command)
    both = container.exec_run(command, demux=True)
    streamed = b"".join(container.exec_run(["sh", "-c", "echo one; echo two"], stream=True).output)
    detached = container.exec_run(["touch", "/tmp/detached"], detach=True).output
    wait_for(lambda: container.exec_run(["ls", "/tmp/detached"]).exit_code == 0)
    user = container.exec_run(["sh", "-c", "id -un; pwd; echo $CUP"], user="nobody", workdir="/tmp", environment={"CUP": "blue"})
    container.remove(force=True)
    return [code, sorted(output.decode().split()), both[0], [part.decode() for part in both[1]], streamed.decode(), detached, user.output.decode()]


@check
def executes_over_a_socket():
    container = sleeper()
    connection = bare(container.exec_run(["sh", "-c", "read line; echo got $line"], stdin=True, tty=True, socket=True).output)
    connection.sendall(b"typed\n")
    said = received(connection)
    container.remove(force=True)
    return said.decode()


@check
def attaches_over_a_socket():
    container = client.containers.create("busybox", ["head", "-n", "1"], stdin_open=True)
    connection = bare(container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1}))
    container.start()
    connection.sendall(b"across\n")
    said = received(connection)
    container.remove(force=True)
    return [said[0], said[7], said[8:].decode()]


@check
def attaches_to_a_stream():
    container = client.containers.create("busybox", ["sh", "-c", "echo out; echo err >&2"])
    stream = container.attach(stream=True, demux=True)
    container.start()
    parts = [[part and part.decode() for part in pair] for pair in stream]
    container.remove()
    return sorted(parts, key=str)


@check
def logs():
    container = client.containers.run("busybox", ["sh", "-c", "echo one; sleep 0.3; echo two; echo three >&2"], detach=True)
    followed = b"".join(container.logs(stream=True, follow=True)).decode()
    seen = [sorted(followed.split()), container.logs(tail=2, stderr=False).decode(), container.logs(stdout=False).decode()]
    seen.append(container.logs(stdout=True, stderr=False, timestamps=True).decode().startswith("20"))
    seen.append(container.logs(since=int(time.time()) + 1000).decode())
    container.remove()
    return seen


@check
def archives():
    container = sleeper()
    put = container.put_archive("/tmp", file_tar("note.txt", b"of porcelain"))
    chunks, stat = container.get_archive("/tmp/note.txt")
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        content = tar.extractfile("note.txt").read().decode()
    container.remove(force=True)
    return [put, stat["name"], stat["size"], content]


@check
def stats():
    container = sleeper(name="measured")
    lines = container.stats(decode=True, stream=True)
    first, second = next(lines), next(lines)
    once = container.stats(stream=False)
    container.remove(force=True)
    return [first["name"], second["memory_stats"]["usage"] > 0, once["id"] == container.id]


@check
def networks():
    network = client.networks.create("tea", labels={"app": "tea"}, check_duplicate=True, internal=True)
    pot = sleeper(name="pot", network="tea")
    cup = client.containers.create("busybox", ["sleep", "1000"], name="cup", network="tea", stop_signal="SIGKILL")
    network.disconnect(cup)
    network.connect(cup, aliases=["beaker"])
    cup.start()
    found = pot.exec_run(["nslookup", "beaker"]).exit_code
    network.reload()
    members = sorted(member.name for member in network.containers)
    for container in (pot, cup):
        container.remove(force=True)
    network.remove()
    return [found, members, [each.name for each in client.networks.list(names=["tea"])]]


@check
def volumes():
    volume = client.volumes.create("cellar", labels={"kept": "yes"})
    mount = {"cellar": {"bind": "/cellar", "mode": "rw"}}
    client.containers.run("busybox", ["sh", "-c", "echo 1984 > /cellar/year"], volumes=mount, remove=True)
    mounts = [docker.types.Mount("/c", "cellar", read_only=True)]
    read = client.containers.run("busybox", ["cat", "/c/year"], mounts=mounts, remove=True).decode()
    listed = [each.name for each in client.volumes.list(filters={"label": "kept=yes"})]
    volume.remove()
    return [read, listed, [each.name for each in client.volumes.list()]]


@check
def refusals():
    said = []
    for options in ({"privileged": True}, {"volumes": {"/etc": {"bind": "/host"}}}, {"network_mode": "host"}, {"pid_mode": "host"}):
        try:
            sleeper(**options)
        except docker.errors.APIError as error:
            said.append([error.response.status_code, error.explanation.split(" is not allowed")[0]])
    return said


@check
def images():
    image = client.images.get("busybox")
    tagged = image.tag("kept", "1")
    image.reload()
    archive = b"".join(image.save(named="kept:1"))
    client.images.remove("kept:1")
    [loaded] = client.images.load(archive)
    seen = [tagged, "kept:1" in loaded.tags, len(client.images.list(name="kept")), loaded.id == image.id]
    client.images.remove("kept:1", force=True)
    seen.append([step["CreatedBy"] for step in image.history()])
    return seen


@check
def pulls():
    name = registry + "/tool"
    image = client.images.pull(name, tag="1")
    statuses = [line["status"] for line in client.api.pull(name, tag="1", stream=True, decode=True)]
    client.images.remove(name + ":1")
    return [name + ":1" in image.tags, statuses[-1].replace(registry, "REGISTRY")]


@check
def builds():
    image, log = client.images.build(path=sys.argv[2], tag="built:1", buildargs={"LEAF": "oolong"}, rm=True)
    said = client.containers.run("built:1", remove=True).decode()
    try:
        client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN exit 9\n"))
    except docker.errors.BuildError as error:
        failure = error.msg
    return ["built:1" in image.tags, any("Step 1/" in line.get("stream", "") for line in log), said, failure.split(": ")[-1]]


@check
def commits_and_pushes():
    container = sleeper()
    image = container.commit(registry + "/made", "py", message="made", author="me", changes=["ENV CUP=blue"])
    container.remove(force=True)
    pushed = [line.get("status", "") for line in client.images.push(registry + "/made", tag="py", stream=True, decode=True)]
    return [image.attrs["Comment"], image.attrs["Author"], "CUP=blue" in image.attrs["Config"]["Env"], any("digest: sha256:" in status for status in pushed)]


@check
def prunes():
    container = client.containers.create("busybox")
    client.volumes.create()
    return [container.id in client.containers.prune()["ContainersDeleted"], len(client.volumes.prune()["VolumesDeleted"]), sorted(client.df())]


@check
def events():
    stream = client.events(decode=True, filters={"type": "container", "container": "eventful"})
    sleeper(name="eventful").remove(force=True)
    seen = []
    for event in stream:
        seen.append(event["Action"])
        if event["Action"] == "destroy":
            break
    stream.close()
    return seen


@check
def low_level():
    api = client.api
    config = api.create_host_config(mem_limit="64m", restart_policy={"Name": "on-failure", "MaximumRetryCount": 2}, tmpfs={"/run": "size=1m"})
    made = api.create_container("busybox", ["sleep", "1000"], name="low", host_config=config, healthcheck={"test": ["CMD", "true"], "interval": 10**9})
    api.start(made["Id"])
    wait_for(lambda: api.inspect_container("low")["State"]["Health"]["Status"] == "healthy")
    seen = api.inspect_container("low")["HostConfig"]
    size = api.containers(filters={"name": "low"}, size=True)[0]["SizeRw"]
    api.remove_container("low", force=True, v=True)
    return [seen["Memory"], seen["RestartPolicy"], list(seen["Tmpfs"]), size >= 0]


report = {}
for name, function in checks.items():
    try:
        report[name] = function()
    except Exception as error:  # the next check is of something else
        report[name] = f"{type(error).__name__}: {error}"
print(json.dumps(report))
