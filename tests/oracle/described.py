"""Has schemathesis ask a real server whatever its own description allows, and what it does not: as people of several
roles, a room's display, and nobody. Whatever is asked, the answer must be one that the description has (status, content
type, schema), and no fault of the server's.

Usage: described.py LOCKSTEP-SERVER [EXAMPLES [SEED]]: so many made-up requests for each route and role, besides those
that follow from the description's bounds. Of 1, which is so where nothing is said, two roles ask instead of six.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.request import Request, urlopen

from started import started

# Who calls, and nobody; then who may do less, who lowers, who directs, and a room's display.
ROLES = ["person:ana.ruiz", None]
DIRECTOR = "person:dana.lind"
MORE_ROLES = ["person:joy.adams", "person:sam.cole", DIRECTOR, "device:north-n101"]

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance"


def ask(url, token, examples, seed, *which):
    """What schemathesis printed, and whether it found anything."""
    command = [
        Path(sys.executable).parent.absolute() / "schemathesis", "--config-file", Path(__file__).absolute().with_name("schemathesis.toml"),
        "run", f"{url}/v1/openapi.json", "--url", url,
        "--phases", "examples,coverage,fuzzing", "--checks", CHECKS, "--max-examples", str(examples), "--seed", str(seed),
        "--generation-database", "none", "--suppress-health-check", "all", "--warnings", "off", "--no-color",
        "--request-timeout", "15", "--workers", "2", "--continue-on-failure", *which,
        # These send a browser on, and what it then finds is a page.
        "--exclude-path", "/v1/sign-on/{district}", "--exclude-path", "/v1/sign-on/callback",
    ]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    # It keeps what it found in the folder that it stands in.
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    return run.returncode, run.stdout + run.stderr


def recorded(server, data, url):
    """How many entries the campus's timeline has, for a director who signs in for that: whoever asks whatever there is
    may have switched their own sign-in off."""
    code = json.loads(subprocess.run([server, "--data", data, "code", DIRECTOR, "--json"], check=True, capture_output=True).stdout)
    body = json.dumps({"code": code["code"]}).encode()
    with urlopen(Request(f"{url}/v1/sign-in", data=body, headers={"Content-Type": "application/json"}), timeout=10) as answer:
        token = json.load(answer)["token"]
    request = Request(f"{url}/v1/campuses/north-high/timeline?limit=1", headers={"Authorization": f"Bearer {token}"})
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)["position"]["seq"]


def main():
    server = sys.argv[1]
    examples, seed = [*sys.argv[2:], *["1", "1"][len(sys.argv) - 2:]]
    roles = ROLES if examples == "1" else [*ROLES, *MORE_ROLES]
    failed = False
    with tempfile.TemporaryDirectory() as data:
        log = Path(data) / "standard-error.log"
        child, said = started(server, "--announce", "json", "--listen", "127.0.0.1:0", "--data", data, log=log)
        try:
            url = json.loads(said)["listening"]
            sign_ins = json.loads((Path(data) / "demo-sign-ins.json").read_text())["sign_ins"]
            for role in roles:
                token = role and sign_ins[role]["token"]
                # Who signs out asks nothing more: that route comes last.
                for which in [["--exclude-path", "/v1/sign-in"], ["--include-path", "/v1/sign-in"]]:
                    code, output = ask(url, token, examples, seed, *which)
                    counted = [line.strip() for line in output.splitlines() if "generated" in line or "Tested:" in line]
                    print(f"{role or 'nobody'}: {'; '.join(counted)}")
                    if code != 0:
                        failed = True
                        print(output, file=sys.stderr)
            # What was asked came as far as the record.
            entries = recorded(server, data, url)
        finally:
            child.kill()
            child.wait()
        words = log.read_text()
        if "panicked" in words or " ERROR " in words:
            failed = True
            print(words, file=sys.stderr)
    if failed or entries == 0:
        print(f"FAIL: seed {seed}", file=sys.stderr)
        sys.exit(1)
    print(f"PASS every answer was one that /v1/openapi.json describes, and none a fault; {entries} entries were recorded "
          f"meanwhile (seed {seed})")


main()
