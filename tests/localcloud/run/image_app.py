"""The application inside the tests' image: it runs in an environment of its own, never in the tests' process."""

# ruff: noqa: T201

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

if "FAIL" in os.environ:
    print("cannot go on:", os.environ["FAIL"])
    sys.exit(7)

sick = False
heard = asyncio.Event()


async def health(request):
    return PlainTextResponse("sick" if sick else "ok", 500 if sick else 200)


async def env(request):
    return JSONResponse(dict(os.environ) | {"pid": os.getpid(), "cwd": str(Path.cwd())})


async def echo(request):
    body = await request.body()
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers.raw]
    seen = {"method": request.method, "path": request.scope["raw_path"].decode(), "query": str(request.url.query)}
    return JSONResponse({**seen, "headers": headers, "length": len(body), "body": body[:100].decode("latin-1")}, 201)


async def slow(request):
    await asyncio.sleep(float(request.query_params["seconds"]))
    return PlainTextResponse(os.environ.get("VERSION", ""))


async def stream(request):
    async def parts():
        yield "part 0\n"
        await heard.wait()
        yield "part 1\n"

    heard.clear()
    return StreamingResponse(parts(), headers={"X-Twice": "1"})


async def go_on(request):
    heard.set()
    return PlainTextResponse("")


async def cookies(request):
    answer = PlainTextResponse("")
    answer.set_cookie("a", "1")
    answer.set_cookie("b", "2")
    return answer


async def crash(request):
    os._exit(3)


async def sicken(request):
    global sick
    sick = True
    return PlainTextResponse("")


async def log(request):
    print(json.dumps({"severity": "INFO", "message": "a step", "kind": "signup", "subject": "x"}))
    print("plain words")
    print("to stderr", file=sys.stderr)
    return PlainTextResponse("")


async def stubborn(request):
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: None)
    return PlainTextResponse("")


doors = (health, env, echo, slow, stream, go_on, cookies, crash, sicken, log, stubborn)
methods = ["GET", "POST", "PUT", "DELETE"]
app = Starlette(
    routes=[Route(f"/{door.__name__}", door, methods=methods) for door in doors]
    + [Route("/echo/{rest:path}", echo, methods=methods)]
)
