"""The runs of a store as their own files tell them, and the tool that exports them."""

import json
import pathlib
import socket
import struct
import subprocess
import time
import urllib.request

import numpy


class Run:
    """A run folder, read with nothing but the standard library."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.record = json.loads((self.folder / "record.json").read_text())
        self.configuration = self.record["configuration"]
        self.id = self.record["id"]
        lines = (self.folder / "curves.jsonl").read_text().splitlines()
        self.curve = [json.loads(line) for line in lines]

    @property
    def name(self):
        """The name that exports for people have."""
        own = self.configuration
        return f"{own['model']}-seed{own['seed']}-{self.id[:12]}"

    @property
    def settings(self):
        """All settings, by the names that exports have."""
        own = self.configuration
        return {
            **{f"settings.{name}": value for name, value in own["settings"].items()},
            **{f"training.{name}": value for name, value in own["training"].items()},
        }

    def course(self):
        """(step, name, value) of every defined number at every evaluation during training."""
        for point in self.curve:
            step, loss = point["step"], point["loss"]
            yield step, "learningRate", point["learningRate"]
            yield step, "loss/total", loss["total"]
            yield step, "loss/crossEntropy", loss["crossEntropy"]
            for term in loss["auxiliary"]:
                yield step, f"loss/auxiliary/{term['name']}", term["value"]
            for name, value in point["validation"].items():
                if value is not None:
                    yield step, f"validation/{name}", value

    def cells(self, split):
        """(task, scenario, cell) of a split; the scenario of a pooled cell is None."""
        grid = self.record[split]
        for task, cells, pooled in zip(grid["tasks"], grid["cells"], grid["pooled"]):
            for scenario, cell in zip(grid["scenarios"], cells):
                yield task, scenario, cell
            yield task, None, pooled

    def numbers(self, split):
        """(name, value) of every defined number of a cell, by the names of metrics."""
        for task, scenario, cell in self.cells(split):
            for metric, value in cell.items():
                if metric not in ("rows", "positives") and value is not None:
                    yield f"{metric}/{task}/{scenario or 'pooled'}", value

    def weights(self):
        """The kept weights, by name."""
        data = (self.folder / "weights.safetensors").read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        header = json.loads(data[8 : 8 + length])
        body = data[8 + length :]
        return {
            name: numpy.frombuffer(body[slice(*entry["data_offsets"])], dtype="<f4")
            for name, entry in header.items()
            if name != "__metadata__"
        }


class Tool:
    """The tool, run in a folder."""

    def __init__(self, path, folder):
        self.path, self.folder = pathlib.Path(path).resolve(), folder

    def __call__(self, *arguments):
        """Runs a command and returns what it prints."""
        done = subprocess.run(
            [str(self.path), *arguments], cwd=self.folder, capture_output=True, text=True
        )
        if done.returncode != 0:
            raise SystemExit(f"aesm2 {' '.join(arguments)}: status {done.returncode}\n{done.stderr}")
        return done.stdout


class Server:
    """A server on a free port of this machine, while a block is executed."""

    def __init__(self, command, health, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.health, self.log = health, pathlib.Path(folder) / f"{pathlib.Path(command[0]).name}.log"
        self.command = [part.replace("PORT", str(port)) for part in command]

    def __enter__(self):
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.time() + 120
        while time.time() < deadline:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.address + self.health, timeout=5):
                    return self
            except OSError:
                time.sleep(0.2)
        self.__exit__()
        raise SystemExit(f"{self.command[0]} did not start:\n{self.log.read_text()[-3000:]}")

    def __exit__(self, *_):
        import os
        import signal

        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=20)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Comparison:
    """Counts equal values, and stops at the first that differs."""

    def __init__(self, reader):
        self.reader, self.count = reader, 0

    def equal(self, found, expected, what):
        """Requires equality, bit for bit for numbers."""
        if found != expected:
            raise SystemExit(f"{self.reader}: {what} is {found!r}, but {expected!r} in the record")
        self.count += 1

    def close(self, found, expected, what):
        """Requires equality up to the order of summation."""
        if not numpy.isclose(found, expected, rtol=1e-9, atol=1e-9):
            raise SystemExit(f"{self.reader}: {what} is {found!r}, but {expected!r} computed here")
        self.count += 1

    def report(self):
        """Prints the number of values that were compared."""
        if self.count == 0:
            raise SystemExit(f"{self.reader}: nothing was compared")
        print(f"{self.reader}: {self.count} values equal", flush=True)
