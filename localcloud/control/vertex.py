"""Vertex AI's `generateContent`: which caller may ask which model, and a simulated answer.

https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from blueprint import gemini_models
from localcloud import iam
from localcloud.base.world import World

API = "aiplatform.googleapis.com"
PATH = "/v1/projects/{project}/locations/{location}/publishers/google/models/{model}:generateContent"
PREDICT = "aiplatform.endpoints.predict"
SERVICE = "gcp:projects/service:Service"
PREFACE = "[simulated model] You wrote:"
ROLES = frozenset({"user", "model"})

Member = Callable[[Request], str]
Refuse = Callable[[int, str], Response]


def routes(world: World, member: Member, refuse: Refuse) -> list[Route]:
    """Return the endpoint; `member` tells who calls, `refuse` writes a refusal as Google does."""
    return [Route(PATH, _generate(world, member, refuse), methods=["POST"])]


def _generate(world: World, member: Member, refuse: Refuse) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        caller, at = member(request), request.path_params
        project, location, model = iam.project_id(world, at["project"]), at["location"], at["model"]
        if world.resource(SERVICE, f"{project}/{API}") is None:
            return refuse(
                HTTPStatus.FORBIDDEN,
                f"Vertex AI API has not been used in project {project} before or it is disabled (SERVICE_DISABLED). "
                f"Enable {API} in it, then try again.",
            )
        name = f"projects/{project}/locations/{location}/publishers/google/models/{model}"
        try:
            iam.require(world, caller, PREDICT, name)
            said = _said(await request.body())
        except iam.DeniedError as error:
            return refuse(HTTPStatus.FORBIDDEN, str(error))
        except ValueError as error:
            return refuse(HTTPStatus.BAD_REQUEST, str(error))
        if not re.fullmatch(gemini_models.NAME, model) or gemini_models.is_retired(model):
            return refuse(
                HTTPStatus.NOT_FOUND,
                f"Publisher Model `{name}` was not found or your project does not have access to it. Use a version "
                'that "Model versions" of Vertex AI lists as served.',
            )
        return JSONResponse(_proposal(model, said))

    return answer


def _said(raw: bytes) -> str:
    """Return the text of the last turn; raises ValueError with Google's reason for what it would answer 400."""
    body = json.loads(raw or b"{}")
    contents = body.get("contents") if isinstance(body, dict) else None
    if not isinstance(contents, list) or not contents:
        raise ValueError("Unable to submit request because at least one contents field is required.")
    for turn in contents:
        if not isinstance(turn, dict) or turn.get("role") not in ROLES:
            raise ValueError("Please use a valid role: user, model.")
    texts = [part.get("text", "") for part in contents[-1].get("parts") or () if isinstance(part, dict)]
    if not any(isinstance(text, str) and text for text in texts):
        raise ValueError("Unable to submit request because it must have a text parameter.")
    return "".join(text for text in texts if isinstance(text, str))


def _proposal(model: str, said: str) -> Mapping[str, Any]:
    content = {"role": "model", "parts": [{"text": f"{PREFACE} {said}"}]}
    return {"candidates": [{"content": content, "finishReason": "STOP"}], "modelVersion": model}
