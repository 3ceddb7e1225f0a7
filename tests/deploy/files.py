"""What the files of `deploy/` hold to: the compose file's rules, and that a page for operators quotes words that exist."""

import re
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
wrong = []


def hold(true, what):
    if not true:
        wrong.append(what)


def compose():
    whole = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    services, sockets = whole["services"], []
    for name, service in services.items():
        once = service.get("restart") == "no"
        tag = service["image"].partition(":")[2]
        hold(tag and "latest" not in tag, f"{name}: an image without a version")
        hold(re.fullmatch(r"[1-9]\d*:[1-9]\d*", service.get("user", "")), f"{name}: runs as root")
        hold(service.get("read_only") is True, f"{name}: may write its own files")
        hold(service.get("cap_drop") == ["ALL"] and not service.get("cap_add"), f"{name}: has capabilities")
        hold("no-new-privileges:true" in service.get("security_opt", []), f"{name}: may gain privileges")
        hold(not service.get("privileged") and service.get("network_mode") != "host", f"{name}: has the machine")
        hold(once or service.get("healthcheck"), f"{name}: nobody knows whether it is well")
        hold(once or service.get("restart") == "unless-stopped", f"{name}: is not started again")
        hold("max-size" in service["logging"]["options"], f"{name}: its log has no bound")
        hold(service.get("pids_limit"), f"{name}: its processes have no bound")
        for volume in service.get("volumes", []):
            hold(volume.endswith(":ro") or volume.split(":")[0] in whole["volumes"], f"{name}: writes to {volume}")
            if volume.startswith("."):
                given = DEPLOY / volume.split(":")[0]
                hold(given.exists() or given.name == "lockstep.pem", f"{name}: there is no {volume}")
        sockets += [(name, port) for port in service.get("ports", [])]
        for variable, value in (service.get("environment") or {}).items():
            hold(not re.search(r"://[^$]*:[^$@]+@", str(value)), f"{name}: {variable} has a password in it")
    hold(sockets == [("place", "443:443")], f"published: {sockets}")
    shared = [name for name, service in services.items() if service.get("network_mode") == "service:place"]
    hold(shared == ["one", "two", "proxy"], f"on the instances' loopback: {shared}")
    hold("ports" not in services["place"] or services["place"]["entrypoint"] == ["sleep", "infinity"], "place does something")
    listens = [services[name]["environment"]["LOCKSTEP_LISTEN"] for name in ("one", "two")]
    proxy = (DEPLOY / "haproxy.cfg").read_text()
    hold(all(proxy.count(f" {address}\n") == 2 for address in listens), f"the proxy does not know {listens}")
    hold(set(services["one"]["volumes"]).isdisjoint(services["two"]["volumes"]), "two instances on one folder")
    hold(whole["networks"]["inside"] == {"internal": True}, "the database's network has a way out")
    for network in ("postgres", "redis"):
        hold(services[network]["networks"] == ["inside"], f"{network} can be reached from outside")
    owner = [name for name, service in services.items() if "LOCKSTEP_OWNER_PASSWORD" in str(service.get("environment"))]
    hold(owner == ["prepare", "postgres"], f"with the owner's password: {owner}")
    stages = re.findall(r"^FROM (\S+)", (DEPLOY / "Dockerfile").read_text(), re.M)
    hold(len(stages) == 2 and all(":" in stage and "latest" not in stage for stage in stages), f"images: {stages}")


# What an operator types, and what is told of other programs or in other words.
TYPED = re.compile(r"^(lockstep-server|systemctl|timedatectl|journalctl|sudo|docker|curl|echo|GET|BAD) ?")


def quoted():
    """Everything that DEGRADED.md puts in quotes stands in the product, word for word."""
    sources = [*(ROOT / "server/src").rglob("*.rs"), *(ROOT / "server/web").glob("*.js"), ROOT / "proto/CODES.md", *(ROOT / "proto/src").rglob("*.rs"),
               *(ROOT / "server/rules/src").rglob("*.rs")]
    # A string that goes over lines is one; so is markup around its parts.
    text = "\n".join(path.read_text() for path in sources)
    text = re.sub(r"\\\n\s*", "", text)
    text = re.sub(r"\s+", " ", text)
    quotes = re.findall(r"`([^`]+)`", (DEPLOY / "DEGRADED.md").read_text())
    for quote in quotes:
        quote = re.sub(r"\s+", " ", quote)
        words = quote.replace("Not connected since 10:42. Do", "Do")
        if " " in quote and not TYPED.match(quote):
            hold(words in text, f"DEGRADED.md quotes what nothing says: {quote}")
    headings = set(re.findall(r"^## (.+)$", (DEPLOY / "DEGRADED.md").read_text(), re.M))
    for heading in re.findall(r'page: "DEGRADED.md: (.+)"', (DEPLOY / "alerts.yml").read_text()):
        hold(heading in headings, f"alerts.yml names a heading that DEGRADED.md has not: {heading}")
    alerts = set(re.findall(r"alert: (\w+)", (DEPLOY / "alerts.yml").read_text()))
    told = set(re.findall(r"`(Lockstep\w+)`", (DEPLOY / "DEGRADED.md").read_text()))
    hold(alerts == told, f"alerts told of and alerts made differ: {sorted(alerts ^ told)}")


compose()
quoted()
for what in wrong:
    print(f"tests/deploy: {what}", file=sys.stderr)
sys.exit(1 if wrong else 0)
