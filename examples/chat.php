<?php
// A conversation: a question, one whose answer is streamed, a share, the end.
//   TOKEN=alice php chat.php
declare(strict_types=1);

const ATTEMPTS = 5;
const LONGEST_WAIT_S = 60;

define('ALICE', getenv('ALICE_URL') ?: 'http://localhost:7777');

/** @return array{int, array<string, string>, resource} status, headers in lower case, body */
function send(string $method, string $path, string $body = '', array $headers = []): array
{
    $answer = @fopen(ALICE . "/chatgpt/$path", 'r', false, stream_context_create(['http' => [
        'method' => $method,
        'header' => ['Content-Type: text/plain', ...$headers],
        'content' => $body,
        'protocol_version' => 1.1,
        'timeout' => 300,
        'ignore_errors' => true,
    ]]));
    if ($answer === false) {
        throw new RuntimeException(error_get_last()['message']);
    }
    $lines = stream_get_meta_data($answer)['wrapper_data'];
    $status = (int) explode(' ', array_shift($lines))[1];
    $pairs = array_map(fn (string $line) => explode(': ', $line, 2), $lines);
    return [$status, array_change_key_case(array_column($pairs, 1, 0)), $answer];
}

/** The whole body. PHP itself would read on until the connection is closed. */
function text(array $headers, $answer): string
{
    $length = $headers['content-length'] ?? null;
    return stream_get_contents($answer, $length === null ? null : (int) $length);
}

/** Opens the answer of POST /chatgpt/path; busy ones (with Retry-After) are asked again in time. */
function post(string $path, string $body = '', string ...$headers): array
{
    $sent = ['token: ' . getenv('TOKEN'), ...$headers];
    for ($attempt = 1; ; $attempt++) {
        [$status, $found, $answer] = send('POST', $path, $body, $sent);
        if ($status === 200) {
            return [$found, $answer];
        }
        $sentence = "$status: " . text($found, $answer);
        $wait = $found['retry-after'] ?? null;
        if ($wait === null || (int) $wait > LONGEST_WAIT_S || $attempt === ATTEMPTS) {
            throw new RuntimeException($sentence);
        }
        sleep((int) $wait);
    }
}

/** Yields the answer's pieces. An answer without [DONE] is not complete, and nothing of it is kept. */
function askStreamed(string $conversation, string $question): Generator
{
    [, $answer] = post('chat', $question, "conversation: $conversation", 'Accept: text/event-stream');
    [$name, $data] = ['message', []];
    while (($line = fgets($answer)) !== false) {
        $line = rtrim($line, "\r\n");
        if (str_starts_with($line, 'data:')) {
            $data[] = preg_replace('/^data: ?/', '', $line);
        } elseif (str_starts_with($line, 'event:')) {
            $name = trim(substr($line, strlen('event:')));
        } elseif ($line === '' && $data !== []) {
            $text = implode("\n", $data);
            if ($name === 'error') {
                throw new RuntimeException($text);
            }
            if ($text === '[DONE]') {
                return;
            }
            yield $text;
            [$name, $data] = ['message', []];
        }
    }
    throw new RuntimeException('The answer broke off');
}

try {
    if (!getenv('TOKEN')) {
        throw new RuntimeException('TOKEN is not set');
    }
    $conversation = text(...post('createTurbo', 'You are a patient teacher.'));
    echo text(...post('chat', 'Why is the sky blue?', "conversation: $conversation")), "\n";
    foreach (askStreamed($conversation, 'And at night?') as $piece) {
        echo $piece;
    }
    echo "\n";

    $share = post('store', '', "conversation: $conversation")[0]['share'];
    // Open to all: no token.
    [, $found, $answer] = send('GET', "share/$share");
    $shared = json_decode(text($found, $answer), true);
    echo implode("\n  ", ["$share:", ...$shared['SentenceList']]), "\n";
    echo text(...post('finish', '', "conversation: $conversation")), "\n";
} catch (RuntimeException $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(1);
}
