"""A conversation: a question, one whose answer is streamed, a share, the end.

    TOKEN=alice python3 chat.py

Only the standard library. The package openai works too, on the same conversations:

    OpenAI(base_url="http://localhost:7777/v1", api_key=os.environ["TOKEN"])
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request

ALICE = os.environ.get("ALICE_URL", "http://localhost:7777")
ATTEMPTS = 5
LONGEST_WAIT_S = 60


class AliceError(Exception):
    """A refusal or a failure, in the service's own words."""


def post(path, body="", **headers):
    """Opens the answer of POST /chatgpt/path; busy ones (with Retry-After) are asked again in time."""
    headers = {"token": os.environ["TOKEN"], "Content-Type": "text/plain", **headers}
    request = urllib.request.Request(f"{ALICE}/chatgpt/{path}", body.encode(), headers)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return urllib.request.urlopen(request, timeout=300)
        except urllib.error.HTTPError as error:
            wait = error.headers["Retry-After"]
            if wait is None or int(wait) > LONGEST_WAIT_S or attempt == ATTEMPTS:
                raise AliceError(f"{error.code}: {error.read().decode()}") from error
            time.sleep(int(wait))


def ask(conversation, question):
    with post("chat", question, conversation=conversation) as answer:
        return answer.read().decode()


def ask_streamed(conversation, question):
    """Yields the answer's pieces. An answer without [DONE] is not complete, and nothing of it is kept."""
    with post("chat", question, conversation=conversation, Accept="text/event-stream") as answer:
        name, data = "message", []
        for line in (raw.decode().rstrip("\r\n") for raw in answer):
            if line.startswith("data:"):
                data.append(line[len("data:") :].removeprefix(" "))
            elif line.startswith("event:"):
                name = line[len("event:") :].strip()
            elif line == "" and data:
                text = "\n".join(data)
                if name == "error":
                    raise AliceError(text)
                if text == "[DONE]":
                    return
                yield text
                name, data = "message", []
    raise AliceError("The answer broke off")


def main():
    conversation = post("createTurbo", "You are a patient teacher.").read().decode()
    print(ask(conversation, "Why is the sky blue?"))
    for piece in ask_streamed(conversation, "And at night?"):
        print(piece, end="", flush=True)
    print()

    share = post("store", conversation=conversation).headers["share"]
    # Open to all: no token.
    with urllib.request.urlopen(f"{ALICE}/chatgpt/share/{share}") as answer:
        print(f"{share}:", *json.load(answer)["SentenceList"], sep="\n  ")
    print(post("finish", conversation=conversation).read().decode())


if __name__ == "__main__":
    try:
        main()
    except KeyError as error:
        sys.exit(f"{error} is not set")
    except (AliceError, OSError, http.client.HTTPException) as error:
        sys.exit(str(error) or type(error).__name__)
