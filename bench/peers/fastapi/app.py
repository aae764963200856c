"""FastAPI with asyncpg and redis, set up for speed: uvloop, httptools, no access log, one process.

Each read answers in the cheapest way that FastAPI offers: bytes that are ready are sent as they are, rows go through
ujson, and no response model is validated.
"""

import json
import os

import asyncpg
import redis.asyncio
from fastapi import FastAPI, Response
from fastapi.responses import UJSONResponse

with open(os.environ["PEER_SETTINGS"], encoding="utf-8") as file:
    settings = json.load(file)

JSON = "application/json"
statements = settings["statements"]
key_prefix = settings["redisKeyPrefix"]
constant = settings["constant"]
encoded = {city["id"]: json.dumps(city, separators=(",", ":")).encode() for city in settings["cities"]}
objects = {city["id"]: city for city in settings["cities"]}

app = FastAPI(openapi_url=None)


class Connection(asyncpg.Connection):
    """Saves the round trip that resets session state on return to the pool, because there is no state."""

    __slots__ = ()

    def get_reset_query(self):
        return ""


@app.on_event("startup")
async def open_connections():
    size = settings["poolMax"]
    app.state.pool = await asyncpg.create_pool(
        settings["databaseUrl"], min_size=size, max_size=size, connection_class=Connection
    )
    app.state.redis = redis.asyncio.Redis.from_url(settings["redisUrl"])


@app.get("/ready")
async def ready():
    return Response(b"{}", media_type=JSON)


@app.get("/constant")
async def read_constant():
    return UJSONResponse(constant)


@app.get("/memory/{id}")
async def read_memory(id: int):
    body = encoded.get(id)
    return Response(status_code=404) if body is None else Response(body, media_type=JSON)


@app.get("/objects/{id}")
async def read_object(id: int):
    city = objects.get(id)
    return Response(status_code=404) if city is None else UJSONResponse(city)


@app.get("/redis/{id}")
async def read_redis(id: int):
    body = await app.state.redis.get(key_prefix + str(id))
    return Response(status_code=404) if body is None else Response(body, media_type=JSON)


@app.get("/sql/{id}")
async def read_sql(id: int):
    row = await app.state.pool.fetchrow(statements["byId"]["text"], id)
    return Response(status_code=404) if row is None else UJSONResponse(dict(row))


@app.get("/search")
async def search(q: str, limit: int):
    rows = await app.state.pool.fetch(statements["search"]["text"], q, *[limit] * 4)
    return UJSONResponse({"items": [dict(row) for row in rows]})


@app.get("/list")
async def read_list(limit: int):
    rows = await app.state.pool.fetch(statements["list"]["text"], *statements["list"]["parameters"])
    return UJSONResponse({"items": [dict(row) for row in rows[:limit]]})
