"""The server under test: a given one, or the repository's own host on a free port with fresh state."""

import atexit
import functools
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import NamedTuple

import requests

WORKSPACE = Path(__file__).parents[3]


class Server(NamedTuple):
    base: str
    issuer: str
    admin_token: str | None


@functools.cache
def server() -> Server:
    """The server that all tests share."""
    given = os.environ.get("SPIN_AUTH_BASE_URL")
    if given is None:
        return _start()
    base = given.rstrip("/")
    issuer = requests.get(f"{base}/.well-known/openid-configuration", timeout=60).json()["issuer"]
    return Server(base, issuer, os.environ.get("SPIN_AUTH_ADMIN_TOKEN"))


def _start() -> Server:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    base = f"http://{listen}"
    admin_token = f"adm_{unique()}{unique()}"
    state = tempfile.mkdtemp(prefix="spin-auth-python-")
    atexit.register(shutil.rmtree, state, ignore_errors=True)
    binary = os.environ.get("SPIN_AUTH_HOST_BIN", WORKSPACE / "target/host/spin-auth-host")
    manifest = os.environ.get("SPIN_AUTH_MANIFEST", WORKSPACE / "spin.toml")
    command = [binary, "--from", manifest, "--listen", listen, "--state-dir", state, "--quiet"]
    # Failed logins are not throttled: they all come from one address. Clients must be able to do with nonces.
    for variable in (f"issuer={base}", "bcrypt_rounds=4", "login_throttle=off", "dpop_nonce=on"):
        command += ["--variable", variable]
    host = subprocess.Popen(
        command,
        env={**os.environ, "SPIN_VARIABLE_ADMIN_TOKEN": admin_token},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    # Whichever way this process ends, the host ends with it.
    atexit.register(_stop, host)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    said = ""
    for line in host.stdout:
        said += line
        if line.startswith("Serving "):
            threading.Thread(target=host.stdout.read, daemon=True).start()
            return Server(base, base, admin_token)
    raise RuntimeError(f"the host ended with {host.wait()}: {said}")


def _stop(host: subprocess.Popen) -> None:
    host.terminate()
    host.wait()


def unique() -> str:
    """Text that no other test has."""
    return secrets.token_hex(9)


def register(**metadata: object) -> dict:
    """Registers a client as the administrator does, and answers it as it was registered."""
    base, _, admin_token = server()
    headers = {"Authorization": f"Bearer {admin_token}"}
    answer = requests.post(f"{base}/register", json=metadata, headers=headers, timeout=60)
    assert answer.status_code == 201, f"registration answered {answer.status_code}: {answer.text}"
    return answer.json()
