"""A program to be started as `dockerd`, which needs as long as a test wants: `plan` beside it says so for each start.

Each line of the plan is for one start: "log 3" writes lines for three seconds, "work 3" uses the processor, "sleep 3"
does nothing; then it answers. "late" ends as dockerd does where containerd needs more than 15 seconds.
"""

import os
import socketserver
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path


class Ping(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"OK")

    def address_string(self) -> str:
        return "a socket"

    def log_message(self, format: str, *arguments: object) -> None: ...


def main() -> None:
    options = dict(zip(sys.argv[1::2], sys.argv[2::2], strict=True))
    plan = Path(sys.argv[0]).with_name("plan")
    now, _, later = plan.read_text().partition("\n")
    plan.write_text(later)
    Path(options["--pidfile"]).write_text(str(os.getpid()))
    print('level=info msg="skip loading plugin" error="skip plugin"', flush=True)
    what, _, seconds = now.partition(" ")
    if what == "late":
        print("failed to start containerd: timeout waiting for containerd to start")
        print('level=info msg="stopping event stream" error="context canceled"')
        sys.exit(1)
    end = time.monotonic() + float(seconds)
    while time.monotonic() < end:
        if what != "work":
            time.sleep(0.1)
        if what == "log":
            print('level=info msg="loading containers"', flush=True)
    socket = options["--host"].removeprefix("unix://")
    socketserver.UnixStreamServer(socket, Ping).serve_forever()


if __name__ == "__main__":
    main()
