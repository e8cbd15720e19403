"""A worker as Sabine has it: an rq worker with a health server beside it."""

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from redis import Redis
from rq import Queue, Worker

connection = Redis(port=int(os.environ["REDIS_PORT"]))
queue = Queue("sabine-slow-path", connection=connection)
started = time.time()


def resident_mb():
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1048576


class Health(BaseHTTPRequestHandler):
    def do_GET(self):
        health = {
            "status": "healthy", "redis_connected": bool(connection.ping()), "queue_depth": queue.count,
            "workers_active": 1, "queue_failed": 0, "uptime_seconds": round(time.time() - started, 1),
            "memory_rss_mb": resident_mb(), "memory_limit_mb": 2048, "memory_status": "healthy",
        }
        body = json.dumps(health).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Health)
threading.Thread(target=server.serve_forever, daemon=True).start()
Worker([queue], connection=connection).work()
