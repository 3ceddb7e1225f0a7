"""The topology of `deploy/`, on this machine and without containers: PostgreSQL and Redis made by the very scripts of
`deploy/compose`, two instances, and HAProxy with the very configuration. Then what it promises, measured through TLS:
a killed and a frozen instance is left within 5 s, and an upgrade of one after the other loses no alert.

    python3 tests/deploy/two_instances.py FOLDER BINARIES     FOLDER is empty and ours; BINARIES has the two programs
"""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
WORK, BIN = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
CAMPUS = "north-high"
BOUND_S = 5.0
WATCHERS = 8
PASSWORDS = {f"LOCKSTEP_{who}_PASSWORD": os.urandom(12).hex() for who in ("OWNER", "SERVICE", "REDIS")}
started = []


def fail(why):
    print(f"tests/deploy: {why}", file=sys.stderr)
    for log in sorted(WORK.glob("*.log")):
        print(f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:]), file=sys.stderr)
    sys.exit(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, **more)
    if done.returncode != 0:
        fail(f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def start(name, *command, **more):
    """Starts a program that ends with us; its log is NAME.log."""
    log = open(WORK / f"{name}.log", "ab")
    child = subprocess.Popen([str(part) for part in command], stdout=more.pop("stdout", log), stderr=log, **more)
    started.append(child)
    return child


def until(what, ready, patience=30.0):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        value = ready()
        if value:
            return value
        time.sleep(0.05)
    fail(f"not within {patience:.0f} s: {what}")


def postgres():
    """A new PostgreSQL; its database and roles as `deploy/compose/database.sh` makes them."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    folder, port = WORK / "postgres", free_port()
    folder.mkdir()
    as_user = []
    if os.getuid() == 0:
        run("chown", "postgres", folder)
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    run(*as_user, programs / "initdb", "-D", folder / "data", "-U", "postgres", "--auth-local=trust",
        "--auth-host=scram-sha-256", "-E", "UTF8", "--locale=C", "--no-sync", cwd=folder)
    server = start("postgres", *as_user, programs / "postgres", "-D", folder / "data", "-p", port, "-k", folder,
          "-c", "listen_addresses=127.0.0.1", cwd=folder)
    until("PostgreSQL", lambda: subprocess.run([programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]).returncode == 0)
    reach = {"PGHOST": str(folder), "PGPORT": str(port)}
    run(DEPLOY / "compose/database.sh",
        env={**os.environ, **PASSWORDS, **reach, "LOCKSTEP_POSTGRES_SQL": str(DEPLOY / "postgres.sql")})

    def ask(question):
        return run("psql", "-X", "-A", "-t", "-U", "postgres", "-d", "lockstep", "-c", question, env={**os.environ, **reach}).strip()

    def url(role, password):
        return f"postgres://{role}:{PASSWORDS[password]}@127.0.0.1:{port}/lockstep"

    run(BIN / "lockstep-server", "prepare-database", cwd=WORK,
        env={**os.environ, "LOCKSTEP_DATABASE_URL": url("lockstep_owner", "LOCKSTEP_OWNER_PASSWORD")})
    rights = "SELECT string_agg(DISTINCT privilege_type, ' ' ORDER BY privilege_type) FROM information_schema.role_table_grants WHERE grantee = 'lockstep' AND table_name = 'entry'"
    if (may := ask(rights)) != "INSERT SELECT":
        fail(f"the service may do this with entries: {may!r}")
    return url("lockstep", "LOCKSTEP_SERVICE_PASSWORD"), server


def redis():
    port = free_port()
    server = start("redis", DEPLOY / "compose/redis.sh", "--bind", "127.0.0.1", "--port", port, cwd=WORK,
          env={**os.environ, **PASSWORDS, "LOCKSTEP_REDIS_USERS": str(WORK / "users.acl")})
    ping = ["redis-cli", "-p", str(port), "ping"]
    until("Redis", lambda: "NOAUTH" in subprocess.run(ping, capture_output=True, text=True).stdout)
    return f"redis://lockstep:{PASSWORDS['LOCKSTEP_REDIS_PASSWORD']}@127.0.0.1:{port}", server


class Instance:
    def __init__(self, name, env):
        self.name, self.port, self.child = name, free_port(), None
        self.env = {**os.environ, "RUST_LOG": "info", **env, "LOCKSTEP_DATA": str(WORK / name),
                    "LOCKSTEP_LISTEN": f"127.0.0.1:{self.port}"}

    def launch(self):
        self.child = start(self.name, BIN / "lockstep-server", "--announce", "json", env=self.env)

    def start(self):
        self.launch()
        self.until_ready()

    def until_ready(self):
        healthy = [str(DEPLOY / "compose/healthy.sh"), f"127.0.0.1:{self.port}"]
        until(f"instance {self.name}", lambda: self.child.poll() is not None or
              subprocess.run(healthy, stderr=subprocess.DEVNULL).returncode == 0)
        until(f"instance {self.name} ready", lambda: self.get("/readyz") == "ready\n")

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.read().decode()
        except OSError as why:
            return str(why)

    def metric(self, name):
        """The sum over its labels."""
        found = re.findall(rf"^{name}(?:{{.*}})? (\S+)$", self.get("/metrics"), re.M)
        return sum(map(float, found)) if found else None

    def code(self, principal):
        return json.loads(run(BIN / "lockstep-server", "code", principal, "--json", env=self.env))["code"]

    def signal(self, which):
        self.child.send_signal(which)


def certificates():
    """An authority of our own, and a certificate for this machine."""
    (WORK / "san").write_text("subjectAltName=DNS:localhost\n")
    made = lambda *more: run("openssl", *more, cwd=WORK)
    made("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=test", "-keyout", "ca.key", "-out", "ca.pem")
    made("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", "site.key", "-out", "site.csr")
    made("x509", "-req", "-in", "site.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "1",
         "-extfile", "san", "-out", "site.pem")
    (WORK / "lockstep.pem").write_text((WORK / "site.pem").read_text() + (WORK / "site.key").read_text())


def proxy(one, two):
    """`deploy/haproxy.cfg`, with other ports, files and, where we are no root, without another user."""
    port = free_port()
    text = (DEPLOY / "haproxy.cfg").read_text()
    for here, there in (("bind :443 ", f"bind 127.0.0.1:{port} "), ("/etc/haproxy/lockstep.pem", f"{WORK}/lockstep.pem"),
                        ("/run/haproxy/admin.sock", f"{WORK}/admin.sock"), (":7117", f":{one.port}"), (":7118", f":{two.port}")):
        if here not in text:
            fail(f"deploy/haproxy.cfg does not say {here!r} any more")
        text = text.replace(here, there)
    if os.getuid() != 0:
        text = re.sub(r"^ +(user|group) .*\n", "", text, flags=re.M)
    (WORK / "haproxy.cfg").write_text(text)
    run("haproxy", "-c", "-q", "-f", WORK / "haproxy.cfg")
    start("haproxy", "haproxy", "-f", WORK / "haproxy.cfg")
    return f"https://localhost:{port}"


def admin(command):
    """Asks the running proxy, as `socat` would."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.connect(str(WORK / "admin.sock"))
        asked.sendall(command.encode() + b"\n")
        return b"".join(iter(lambda: asked.recv(65536), b"")).decode()


def both_in_the_proxy():
    """Whether the proxy sends clients to both: running, not in maintenance, with their weights."""
    return admin("show servers state lockstep").count(" 2 0 1 1 ") == 2


class Watcher:
    """`lockstep watch --json` through the proxy; each frame with the moment at which it came."""

    def __init__(self, name, env):
        self.frames, self.screen = [], {}
        self.child = start(name, BIN / "lockstep", "--json", "watch", CAMPUS, env=env, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.child.stdout:
            frame = json.loads(line)
            if frame["type"] == "screen":
                self.screen = frame
            else:
                self.frames.append((time.monotonic(), frame["type"]))

    def back(self, since):
        """When it had its first pulse on another connection than at `since`; None if it kept the one that it had."""
        later = [(at, kind) for at, kind in list(self.frames) if at > since]
        welcome = next((at for at, kind in later if kind == "welcome"), None)
        if welcome is None:
            return None
        return next((at - since for at, kind in later if kind == "pulse" and at > welcome), float("inf"))

    def newest(self):
        return self.frames[-1][0] if self.frames else 0.0


def lock_down(env):
    """Calls lock-down as a client does, and answers the raise that is kept, in seconds too."""
    began = time.monotonic()
    said = subprocess.run([str(BIN / "lockstep"), "--json", "lock-down", CAMPUS], env=env, capture_output=True, text=True, timeout=60)
    if said.returncode != 0:
        fail(f"lock-down ended with {said.returncode}: {said.stdout}{said.stderr}")
    found = re.search(r'"fact":\s*"([^"]+)"', said.stdout)
    if not found or not re.search(r'"holds":\s*"(recorded|spooled)"', said.stdout):
        fail(f"lock-down said {said.stdout}")
    return found.group(1), time.monotonic() - began


def all_show(watchers, raises):
    until("every raise on every screen", lambda: all(set(raises) <= set(w.screen.get("lifts", [])) for w in watchers))


def degraded(one, two, database, redis, call):
    """What DEGRADED.md says of each is what an instance says: Redis frozen, then the database."""
    both = (one, two)
    page = (DEPLOY / "DEGRADED.md").read_text()

    def say(words):
        if f"`{words}`" not in page:
            fail(f"DEGRADED.md does not tell of {words!r}")
        until(f"both say {words!r}", lambda: all(instance.get("/readyz") == words + "\n" for instance in both))

    def logged(words):
        until(f"the log of both says {words!r}", lambda: all(words in (WORK / f"{i.name}.log").read_text() for i in both))

    redis.send_signal(signal.SIGSTOP)
    say("degraded: Redis does not answer; other instances see a change within 3 seconds")
    until("no word passes", lambda: all(instance.metric("lockstep_bus_joined") == 0 for instance in both))
    logged("other instances cannot be heard")
    call()
    redis.send_signal(signal.SIGCONT)
    say("ready")

    children = subprocess.run(["pgrep", "-P", str(database.pid)], capture_output=True, text=True).stdout.split()
    # The one that starts others first: nobody is left who is not frozen.
    for pid in (database.pid, *map(int, children)):
        os.kill(pid, signal.SIGSTOP)
    say("degraded: the journal cannot be written; raising works")
    until("degraded campuses", lambda: all(instance.metric("lockstep_degraded_campuses") > 0 for instance in both))
    logged("the journal changed")
    logged("the directory could not be read again")
    call()
    until("it waits in a spool", lambda: any(instance.metric("lockstep_spool_unrecorded_slots") > 0 for instance in both))
    for pid in (*map(int, children), database.pid):
        os.kill(pid, signal.SIGCONT)
    say("ready")
    until("nothing waits and nothing is degraded", lambda: all(
        instance.metric("lockstep_spool_unrecorded_slots") == 0 and instance.metric("lockstep_degraded_campuses") == 0 for instance in both))
    print("PASS Redis frozen, then the database: instances say what DEGRADED.md says, and take lock-downs")


def main():
    WORK.chmod(0o711)
    certificates()
    (database, of_database), (bus, of_redis) = postgres(), redis()
    reach = {"LOCKSTEP_DATABASE_URL": database, "LOCKSTEP_REDIS_URL": bus}
    one, two = Instance("one", reach), Instance("two", reach)
    folders = [WORK / "one", WORK / "two"]
    for _ in range(2):
        run(DEPLOY / "compose/share-key.sh", *folders)
    # At the same moment, on an empty database.
    for instance in (one, two):
        instance.launch()
    for instance in (one, two):
        instance.until_ready()
    print("PASS two instances over PostgreSQL and Redis, with the scripts of deploy/compose")

    site = proxy(one, two)
    trust = ssl.create_default_context(cafile=str(WORK / "ca.pem"))

    def page(path):
        try:
            with urllib.request.urlopen(site + path, timeout=5, context=trust) as answer:
                return answer.status
        except urllib.error.HTTPError as why:
            return why.code
        except OSError:
            return 0

    until("a page through the proxy", lambda: page("/classroom") == 200)
    if (told := [page(path) for path in ("/metrics", "/readyz")]) != [404, 404]:
        fail(f"metrics and readiness through the proxy: {told}")
    client = {**os.environ, "SSL_CERT_FILE": str(WORK / "ca.pem"), "XDG_CONFIG_HOME": str(WORK / "config"), "LOCKSTEP_SERVER": site}
    run(BIN / "lockstep", "sign-in", one.code("person:ana.ruiz"), env=client)
    watchers = [Watcher(f"watcher-{n}", client) for n in range(WATCHERS)]
    until("every watcher follows", lambda: all(w.screen.get("reliable") for w in watchers))
    raise_, took = lock_down(client)
    all_show(watchers, raises := [raise_])
    print(f"PASS signed in and lock-down called through TLS: answered after {took:.2f} s, start of the program included")

    def left_within(what, victim, which):
        """The instance gets the signal: its clients are at the other within 5 s, and a raise goes through meanwhile."""
        since = time.monotonic()
        victim.signal(which)
        fact, took = lock_down(client)
        raises.append(fact)
        until("pulses again", lambda: time.monotonic() > since + BOUND_S + 1 and all(w.newest() > since + BOUND_S for w in watchers))
        back = [took for took in (w.back(since) for w in watchers) if took is not None]
        if not back or len(back) == WATCHERS:
            fail(f"{what}: {len(back)} of {WATCHERS} clients moved; the proxy does not share them out")
        all_show(watchers, raises)
        print(f"{what}: {len(back)} of {WATCHERS} clients were there, the last is back after {max(back):.1f} s (at most {BOUND_S:.0f}); "
              f"a lock-down called at that moment is answered after {took:.1f} s")
        if max(back) > BOUND_S:
            fail(f"{what}: more than {BOUND_S} s")

    left_within("killed -9", one, signal.SIGKILL)
    one.child.wait()
    one.start()
    # The other has every client now: some of them are to be elsewhere, once the proxy believes this one again.
    until("both instances in the proxy", both_in_the_proxy)
    for watcher in watchers[::2]:
        watcher.child.kill()
    watchers = watchers[1::2] + [Watcher(f"watcher-{n}", client) for n in range(WATCHERS, WATCHERS + WATCHERS // 2)]
    until("every watcher follows", lambda: all(w.screen.get("reliable") for w in watchers))
    left_within("frozen", two, signal.SIGSTOP)
    two.signal(signal.SIGCONT)
    print("PASS a dead and a frozen instance are left within 5 s")

    degraded(one, two, of_database, of_redis, lambda: raises.append(lock_down(client)[0]))
    all_show(watchers, raises)

    # By hand, as README.md says.
    until("both instances in the proxy", both_in_the_proxy)
    admin("set server lockstep/one state maint; shutdown sessions server lockstep/one")
    until("every client at the other", lambda: "\nlockstep_connections 0\n" in one.get("/metrics"))
    until("every watcher follows", lambda: all(w.screen.get("reliable") for w in watchers))
    admin("set server lockstep/one state ready")
    print("PASS an instance taken out of the proxy by hand has no client")

    done, kept = threading.Event(), []

    def keep_raising():
        while not done.is_set():
            kept.append(lock_down(client))
            done.wait(1.0)

    raising = threading.Thread(target=keep_raising)
    raising.start()
    for instance in (one, two):
        since = time.monotonic()
        instance.signal(signal.SIGTERM)
        if instance.child.wait(timeout=15) != 0:
            fail(f"{instance.name} did not stop well")
        instance.start()
        time.sleep(2)  # The proxy believes an instance after two checks.
        print(f"upgraded {instance.name}: away for {time.monotonic() - since - 2:.1f} s")
    done.set()
    raising.join()
    if not kept:
        fail("nothing was raised meanwhile")
    all_show(watchers, raises + [fact for fact, _ in kept])
    run(BIN / "lockstep", "timeline", "export", CAMPUS, "--out", WORK / "export.json", env=client)
    run(BIN / "lockstep", "timeline", "verify", WORK / "export.json", env=client)
    timeline = (WORK / "export.json").read_text()
    if missing := [fact for fact in raises + [fact for fact, _ in kept] if fact not in timeline]:
        fail(f"not in the timeline: {missing}")
    print(f"PASS upgraded one after the other: {len(kept)} lock-downs called meanwhile, each kept, shown and in the timeline; "
          f"the slowest answered after {max(took for _, took in kept):.1f} s")


# Told to stop, it stops what it started too.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
try:
    main()
finally:
    for child in reversed(started):
        if child.poll() is None:
            child.send_signal(signal.SIGCONT)
            child.terminate()
    for child in reversed(started):
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
