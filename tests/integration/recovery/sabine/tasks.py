"""What its worker runs."""

import os

from redis import Redis

connection = Redis(port=int(os.environ["REDIS_PORT"]))


def consolidate(entry):
    connection.srem("sabine:wal:pending", entry)
    connection.sadd("sabine:wal:completed", entry)


def summarise():
    if connection.incr("sabine:summaries") == 1:
        raise RuntimeError("the model hung up")
