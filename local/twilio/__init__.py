"""A true Twilio peer: its REST API and its phone network. It knows nothing of the product, and shares no code with it.

The REST API (`python -m local.twilio --port P`) and how the unmodified client library gets there:

    client = twilio.rest.Client(MAIN.sid, MAIN.token)
    client.api.base_url = "http://127.0.0.1:P"

Every Domain of the library joins its paths to `base_url`, and pages follow it too. TWILIO_EDGE and TWILIO_REGION must
not be set: with them the library rebuilds the host name, always below twilio.com. (They cannot point it here alone.)

The phone network: `python -m local.twilio.phone`, or in a test

    async with Network(Options(voice=synthesiser)) as network:
        report = await Caller("+14155550100", MAIN, network).call("+14155550199", webhook_url, [Listen(), Say("Hello")])

A phone with a link to a REST server (`Options(link=...)`) shows its calls there, and obeys updates made there.
"""

from local.twilio.accounts import MAIN, Account

__all__ = ["MAIN", "Account"]
