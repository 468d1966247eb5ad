"""The server under test, and the people and applications who use it."""

from .server import register, server, unique
from .user import User

__all__ = ["User", "register", "server", "unique"]
