//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/daypass/daypass/internal/totp"
	"github.com/daypass/daypass/sigv4"
)

const (
	region    = "us-east-1"
	userAgent = "aws-cli/2.9.19 Python/3.11.2 Linux/6.1.0-18-amd64 source/x86_64.debian.12 prompt/off command/sts.get-session-token"
)

// credentials are what a request is signed with.
type credentials struct{ accessKeyID, secretAccessKey, sessionToken string }

func (u user) credentials() credentials {
	return credentials{accessKeyID: u.accessKeyID, secretAccessKey: u.secretAccessKey}
}

// request returns the bytes of a signed call, in the form that the AWS CLI gives it.
func (c credentials) request(host string, form url.Values) ([]byte, error) {
	form.Set("Version", "2011-06-15")
	return c.call(host, "sts", form)
}

// call is request for STS or IAM.
func (c credentials) call(host, service string, form url.Values) ([]byte, error) {
	body := form.Encode()
	signed := sigv4.Request{Method: http.MethodPost, URI: "/", Host: host, Header: http.Header{
		"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"},
	}}
	signer := sigv4.Signer{
		AccessKeyID: c.accessKeyID, SecretAccessKey: c.secretAccessKey, SessionToken: c.sessionToken, Region: region, Service: service,
	}
	if err := signer.Sign(&signed, time.Now(), sigv4.PayloadOf([]byte(body))); err != nil {
		return nil, err
	}
	return append(head(&signed, len(body)), body...), nil
}

// head is what goes before a body.
func head(signed *sigv4.Request, length int) []byte {
	signed.Header.Set("Accept-Encoding", "identity")
	signed.Header.Set("User-Agent", userAgent)
	if signed.Method != http.MethodGet {
		signed.Header.Set("Content-Length", strconv.Itoa(length))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", signed.Method, signed.URI, signed.Host)
	_ = signed.Header.Write(&b) // a Buffer takes everything
	b.WriteString("\r\n")
	return b.Bytes()
}

// object returns the bytes of a signed request to S3 up to its body, of which the payload has the hash.
func (c credentials) object(method, host, path string, payload sigv4.Payload, length int) ([]byte, error) {
	signed := sigv4.Request{Method: method, URI: path, Host: host, Header: http.Header{}}
	signer := sigv4.Signer{
		AccessKeyID: c.accessKeyID, SecretAccessKey: c.secretAccessKey, SessionToken: c.sessionToken, Region: region, Service: "s3",
	}
	if err := signer.SignS3(&signed, time.Now(), payload); err != nil {
		return nil, err
	}
	return head(&signed, length), nil
}

// sessionRequest is GetSessionToken without MFA.
func (u user) sessionRequest(host string) ([]byte, error) {
	return u.credentials().request(host, url.Values{"Action": {"GetSessionToken"}, "DurationSeconds": {"3600"}})
}

// mfaRequest is GetSessionToken with the code of a time step.
func (u user) mfaRequest(host string, step int64) ([]byte, error) {
	return u.credentials().request(host, url.Values{
		"Action": {"GetSessionToken"}, "DurationSeconds": {"3600"},
		"SerialNumber": {u.serialNumber}, "TokenCode": {totp.Code(u.seed, step)},
	})
}

// sessionRequests are n requests without MFA of the users in turn.
func sessionRequests(host string, users []user, n int) ([][]byte, error) {
	requests := make([][]byte, 0, n)
	for _, u := range users[:min(n, len(users))] {
		request, err := u.sessionRequest(host)
		if err != nil {
			return nil, err
		}
		requests = append(requests, request)
	}
	for len(requests) < n { // what was sent before can be sent again: the signature is good for 15 minutes
		requests = append(requests, requests[:min(n-len(requests), len(users))]...)
	}
	return requests, nil
}

// mfaRequests are codesPerUser requests of each user, for the time steps around the present one, which a device takes in
// ascending order.
func mfaRequests(host string, users []user) ([][]byte, error) {
	step := totp.StepAt(time.Now())
	var requests [][]byte
	for _, s := range []int64{step - 1, step, step + 1} {
		for _, u := range users {
			request, err := u.mfaRequest(host, s)
			if err != nil {
				return nil, err
			}
			requests = append(requests, request)
		}
	}
	return requests, nil
}

// issued reads the credentials in the answer to GetSessionToken.
func issued(answer []byte) credentials {
	return credentials{
		accessKeyID:     element(answer, "AccessKeyId"),
		secretAccessKey: element(answer, "SecretAccessKey"),
		sessionToken:    element(answer, "SessionToken"),
	}
}

func element(xml []byte, name string) string {
	_, after, _ := bytes.Cut(xml, []byte("<"+name+">"))
	text, _, _ := bytes.Cut(after, []byte("</"+name+">"))
	return string(text)
}

// checkSession says what is wrong with an answer to GetSessionToken.
func checkSession(answer []byte) error {
	c := issued(answer)
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 200 OK\r\n")) ||
		!strings.HasPrefix(c.accessKeyID, "ASIA") || c.secretAccessKey == "" || c.sessionToken == "" {
		return fmt.Errorf("not a session: %s", answer)
	}
	return nil
}
