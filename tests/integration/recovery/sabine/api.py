"""The part of Sabine's API that an operator's recovery touches: health, the WAL, and what queues its entries in rq."""

import json
import os
import sys
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from redis import Redis
from rq import Queue

connection = Redis(port=int(os.environ["REDIS_PORT"]), decode_responses=True)
queue = Queue("sabine-slow-path", connection=Redis(port=int(os.environ["REDIS_PORT"])))


def wal():
    pending, completed = connection.scard("sabine:wal:pending"), connection.scard("sabine:wal:completed")
    return {"success": True, "stats": {"pending": pending, "processing": 0, "completed": completed, "failed": 0}}


def pending():
    ids = sorted(connection.smembers("sabine:wal:pending"))
    return {"success": True, "count": len(ids), "entries": [{"id": id, "status": "pending"} for id in ids]}


def metrics():
    return 'dream_team_queue_depth{status="queued"} 2\n'


GET = {
    "/health": lambda: {"status": "healthy", "version": "1.0.0", "tools_loaded": 13, "database_connected": True},
    "/wal/stats": wal,
    "/wal/pending": pending,
    "/wal/failed": lambda: {"success": True, "count": 0, "entries": []},
    "/e2b/test": lambda: {"success": True},
    "/metrics/prometheus": metrics,
    "/metrics/latest": lambda: {"success": True, "metrics": {"recorded_at": datetime.now(timezone.utc).isoformat()}},
    "/cache/metrics": lambda: {"success": True, "metrics": {"total_calls": 0, "hit_rate_percent": 0.0}},
    "/scheduler/status": lambda: {"success": True, "running": True, "jobs": [{"id": "morning_briefing"}]},
    "/orchestration/status": lambda: {"success": True, "task_counts": {"queued": 0, "in_progress": 0, "failed": 0}},
    # the database's own address
    "/rest/v1/": lambda: {},
}


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def say(self, status, told):
        body = (told if isinstance(told, str) else json.dumps(told)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(told, str) else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        tell = GET.get(self.path.split("?")[0])
        self.say(200, tell()) if tell else self.say(404, {"detail": "Not Found"})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or "{}")
        if self.path != "/api/queue/enqueue":
            return self.say(404, {"detail": "Not Found"})
        if self.headers.get("X-API-Key") != sys.argv[1]:
            return self.say(401, {"detail": "Invalid API key"})
        job = queue.enqueue("tasks.consolidate", asked["wal_entry_id"], at_front=True)
        self.say(202, {"status": "enqueued", "job_id": job.id})

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
print("listening on", server.server_port, flush=True)
server.serve_forever()
