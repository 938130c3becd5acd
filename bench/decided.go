//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"

	"github.com/daypass/daypass/sigv4"
)

// decidedHost is what clients call the S3 that a proxy stands before, who asks daypass about each request.
const decidedHost = "objects.example.com"

// startDecider starts daypass as the judge of requests to S3, and a bare server that answers as it does.
func startDecider(ctx context.Context, binary, dataDir string, cpus []int, users []user) (_ *servers, _ [][]byte, err error) {
	s := &servers{check: checkAllowed, asked: 1}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.stop())
		}
	}()
	door, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	settings := fmt.Sprintf("extauth: {http: '%s', services: {s3: {region: %s, hosts: [%s]}}}\n", door, region, decidedHost)
	if s.daypass, err = startDaypass(ctx, cpus, binary, dataDir, settings); err != nil {
		return nil, nil, err
	}
	var questions [][]byte
	for _, u := range users {
		answer, err := askForSession(ctx, s.daypass, u)
		if err != nil {
			return nil, nil, err
		}
		question, err := issued(answer).question("/bucket/" + u.name + "/" + smallObject)
		if err != nil {
			return nil, nil, err
		}
		questions = append(questions, question)
	}
	s.daypass.address = door
	sample, err := once(ctx, door, questions[0])
	if err == nil {
		err = checkAllowed(sample)
	}
	if err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	s.bare, err = start(ctx, cpus, bytes.NewReader(sample), self, bareArgument)
	return s, questions, err
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// question is what a proxy asks about a GET of an object.
func (c credentials) question(path string) ([]byte, error) {
	object, err := c.object(http.MethodGet, decidedHost, path, sigv4.PayloadOf(nil), 0)
	if err != nil {
		return nil, err
	}
	_, header, _ := bytes.Cut(object, []byte("\r\n"))
	asked := fmt.Sprintf("GET /s3 HTTP/1.1\r\nX-Original-Method: GET\r\nX-Original-Uri: %s\r\nX-Original-Host: %s\r\n"+
		"X-Original-Address: 127.0.0.1\r\nX-Original-Scheme: https\r\n", path, decidedHost)
	return append([]byte(asked), header...), nil
}

func checkAllowed(answer []byte) error {
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) {
		return fmt.Errorf("not allowed: %s", answer)
	}
	return nil
}
