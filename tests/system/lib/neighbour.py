"""Speaks the language of the links, to be able to lie in it: libzmq and libsodium by ctypes, messages by protoc.

    Neighbour(token).join() ─► open(): call, challenge, greetings ─► opened(…) makes an event, seal(…) a parcel, deliver(…)

Every part of a parcel can be given wrongly on purpose. Needs Debian's protobuf-compiler, python3-protobuf, libzmq5 and
libsodium23, which building and testing need anyway.
"""

import base64
import ctypes
import ctypes.util
import os
import struct
import subprocess
import sys
import tempfile
import time

from lib.tree import ROOT

DEALER, LINGER, RCVTIMEO, SNDTIMEO, IMMEDIATE = 5, 17, 27, 28, 39
CURVE_PUBLIC, CURVE_SECRET, CURVE_SERVER = 48, 49, 50
HORIZON, NODE, SUBTREE = 1, 2, 3
URGENT, BULK = 1, 2
NO_HASH = bytes(32)


def load_messages():
    """The Python forms of proto/*.proto, made afresh."""
    folder = tempfile.mkdtemp(prefix="qipan-proto-")
    files = sorted(f"proto/{file.name}" for file in (ROOT / "proto").glob("*.proto"))
    subprocess.run(["protoc", f"--python_out={folder}", "-I", str(ROOT), *files], check=True, cwd=ROOT)
    sys.path.insert(0, folder)
    try:
        from proto import link_pb2, matter_pb2, parcel_pb2, proof_pb2, trust_pb2
    except ModuleNotFoundError as missing:
        sys.exit(f"{sys.executable} has no module {missing.name}: python3-protobuf, which deploy/packages installs, is for /usr/bin/python3")
    sys.path.remove(folder)
    subprocess.run(["rm", "-rf", folder], check=True)
    return link_pb2, matter_pb2, parcel_pb2, proof_pb2, trust_pb2


link_pb, matter_pb, parcel_pb, proof_pb, trust_pb = load_messages()
zmq = ctypes.CDLL(ctypes.util.find_library("zmq"), use_errno=True)
sodium = ctypes.CDLL(ctypes.util.find_library("sodium"))
sodium.sodium_init()
zmq.zmq_ctx_new.restype = zmq.zmq_socket.restype = ctypes.c_void_p
for name in ("zmq_setsockopt", "zmq_connect", "zmq_send", "zmq_recv", "zmq_close", "zmq_ctx_term", "zmq_socket"):
    getattr(zmq, name).argtypes = {
        "zmq_setsockopt": [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t],
        "zmq_connect": [ctypes.c_void_p, ctypes.c_char_p],
        "zmq_send": [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int],
        "zmq_recv": [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int],
        "zmq_close": [ctypes.c_void_p], "zmq_ctx_term": [ctypes.c_void_p], "zmq_socket": [ctypes.c_void_p, ctypes.c_int],
    }[name]
context = zmq.zmq_ctx_new()


def blake(data, key=b""):
    out = ctypes.create_string_buffer(32)
    sodium.crypto_generichash(out, ctypes.c_size_t(32), data, ctypes.c_ulonglong(len(data)), key, ctypes.c_size_t(len(key)))
    return out.raw


def box_pair(seed):
    public, secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(32)
    sodium.crypto_box_seed_keypair(public, secret, seed)
    return public.raw, secret.raw


class Keys:
    def __init__(self, master=None):
        master = master or os.urandom(32)
        public, self.sign_secret = ctypes.create_string_buffer(32), ctypes.create_string_buffer(64)
        sodium.crypto_sign_seed_keypair(public, self.sign_secret, blake(b"sign", master))
        self.sign = public.raw
        self.box, _ = box_pair(blake(b"box", master))
        self.link, self.link_secret = box_pair(blake(b"link", master))

    def signature(self, tag, words):
        out, data = ctypes.create_string_buffer(64), tag + b"\0" + words
        sodium.crypto_sign_detached(out, None, data, ctypes.c_ulonglong(len(data)), self.sign_secret)
        return out.raw


class Socket:
    """A DEALER; without keys in plaintext."""

    def __init__(self, endpoint, server=None, public=None, secret=None, wait_ms=1500):
        self.s = zmq.zmq_socket(context, DEALER)
        for option, value in ((LINGER, 0), (RCVTIMEO, wait_ms), (SNDTIMEO, wait_ms), (IMMEDIATE, 1)):
            zmq.zmq_setsockopt(self.s, option, ctypes.byref(ctypes.c_int(value)), 4)
        for option, key in ((CURVE_SERVER, server), (CURVE_PUBLIC, public), (CURVE_SECRET, secret)):
            if key:
                zmq.zmq_setsockopt(self.s, option, key, 32)
        zmq.zmq_connect(self.s, endpoint.encode())
        self.buffer = ctypes.create_string_buffer(1 << 18)

    def send(self, data):
        return zmq.zmq_send(self.s, data, len(data), 0) >= 0

    def receive(self):
        """The next message, None after the wait."""
        n = zmq.zmq_recv(self.s, self.buffer, len(self.buffer), 0)
        return None if n < 0 else self.buffer.raw[:n]

    def close(self):
        zmq.zmq_close(self.s)


def token_parts(text):
    """root fingerprint, parent's link key, secret, path, endpoint"""
    data = base64.urlsafe_b64decode(text.split(".", 1)[1] + "==")
    at = 1 + 8
    root, parent, secret = data[at:at + 32], data[at + 32:at + 64], data[at + 64:at + 96]
    texts, at = [], at + 96
    for _ in range(2):
        n = struct.unpack(">H", data[at:at + 2])[0]
        texts.append(data[at + 2:at + 2 + n].decode())
        at += 2 + n
    return root, parent, secret, texts[0], texts[1]


class Neighbour:
    """An enrolled child that says what it likes."""

    def __init__(self, token):
        self.root, self.parent_key, self.secret, self.path, self.endpoint = token_parts(token)
        self.keys = Keys()
        self._begin()

    @classmethod
    def second(cls, folder, proof, endpoint, parent_key):
        """Who speaks with the keys of a real node that is stopped: of its folder, and of a proof that it made while it ran, in which
        the certificates above it are."""
        self = cls.__new__(cls)
        self.keys = Keys(bytes.fromhex((folder / "keys/node.key").read_text().split()[1]))
        by_id = {blake(c.body): c for c in proof_pb.Proof.FromString(proof.split(b"\n", 1)[1]).certificates}
        at = next(k for k, c in by_id.items() if trust_pb.CertificateBody.FromString(c.body).sign_key == self.keys.sign)
        self.certificate_id, self.certificate = at, trust_pb.CertificateBody.FromString(by_id[at].body)
        self.chain = trust_pb.Chain()
        while at in by_id:
            self.chain.certificates.append(by_id[at])
            at = trust_pb.CertificateBody.FromString(by_id[at].body).issuer_certificate
        self.path, self.endpoint, self.parent_key = self.certificate.path, endpoint, parent_key
        self._begin()
        self.counter = 1 << 40
        return self

    def _begin(self):
        self.epoch = os.urandom(16)
        self.position = {URGENT: 0, BULK: 0}
        self.counter = 0
        self.heads = {}  # (scope, to, lane) -> (seq, hash)
        self.socket = None

    def join(self):
        public, secret = box_pair(self.secret)
        socket = Socket(self.endpoint, self.parent_key, public, secret, 5000)
        f = link_pb.Frame()
        f.join.sign_key, f.join.box_key, f.join.link_key = self.keys.sign, self.keys.box, self.keys.link
        f.join.signature = self.keys.signature(b"qipan join", public + self.keys.sign + self.keys.box + self.keys.link)
        socket.send(f.SerializeToString())
        answer = link_pb.Frame.FromString(socket.receive() or b"")
        socket.close()
        if not answer.HasField("welcome"):
            raise OSError(f"no welcome: {answer}")
        self.chain = answer.welcome.chain
        self.certificate = trust_pb.CertificateBody.FromString(self.chain.certificates[0].body)
        self.certificate_id = blake(self.chain.certificates[0].body)

    def certify(self, path, keys, node=None, salt=None, **wrong):
        """A certificate that this node signs for a child of its own. node: an id that is not the one of that place."""
        own = self.certificate
        salt = salt or os.urandom(16)
        body = trust_pb.CertificateBody(
            tree=own.tree, path=path, title="made", level="place", zone=own.zone, sign_key=keys.sign, box_key=keys.box,
            link_key=keys.link, incarnation=1, not_before_us=own.not_before_us, not_after_us=own.not_after_us,
            issuer=own.node, issuer_certificate=self.certificate_id, salt=salt,
            node=node or blake(b"qipan node\0" + own.tree + own.node + salt + path.encode())[:16])
        for name, value in wrong.items():
            setattr(body, name, value)
        data = body.SerializeToString()
        return trust_pb.Certificate(body=data, signature=self.keys.signature(b"qipan certificate", data))

    def enrolled(self, certificate):
        e = self.event()
        e.ClearField("matter")
        e.version = e.custody = 0
        e.enrolled.certificate.CopyFrom(certificate)
        return e

    def teach(self, certificate):
        """Has the parent ask whose key a parcel is signed with, and answers with another chain than it asked for."""
        self.deliver(self.seal([self.opened("lie of a key that nobody knows")], keep=False, certificate=os.urandom(32)))
        ask = self.expect("ask").ask
        f = self.frame()
        f.answer.ask.CopyFrom(ask)
        f.answer.chain.certificates.append(certificate)
        f.answer.chain.certificates.extend(self.chain.certificates)
        self.socket.send(f.SerializeToString())

    def frame(self):
        return link_pb.Frame(session=self.session)

    def open(self):
        """The handshake; the parent's greeting, or its Refuse."""
        self.socket = Socket(self.endpoint, self.parent_key, self.keys.link, self.keys.link_secret)
        nonce, f = os.urandom(32), link_pb.Frame()
        f.call.versions_low = f.call.versions_high = 1
        f.call.chain.CopyFrom(self.chain)
        f.call.nonce = nonce
        self.socket.send(f.SerializeToString())
        challenge = self.expect("challenge", "refuse")
        if challenge.HasField("refuse"):
            return challenge.refuse
        parent = trust_pb.CertificateBody.FromString(challenge.challenge.chain.certificates[0].body)
        f = link_pb.Frame()
        f.greeting.epoch, f.greeting.head = self.epoch, 1 << 20
        words = (self.certificate.node + parent.node + nonce + challenge.challenge.nonce + struct.pack(">Q", 0) + self.epoch
                 + bytes(16) + b"\0" + struct.pack(">QQ", 1 << 20, 0))
        f.greeting.signature = self.keys.signature(b"qipan greeting", words)
        self.socket.send(f.SerializeToString())
        answer = self.expect("greeting", "refuse")
        if answer.HasField("refuse"):
            return answer.refuse
        self.session = answer.greeting.session
        self.parent = parent
        return answer.greeting

    def expect(self, *kinds, tries=200):
        """The next frame of one of these kinds; others are passed over. An OSError when none comes."""
        for _ in range(tries):
            data = self.socket.receive()
            if data is None:
                raise OSError(f"no {' or '.join(kinds)} came")
            f = link_pb.Frame.FromString(data)
            if f.WhichOneof("body") in kinds:
                return f
        raise OSError(f"no {' or '.join(kinds)} among {tries} frames")

    # ---- what a node says ----
    def event(self, origin=None, matter=None, version=1):
        self.counter += 1
        now = int(time.time() * 1e6)
        return matter_pb.Event(origin=origin or self.certificate.node, incarnation=self.certificate.incarnation,
                               counter=self.counter, at_us=now, by="user:mallory", version=version, custody=1,
                               matter=matter or struct.pack(">Q", now // 1000)[2:] + os.urandom(10))

    def opened(self, title="from the new node", **face):
        """A matter, opened here."""
        e = self.event()
        f, node = e.opened.face, self.certificate.node
        f.salt = os.urandom(16)
        e.matter = e.matter[:6] + blake(b"qipan matter" + node + e.matter[:6] + f.salt)[:10]
        f.id, f.title, f.category, f.source, f.area = e.matter, title, "Lie", "neighbour", self.path
        f.urgency = f.state = f.custody = f.version = f.top_number = f.answered = 1
        f.opener = f.holder = node
        f.holder_path = self.path
        f.members.append(node)
        f.opened_us = f.updated_us = e.at_us
        for name, value in face.items():
            setattr(f, name, value)
        return e

    def header(self, events, scope=HORIZON, to=b"", lane=BULK, **wrong):
        """The next header of the chain; `wrong` overrides its fields."""
        seq, prev = self.heads.get((scope, to, lane), (0, NO_HASH))
        root = blake(b"\0" + events[0]) if len(events) == 1 else merkle([blake(b"\0" + e) for e in events])
        h = parcel_pb.Header(tree=self.certificate.tree, origin=self.certificate.node, incarnation=self.certificate.incarnation,
                             scope=scope, to=to, lane=lane, seq=seq + 1, prev=prev,
                             clock=int(time.time() * 1000) << 16 | (seq & 0xffff), count=len(events), root=root,
                             certificate=self.certificate_id)
        for name, value in wrong.items():
            setattr(h, name, value)
        return h

    def seal(self, events, keys=None, keep=True, **header):
        """The parcel's bytes. keep: the chain goes on behind it."""
        events = [e if isinstance(e, bytes) else e.SerializeToString() for e in events]
        h = self.header(events, **header)
        data = h.SerializeToString()
        if keep:
            self.heads[(h.scope, h.to, h.lane)] = (h.seq, blake(data))
        signature = (keys or self.keys).signature(b"qipan parcel", data)
        return parcel_pb.Parcel(header=data, signature=signature, events=events).SerializeToString()

    def deliver(self, parcel, lane=BULK, session=None, again=False):
        """again: in the place of the last one."""
        if not again:
            self.position[lane] += 1
        f = self.frame()
        if session is not None:
            f.session = session
        d = f.deliver
        d.lane, d.position, d.after, d.parcel = lane, self.position[lane], self.position[lane] - 1, parcel
        d.hash = blake(parcel)
        self.socket.send(f.SerializeToString())

    def beat(self):
        f = self.frame()
        f.beat.now_us = int(time.time() * 1e6)
        self.socket.send(f.SerializeToString())

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None


def merkle(leaves):
    while len(leaves) > 1:
        leaves = [blake(b"\1" + leaves[i] + leaves[i + 1]) if i + 1 < len(leaves) else leaves[i]
                  for i in range(0, len(leaves), 2)]
    return leaves[0]
