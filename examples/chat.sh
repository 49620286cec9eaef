#!/usr/bin/env bash
# A conversation: a question, one whose answer is streamed, a share, the end.
#   TOKEN=alice bash chat.sh
set -euo pipefail
alice=${ALICE_URL:-http://localhost:7777}
attempts=5
longest_wait_s=60

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Not on the command line, which every user of the machine can read.
printf 'header = "token: %s"\n' "${TOKEN:?is not set}" > "$work/credentials"

# request CURL-OPTION... PATH BODY: POST /chatgpt/PATH; the answer's headers are then in $work/headers.
request() {
  : > "$work/headers"
  curl --silent --show-error --no-buffer --config "$work/credentials" --dump-header "$work/headers" \
    "${@:1:$#-2}" --data-binary "${*: -1}" "$alice/chatgpt/${*: -2:1}"
}

# header NAME: what the last answer has there.
header() {
  tr -d '\r' < "$work/headers" | grep -i "^$1: " | cut -d ' ' -f 2- || true
}

# wait_or_fail ATTEMPT SENTENCE: busy answers (with Retry-After) say when to ask again, others end it all.
wait_or_fail() {
  local wait
  wait=$(header retry-after)
  if [[ -z $wait ]] || ((wait > longest_wait_s || $1 == attempts)); then
    echo "$2" >&2
    exit 1
  fi
  sleep "$wait"
}

# post CURL-OPTION... PATH BODY: prints the answer.
post() {
  local attempt status
  for ((attempt = 1; ; attempt++)); do
    status=$(request --output "$work/answer" --write-out '%{http_code}' "$@") || exit
    if [[ $status == 200 ]]; then
      cat "$work/answer"
      return
    fi
    wait_or_fail "$attempt" "$status: $(cat "$work/answer")"
  done
}

# post_streamed CURL-OPTION... PATH BODY: prints the answer's pieces as they come. An answer without
# [DONE] is not complete, and nothing of it is kept.
post_streamed() {
  local attempt line name data sentence
  for ((attempt = 1; ; attempt++)); do
    name=message data='' sentence='The answer broke off'
    while IFS= read -r line || [[ -n $line ]]; do
      line=${line%$'\r'}
      case $line in
        data:*) line=${line#data:} data+=${line# }$'\n' ;;
        event:*) name=${line#event: } ;;
        :*) ;;
        ?*) sentence=$line ;; # A refusal is a sentence, not an event.
        *)
          [[ $name:$data != $'message:[DONE]\n' ]] || return 0
          [[ $name != error ]] || sentence=$data
          [[ $name != message ]] || printf %s "${data%$'\n'}"
          name=message data=''
          ;;
      esac
    done < <(request --header 'accept: text/event-stream' "$@")
    wait_or_fail "$attempt" "$sentence"
  done
}

id=$(post createTurbo 'You are a patient teacher.')
post --header "conversation: $id" chat 'Why is the sky blue?'
echo
post_streamed --header "conversation: $id" chat 'And at night?'
echo

post --header "conversation: $id" store '' > /dev/null
share=$(header share)
# Open to all: no token.
curl --silent --show-error --fail "$alice/chatgpt/share/$share"
echo
post --header "conversation: $id" finish ''
echo
