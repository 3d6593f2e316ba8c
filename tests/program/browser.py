"""A headless Chromium, spoken to over its DevTools protocol with plain sockets."""
import base64
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import time


class Browser:
    """Opens pages at a width, in light or dark, and says what happened while they were loaded."""

    def __init__(self, seconds=60):
        self.seconds, self.number, self.events = seconds, 0, []

    def __enter__(self):
        self.profile = tempfile.mkdtemp()
        self.log = open(os.path.join(self.profile, "log"), "w+b")
        self.child = subprocess.Popen(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
             "--user-data-dir=" + self.profile, "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log)
        port, path = self.address()
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=self.seconds)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(("GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n" % (path, port, key)).encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += self.receive_some()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        assert b" 101 " in head.split(b"\r\n")[0], head
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            self.call(domain + ".enable")
        return self

    def __exit__(self, *_):
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def address(self):
        end = time.time() + self.seconds
        while time.time() < end:
            self.log.seek(0)
            found = re.search(rb"DevTools listening on ws://127\.0\.0\.1:(\d+)(\S+)", self.log.read())
            if found:
                return int(found.group(1)), found.group(2).decode()
            assert self.child.poll() is None, "chromium ended"
            time.sleep(0.05)
        raise AssertionError("chromium does not listen")

    def receive_some(self):
        data = self.socket.recv(1 << 16)
        assert data, "chromium has hung up"
        return data

    def take(self, count):
        while len(self.buffer) < count:
            self.buffer += self.receive_some()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def message(self):
        text = b""
        while True:
            first, second = self.take(2)
            size = second & 127
            if size > 125:
                size = struct.unpack(">H", self.take(2))[0] if size == 126 else struct.unpack(">Q", self.take(8))[0]
            text += self.take(size)
            if first & 128:
                return json.loads(text)

    def call(self, method, **parameters):
        self.number += 1
        text = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            text["sessionId"] = self.session
        data = json.dumps(text).encode()
        mask = os.urandom(4)
        size = bytes([128 | len(data)]) if len(data) < 126 else bytes([254]) + struct.pack(">H", len(data)) if len(
            data) < 65536 else bytes([255]) + struct.pack(">Q", len(data))
        self.socket.sendall(b"\x81" + size + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                assert "error" not in answer, (method, answer["error"])
                return answer["result"]
            self.events.append(answer)

    def open(self, path, width, height, scheme):
        """Loads a file; its events are those from then on."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.events = []
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        end = time.time() + self.seconds
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            assert time.time() < end, "the page does not load"
            self.events.append(self.message())

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def picture(self):
        """The whole page as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def complaints(self):
        """What a page should not cause: requests beyond itself, failures, errors in the console."""
        found = []
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent" and not re.match(r"file:|data:", parameters["request"]["url"]):
                found.append("asks for " + parameters["request"]["url"])
            if method in ("Network.loadingFailed", "Runtime.exceptionThrown"):
                found.append(method + " " + json.dumps(parameters)[:300])
            if method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
                found.append("console: " + json.dumps(parameters["args"])[:300])
            if method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append("log: " + json.dumps(parameters["entry"])[:300])
        return found
