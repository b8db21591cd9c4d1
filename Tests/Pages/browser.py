"""A headless Chromium, driven through the DevTools protocol with the standard library alone."""

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile


def find():
    """Returns the path of Chromium, or None."""
    names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next((path for path in map(shutil.which, names) if path), None)


class Browser:
    """One tab. Sizes are CSS pixels."""

    def __init__(self, program):
        self.profile = tempfile.mkdtemp(prefix="pages-")
        arguments = ["--headless", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-port=0",
                     f"--user-data-dir={self.profile}", "about:blank"]
        if os.geteuid() == 0:
            arguments.insert(0, "--no-sandbox")
        self.process = subprocess.Popen(
            [program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        address = next(
            line.split()[-1] for line in self.process.stderr if line.startswith("DevTools listening"))
        self.socket = WebSocket(address)
        self.count = 0
        self.messages = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call(
            "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ["Page", "Runtime", "Log", "Network"]:
            self.call(f"{domain}.enable")

    def close(self):
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, **parameters):
        """Calls a method of the protocol and returns its result; events are kept in `messages`."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.receive())
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.messages.append(answer)

    def open(self, path, width=1440, height=900, dark=False, script=True):
        """Opens a file, and waits until it has loaded."""
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])
        self.messages = []
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        while not any(m.get("method") == "Page.loadEventFired" for m in self.messages):
            self.messages.append(json.loads(self.socket.receive()))

    def evaluate(self, expression):
        """Returns the value of a JavaScript expression."""
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"].get("description", "?"))
        return result["result"].get("value")

    def complaints(self):
        """Returns errors and warnings of the console, and requests that leave the machine."""
        self.evaluate("0")
        found = []
        for message in self.messages:
            details = message.get("params", {})
            match message.get("method"):
                case "Runtime.exceptionThrown":
                    found.append(details["exceptionDetails"]["text"])
                case "Runtime.consoleAPICalled" if details["type"] in ("error", "warning"):
                    found.append(str(details["args"]))
                case "Log.entryAdded" if details["entry"]["level"] in ("error", "warning"):
                    found.append(details["entry"]["text"])
                case "Network.requestWillBeSent" if not details["request"]["url"].startswith(
                        ("file:", "data:", "about:")):
                    found.append("requests " + details["request"]["url"])
        return found

    def screenshot(self, path, top=0, height=None):
        """Saves a part of the page, at its full width, as PNG."""
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": top, "width": size["width"],
                "height": min(height or size["height"], size["height"] - top), "scale": 1}
        data = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))


class WebSocket:
    """A client of one connection, for text messages (RFC 6455)."""

    def __init__(self, address):
        host, path = address.removeprefix("ws://").split("/", 1)
        name, port = host.rsplit(":", 1)
        self.socket = socket.create_connection((name, int(port)), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.read(1)

    def read(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the browser closed the connection")
            data += part
        return data

    def send(self, text):
        data = text.encode()
        if len(data) < 126:
            head = struct.pack("!BB", 0x81, 0x80 | len(data))
        elif len(data) < 1 << 16:
            head = struct.pack("!BBH", 0x81, 0x80 | 126, len(data))
        else:
            head = struct.pack("!BBQ", 0x81, 0x80 | 127, len(data))
        # The mask is all zeros, so that the data are sent as they are.
        self.socket.sendall(head + bytes(4) + data)

    def receive(self):
        text = b""
        while True:
            first, second = self.read(2)
            count = second & 0x7F
            if count == 126:
                (count,) = struct.unpack("!H", self.read(2))
            elif count == 127:
                (count,) = struct.unpack("!Q", self.read(8))
            data = self.read(count)
            if first & 0x0F in (0, 1):
                text += data
                if first & 0x80:
                    return text.decode()
