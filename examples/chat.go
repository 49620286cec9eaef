// A conversation: a question, one whose answer is streamed, a share, the end.
//
//	TOKEN=alice go run chat.go
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	attempts    = 5
	longestWait = time.Minute
)

var alice, token = os.Getenv("ALICE_URL"), os.Getenv("TOKEN")

// post opens the answer of POST /chatgpt/path; headers are names and values in turn. Busy answers
// (with Retry-After) are asked for again in time.
func post(path, body string, headers ...string) (*http.Response, error) {
	for attempt := 1; ; attempt++ {
		request, err := http.NewRequest(http.MethodPost, alice+"/chatgpt/"+path, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		request.Header.Set("token", token)
		for i := 0; i < len(headers); i += 2 {
			request.Header.Set(headers[i], headers[i+1])
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil || response.StatusCode == http.StatusOK {
			return response, err
		}
		sentence, err := text(response, nil)
		if err != nil {
			return nil, err
		}
		seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
		wait := time.Duration(seconds) * time.Second
		if err != nil || wait > longestWait || attempt == attempts {
			return nil, fmt.Errorf("%d: %s", response.StatusCode, sentence)
		}
		time.Sleep(wait)
	}
}

// text reads a whole answer, if there is one.
func text(response *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// printPieces prints an event stream's text as it comes. An answer without [DONE] is not complete,
// and nothing of it is kept.
func printPieces(stream io.Reader) error {
	lines := bufio.NewScanner(stream)
	lines.Buffer(nil, 8<<20)
	name, data := "message", []string(nil)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case field == "data":
			data = append(data, value)
		case field == "event":
			name = value
		case lines.Text() == "" && data != nil:
			piece := strings.Join(data, "\n")
			if name == "error" {
				return errors.New(piece)
			}
			if piece == "[DONE]" {
				return nil
			}
			fmt.Print(piece)
			name, data = "message", nil
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return errors.New("the answer broke off")
}

func run() error {
	id, err := text(post("createTurbo", "You are a patient teacher."))
	if err != nil {
		return err
	}
	answer, err := text(post("chat", "Why is the sky blue?", "conversation", id))
	if err != nil {
		return err
	}
	fmt.Println(answer)

	stream, err := post("chat", "And at night?", "conversation", id, "Accept", "text/event-stream")
	if err != nil {
		return err
	}
	defer stream.Body.Close()
	if err := printPieces(stream.Body); err != nil {
		return err
	}
	fmt.Println()

	stored, err := post("store", "", "conversation", id)
	if err != nil {
		return err
	}
	stored.Body.Close()
	// Open to all: no token.
	share, err := text(http.Get(alice + "/chatgpt/share/" + stored.Header.Get("share")))
	if err != nil {
		return err
	}
	fmt.Println(share)

	finished, err := text(post("finish", "", "conversation", id))
	fmt.Println(finished)
	return err
}

func main() {
	if alice == "" {
		alice = "http://localhost:7777"
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
