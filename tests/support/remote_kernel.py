"""A kernel of a Jupyter server that is known only by its address: on a hub, or in a container."""

import asyncio
import json
import uuid
from typing import Any

import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

ANSWER_SECONDS = 120


class RemoteKernel:
    """A new kernel of the server at that address, which ends with a slash."""

    def __init__(self, url: str, token: str) -> None:
        self._headers = {"Authorization": f"token {token}"}
        answer = requests.post(
            f"{url}api/kernels", json={"name": "python3"}, headers=self._headers, timeout=ANSWER_SECONDS
        )
        answer.raise_for_status()
        self._url = f"{url}api/kernels/{answer.json()['id']}/channels".replace("http:", "ws:", 1)
        self._session = uuid.uuid4().hex

    def printed(self, *sources: str) -> str:
        """Run the cells, and return what they printed. Fails at the first error."""
        return "".join(each["text"] for each in asyncio.run(self.run(list(sources))) if "text" in each)

    def shown(self, *sources: str) -> str:
        """Run the cells, and return what they printed, and what they displayed as HTML. Fails at the first error."""
        outputs = asyncio.run(self.run(list(sources)))
        return "\n".join(each.get("text") or each.get("data", {}).get("text/html", "") for each in outputs)

    async def run(self, sources: list[str]) -> list[dict[str, Any]]:
        """Run the cells, one after the other; the contents of all their outputs. Fails at the first error."""
        # tornado's own limit of 20 s is too short for a busy machine.
        asked = HTTPRequest(
            self._url, headers=self._headers, connect_timeout=ANSWER_SECONDS, request_timeout=ANSWER_SECONDS
        )
        socket = await websocket_connect(asked)
        outputs = []
        try:
            for source in sources:
                sent = uuid.uuid4().hex
                header = {"msg_id": sent, "msg_type": "execute_request", "session": self._session, "username": ""}
                content = {"code": source, "silent": False, "store_history": True, "allow_stdin": False}
                await socket.write_message(
                    json.dumps(
                        {"header": header | {"version": "5.3"}, "parent_header": {}, "metadata": {},
                         "channel": "shell", "content": content, "buffers": []}
                    )
                )  # fmt: skip
                open_ends = {"execute_reply", "idle"}
                while open_ends:
                    message = await socket.read_message()
                    assert message is not None, "the kernel is gone"
                    assert isinstance(message, str)
                    body = json.loads(message)
                    if body["parent_header"].get("msg_id") != sent:
                        continue
                    outputs.append(body["content"])
                    assert body["msg_type"] != "error", f"{source}\n{body['content']}"
                    open_ends -= {body["msg_type"], body["content"].get("execution_state", "")}
        finally:
            socket.close()
        return outputs
