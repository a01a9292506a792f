"""A program that stays: answers frames as each page asks it to, well or badly."""

import json
import os
import struct
import sys
import time
from typing import Any


def receive() -> tuple[dict[str, Any], str]:
    head = sys.stdin.buffer.read(4)
    if not head:
        sys.exit(0)
    header = json.loads(sys.stdin.buffer.read(struct.unpack(">I", head)[0]))
    return header, sys.stdin.buffer.read(header["size"]).decode(header["encoding"])


def send(value: object) -> None:
    raw(json.dumps(value).encode())


def raw(body: bytes) -> None:
    sys.stdout.buffer.write(struct.pack(">I", len(body)) + body)
    sys.stdout.buffer.flush()


if "unready" in sys.argv:
    send({"error": "no model"})
    sys.exit(0)
if "silent" in sys.argv:
    print("nobody home", file=sys.stderr)
    sys.exit(4)
send({"ready": True})
while True:
    header, page = receive()
    doing, _, rest = page.partition(" ")
    if doing == "dies":
        print("about to die", file=sys.stderr, flush=True)
        os.abort()
    elif doing == "leaves":
        sys.exit(7)
    elif doing == "garbage":
        raw(b"{not json")
    elif doing == "list":
        send([1])
    elif doing == "textless":
        send({"txet": "x"})
    elif doing == "huge":
        sys.stdout.buffer.write(b"\xff\xff\xff\xff")
        sys.stdout.buffer.flush()
    elif doing == "twice":
        send({"text": "one"})
        send({"text": "two"})
    elif doing == "closes":
        os.close(1)
        time.sleep(3600.75)
    elif doing == "late":
        time.sleep(3600.75)
    elif doing == "says":
        send({"error": rest, "error_type": "Unreadable"})
    elif doing == "null":
        send({"text": None})
    elif doing == "fills":
        kept = []
        while True:
            kept.append(bytearray(b"x" * (1 << 24)))
    elif doing == "works":
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
        filled = bytearray(b"x" * (100 << 20))
        send({"text": f"worked {len(filled)}"})
    else:
        send({"text": json.dumps([header["encoding"], header["forced"], header["url"]]) + " " + page})
