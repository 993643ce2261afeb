"""uvicorn's HTTP with limits: a request is whole in time, and an answer is read.

uvicorn has a deadline for idle connections alone, and answers what is no HTTP in plain text. It drops what comes of a
request that was answered already: closing then would reset the connection, and the client might never see its answer.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from ganstudio.serve.problems import MEDIA_TYPE, NO_ID, problem
from ganstudio.serve.settings import RECEIVE_S, UNREAD_S


def protocol_for(receive_s: float = RECEIVE_S, unread_s: float = UNREAD_S) -> type[H11Protocol]:
    """The protocol of a server: uvicorn makes an object of it for each connection."""

    class DeadlineProtocol(H11Protocol):
        _deadline: asyncio.TimerHandle | None = None
        _reader: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._start()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            self._read_on()
            super().connection_lost(exc)

        def handle_websocket_upgrade(self, event: h11.Request) -> None:
            self._stop()
            super().handle_websocket_upgrade(event)

        def data_received(self, data: bytes) -> None:
            if self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]:
                self._start()  # a request begins
            super().data_received(data)
            if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
                self._stop()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._reader = self.loop.call_later(unread_s, self.transport.abort)

        def resume_writing(self) -> None:
            self._read_on()
            super().resume_writing()

        def send_400_response(self, msg: str) -> None:
            content = problem(400, f"This is no HTTP request that is understood: {msg}", NO_ID).model_dump()
            body = json.dumps(content).encode()
            headers = [("content-type", MEDIA_TYPE), ("content-length", str(len(body))), ("connection", "close")]
            start = h11.Response(status_code=400, headers=headers, reason=b"Bad Request")
            events: list[Any] = [start, h11.Data(data=body), h11.EndOfMessage()]
            if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
                for event in events:
                    self.transport.write(self.conn.send(event) or b"")
            self.transport.close()

        def _start(self) -> None:
            self._stop()
            self._deadline = self.loop.call_later(receive_s, self.transport.abort)

        def _stop(self) -> None:
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None

        def _read_on(self) -> None:
            if self._reader is not None:
                self._reader.cancel()
                self._reader = None

    return DeadlineProtocol
