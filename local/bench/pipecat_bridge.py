"""The peer: pipecat's Twilio serializer and Gemini Live service, wired as its own telephone examples have it.

Run by the benchmark with an interpreter that has pipecat-ai (with its `google` and `websocket` extras) and uvicorn; it
imports nothing of this repository: `PYTHON pipecat_bridge.py --port P --live https://...`.
"""

import argparse
import importlib
import sys
from typing import Any

RATES = {"audio_in_sample_rate": 16000, "audio_out_sample_rate": 24000}


def _has(path: str) -> Any:  # noqa: ANN401 - a class of a package without types here
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(f"pipecat.{module}"), name)


async def _carry(websocket: Any, live: str) -> None:  # noqa: ANN401
    """Carry one call."""
    read = websocket.iter_text()
    await anext(read)  # connected
    start = importlib.import_module("json").loads(await anext(read))["start"]
    serializer_class = _has("serializers.twilio.TwilioFrameSerializer")
    serializer = serializer_class(start["streamSid"], params=serializer_class.InputParams(auto_hang_up=False))
    params = _has("transports.websocket.fastapi.FastAPIWebsocketParams")(
        audio_in_enabled=True, audio_out_enabled=True, add_wav_header=False, serializer=serializer
    )
    transport = _has("transports.websocket.fastapi.FastAPIWebsocketTransport")(websocket=websocket, params=params)
    options = importlib.import_module("google.genai.types").HttpOptions(base_url=live)
    service = _has("services.google.gemini_live.llm.GeminiLiveLLMService")
    model = service(
        api_key="local",
        http_options=options,
        settings=service.Settings(model="models/gemini-3.8-live", system_instruction="You answer the phone."),
    )
    context = _has("processors.aggregators.llm_context.LLMContext")([])
    pair = _has("processors.aggregators.llm_response_universal.LLMContextAggregatorPair")(context)
    pipeline = _has("pipeline.pipeline.Pipeline")(
        [transport.input(), pair.user(), model, transport.output(), pair.assistant()]
    )
    worker = _has("pipeline.worker.PipelineWorker")(
        pipeline, params=_has("pipeline.worker.PipelineParams")(**RATES), idle_timeout_secs=None
    )

    async def begin(*_: object) -> None:
        await worker.queue_frames([_has("frames.frames.LLMRunFrame")()])

    async def leave(*_: object) -> None:
        await worker.cancel()

    transport.event_handler("on_client_connected")(begin)
    transport.event_handler("on_client_disconnected")(leave)
    await _has("pipeline.runner.PipelineRunner")(handle_sigint=False).run(worker)


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--live", required=True)
    options = parser.parse_args()
    logger = importlib.import_module("loguru").logger
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    app = importlib.import_module("fastapi").FastAPI()

    async def stream(websocket: Any) -> None:  # noqa: ANN401
        await websocket.accept()
        await _carry(websocket, options.live)

    stream.__annotations__["websocket"] = importlib.import_module("fastapi").WebSocket
    app.websocket("/stream")(stream)
    importlib.import_module("uvicorn").run(
        app, host="127.0.0.1", port=options.port, log_level="error", ws="websockets-sansio", loop="uvloop"
    )


if __name__ == "__main__":
    main()
