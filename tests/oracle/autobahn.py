"""Runs the Autobahn WebSocket cases (kosoku) against Lockstep's way with connections.

Lockstep's socket is no echo, and most of the cases want what they sent back. So they run three times:

1. against `echo`, which has the bounds, the close codes and the closing of Lockstep's socket, and nothing else of it:
   every case must pass but those with messages of more than 64 KiB, which must be closed as too large (4501);
2. those, and all of their kind, against `echo` with 16 MiB instead of 64 KiB: every one must pass;
3. against Lockstep's own `/v1/ws`, as somebody who is signed in: the cases that must end in a close for what they sent
   must end in it, with the code that the case asks for. What they would have back before is not looked at.

Compression (12.*, 13.*) is off on purpose. Usage: autobahn.py ECHO LOCKSTEP-SERVER
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from kosoku import FailureError, run_fuzzingclient
from started import started

# Messages of more than 64 KiB. 9.1.1, 9.2.1 and 9.7.*, 9.8.* are of 64 KiB at most.
TOO_LARGE = [*(f"9.{kind}.{size}" for kind in (1, 2) for size in range(2, 7)), "9.3.*", "9.4.*", "9.5.*", "9.6.*"]
COMPRESSION = ["12.*", "13.*"]
TOO_LARGE_CODE = 4501

# What breaks the protocol, or is not UTF-8.
BROKEN = ["2.5", "3.*", "4.*", "5.*", "6.*", "7.*"]

TOKEN_OF = "person:ana.ruiz"


async def cases(address, include=None, exclude=None):
    """The results of these cases, passed or not."""
    try:
        return await run_fuzzingclient(address, include, exclude, concurrency=8)
    except FailureError as failure:
        return failure.results


def told(result):
    return (
        f"{result.case_id}: {result.behavior.value}, {result.behavior_close.value}, "
        f"close {result.remote_close_code}; {result.result_close}"
    )


async def relay(reader, writer):
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()


async def signing_in(target, token):
    """Stands before Lockstep and adds to each handshake what the cases cannot say: who is asking, and the subprotocol.
    Everything else passes as it is."""
    host, port = target.rsplit(":", 1)
    more = f"Authorization: Bearer {token}\r\nSec-WebSocket-Protocol: lockstep.v1\r\n\r\n".encode()

    async def one(reader, writer):
        to_reader, to_writer = await asyncio.open_connection(host, int(port))
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            to_writer.write(head[:-2] + more)
            # The answer names the subprotocol, which the case did not ask for.
            answer = await to_reader.readuntil(b"\r\n\r\n")
            lines = [line for line in answer.split(b"\r\n") if not line.lower().startswith(b"sec-websocket-protocol")]
            writer.write(b"\r\n".join(lines))
            ways = [asyncio.create_task(relay(reader, to_writer)), asyncio.create_task(relay(to_reader, writer))]
            # Whichever side ends first, the connection has ended.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            to_writer.close()

    return await asyncio.start_server(one, "127.0.0.1", 0)


def must(problems, words):
    if problems:
        print(f"FAIL: {words}", *map(told, problems), sep="\n  ", file=sys.stderr)
        sys.exit(1)


async def echoes(echo):
    child, address = started(echo)
    try:
        passed = await cases(f"ws://{address}/", exclude=[*COMPRESSION, *TOO_LARGE])
        must([result for result in passed if not result.passed], "as Lockstep's connections are")
        large = await cases(f"ws://{address}/", include=TOO_LARGE)
        must([result for result in large if result.remote_close_code != TOO_LARGE_CODE], "too large")
    finally:
        child.kill()
    child, address = started(echo, "16")
    try:
        raised = await cases(f"ws://{address}/", include=["9.*", "10.*"])
        must([result for result in raised if not result.passed], "with 16 MiB")
    finally:
        child.kill()
    print(f"PASS {len(passed)} Autobahn cases over connections as Lockstep's are; {len(large)} with more than 64 KiB are "
          f"closed as too large; {len(raised)} of messages up to 16 MiB pass where only that bound is raised")


async def own(server):
    """Lockstep's own route."""
    with tempfile.TemporaryDirectory() as data:
        child, said = started(server, "--announce", "json", "--listen", "127.0.0.1:0", "--data", data)
        try:
            target = json.loads(said)["listening"].removeprefix("http://")
            sign_ins = json.loads((Path(data) / "demo-sign-ins.json").read_text())["sign_ins"]
            front = await signing_in(target, sign_ins[TOKEN_OF]["token"])
            host, port = front.sockets[0].getsockname()[:2]
            results = await cases(f"ws://{host}:{port}/v1/ws", include=BROKEN)
            front.close()
        finally:
            child.kill()
    # Those whose close the server has to begin, for what it heard.
    broken = [result for result in results if not result.expected_close["closedByMe"]]
    wrong = [result for result in broken
             if result.behavior_close.value != "OK" or result.remote_close_code not in result.expected_close["closeCode"]]
    must(wrong, "Lockstep's own /v1/ws")
    codes = sorted({result.remote_close_code for result in broken})
    print(f"PASS {len(broken)} Autobahn cases of broken frames and text that is not UTF-8 are closed by Lockstep's own "
          f"/v1/ws as they must be: {', '.join(map(str, codes))}")


async def main():
    await echoes(sys.argv[1])
    await own(sys.argv[2])


asyncio.run(main())
