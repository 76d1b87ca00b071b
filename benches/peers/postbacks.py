"""A postback handler as one writes it on an evening: aiohttp, PyJWT and sqlite3, with the durability that Kiosk has.

Words: the database file, the secret of the tokens, how many invoices there are. Prints its port once it listens.
"""

import asyncio
import sqlite3
import sys
import time

import jwt
import uvloop
from aiohttp import web

KEEP = """INSERT INTO jobs (kind, key, run_at) VALUES ('recheck', ?, ?)
    ON CONFLICT (kind, key) DO UPDATE SET revision = revision + 1, run_at = min(run_at, excluded.run_at), done_at = NULL"""


def opened(file, invoices):
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE invoices (id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE)")
    db.execute(
        """CREATE TABLE jobs (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, run_at INTEGER NOT NULL,
        revision INTEGER NOT NULL DEFAULT 0, done_at INTEGER, UNIQUE (kind, key))"""
    )
    db.execute("BEGIN")
    db.executemany("INSERT INTO invoices VALUES (?, ?)", ((f"invoice-{n}", f"B{n:07}") for n in range(invoices)))
    db.execute("COMMIT")
    return db


async def main(file, secret, invoices):
    db = opened(file, int(invoices))

    async def postback(request):
        body = await request.json()
        try:
            # The bodies are from one moment, which may be any.
            claims = jwt.decode(body["token"], secret, algorithms=["HS256"], options={"verify_exp": False})
        except (KeyError, jwt.InvalidTokenError):
            return web.Response(status=401)
        number = body["invoice_id"].removeprefix("INV-")
        if claims.get("id", number).removeprefix("INV-") != number:
            return web.Response(status=401)
        db.execute("BEGIN IMMEDIATE")
        invoice = db.execute("SELECT id FROM invoices WHERE number = ?", (number,)).fetchone()
        if invoice:
            db.execute(KEEP, (invoice[0], int(time.time())))
        db.execute("COMMIT")
        return web.Response(status=200 if invoice else 404)

    app = web.Application()
    app.router.add_post("/postback", postback)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


uvloop.run(main(*sys.argv[1:]))
