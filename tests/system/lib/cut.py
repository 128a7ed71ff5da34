"""A node behind a cable that can be pulled: it runs in a network of its own, its three ports are relayed.

    this machine's loopback                              the node's own loopback (unshare --net)
    HTTP port  ─► relay ─► unix socket http ─────────────► the node's HTTP port
    link port  ─► relay ─► unix socket link ─────────────► the node's link port (its children)
    parent's endpoint ◄─ relay (cut here) ◄─ unix socket up ◄─ the parent's port, dialled by the node

`cut()` stalls the relay to the parent: bytes and new connections wait, nobody is told. `heal()` breaks what was stalled and
lets new connections through. The node itself works all the time.

Run as a program (`cut.py --inside …`) this file is the side in the other network.
"""

import argparse
import asyncio
import pathlib
import signal
import subprocess
import sys
import threading

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))


class Relay:
    """One listener, and for each connection one to the other side. Addresses: ("127.0.0.1", port) or a path."""

    def __init__(self, listen, to):
        self.listen, self.to = listen, to
        self.open = asyncio.Event()
        self.open.set()
        self.writers = set()

    async def serve(self):
        if isinstance(self.listen, tuple):
            return await asyncio.start_server(self.relay, *self.listen)
        return await asyncio.start_unix_server(self.relay, self.listen)

    async def connect(self):
        if isinstance(self.to, tuple):
            return await asyncio.open_connection(*self.to)
        return await asyncio.open_unix_connection(self.to)

    async def pump(self, reader, writer):
        try:
            while piece := await reader.read(65536):
                await self.open.wait()
                writer.write(piece)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            if not writer.is_closing():
                writer.close()

    async def relay(self, reader, writer):
        await self.open.wait()
        try:
            there, there_writer = await self.connect()
        except OSError:
            writer.close()
            return
        both = {writer, there_writer}
        self.writers |= both
        await asyncio.gather(self.pump(reader, there_writer), self.pump(there, writer))
        self.writers -= both

    def heal(self):
        for w in list(self.writers):
            w.transport.abort()
        self.open.set()


def port_of(address):
    return int(address.rstrip("/").rsplit(":", 1)[1])


class CutNode:
    """Takes the node `path` of a Dev tree that does not restart its nodes, and runs it behind the cable."""

    def __init__(self, dev, path, folder):
        self.dev, self.path, self.folder = dev, path, pathlib.Path(folder)
        self.node = dev.node(path)
        self.parent = dev.node(path.rsplit("/", 1)[0])
        self.process = None

    def start(self, checks):
        self.folder.mkdir(parents=True, exist_ok=True)
        sockets = {name: str(self.folder / name) for name in ("http", "link", "up")}
        http, link = port_of(self.node["http"]), port_of(self.node["endpoint"])
        up = port_of(self.parent["endpoint"])
        self.up = Relay(sockets["up"], ("127.0.0.1", up))
        relays = [self.up, Relay(("127.0.0.1", http), sockets["http"]), Relay(("127.0.0.1", link), sockets["link"])]
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.run_loop, args=(relays,), daemon=True).start()
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            ["unshare", "--net", "--map-root-user", sys.executable, __file__, "--inside", str(self.folder), "--up",
             str(up), "--http", str(http), "--link", str(link), "--", self.dev.cli.qipan, "serve", "--dir",
             self.node["dir"], "--http", f"127.0.0.1:{http}", "--link", f"tcp://127.0.0.1:{link}"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.dev.cli.env)
        log.close()
        checks.undo(self.stop)

    def run_loop(self, relays):
        async def main():
            servers = [await r.serve() for r in relays]
            await asyncio.gather(*(s.serve_forever() for s in servers))

        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(main())

    def cut(self):
        self.loop.call_soon_threadsafe(self.up.open.clear)

    def heal(self):
        self.loop.call_soon_threadsafe(self.up.heal)

    def pid(self):
        """Of the node itself."""
        return int((self.folder / "pid").read_text())

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


async def inside(args):
    folder = pathlib.Path(args.inside)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    relays = [Relay(("127.0.0.1", args.up), str(folder / "up")),
              Relay(str(folder / "http"), ("127.0.0.1", args.http)),
              Relay(str(folder / "link"), ("127.0.0.1", args.link))]
    servers = [await r.serve() for r in relays]
    assert servers
    node = await asyncio.create_subprocess_exec(*args.command)
    (folder / "pid").write_text(str(node.pid))
    for s in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(s, node.terminate)
    await node.wait()


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--inside", required=True)
    p.add_argument("--up", type=int, required=True)
    p.add_argument("--http", type=int, required=True)
    p.add_argument("--link", type=int, required=True)
    p.add_argument("command", nargs="+")
    asyncio.run(inside(p.parse_args()))
