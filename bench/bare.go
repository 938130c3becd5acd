//go:build linux

package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
)

// bareArgument makes this program the bare server.
const bareArgument = "bare-server"

// serveBare answers every request with the answer it reads from sample, and does nothing else: the least that a server on
// net/http can do. It serves until it is killed.
func serveBare(sample io.Reader, log io.Writer) error {
	raw, err := io.ReadAll(sample)
	if err != nil {
		return err
	}
	header, body := split(raw)
	answer := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		h := w.Header()
		for name, values := range header {
			h[name] = values
		}
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(body)
	}
	return listenAndServe(http.HandlerFunc(answer), log)
}

// split takes an answer apart. The names of its headers keep their spelling; the date is left to net/http.
func split(raw []byte) (http.Header, []byte) {
	head, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	header := http.Header{}
	for _, line := range strings.Split(string(head), "\r\n")[1:] {
		if name, value, _ := strings.Cut(line, ": "); name != "Date" {
			header[name] = []string{value}
		}
	}
	return header, body
}
