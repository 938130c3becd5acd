// Package credentialendpoint answers a program on the same machine that asks for its credentials as it would in a container
// (AWS_CONTAINER_CREDENTIALS_FULL_URI): with those of somebody who may be asked for an MFA code meanwhile.
package credentialendpoint

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// path is where the credentials are.
const path = "/credentials"

// Endpoint is for the one program that is told its address and token.
type Endpoint struct {
	URL   string // for AWS_CONTAINER_CREDENTIALS_FULL_URI
	Token string // for AWS_CONTAINER_AUTHORIZATION_TOKEN

	server *http.Server
	host   string
}

// Start serves credentials at a port of the loopback address, until Close. Errors are told to whoever asks, and to tell.
func Start(ctx context.Context, credentials aws.CredentialsProvider, tell func(error)) (*Endpoint, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	e := &Endpoint{host: listener.Addr().String(), Token: rand.Text() + rand.Text()}
	e.URL = "http://" + e.host + path
	e.server = &http.Server{
		Handler:           e.handler(credentials, tell),
		ReadHeaderTimeout: 10 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
	go e.server.Serve(listener) //nolint:errcheck // ends with Close
	return e, nil
}

// Close ends the endpoint, and what it is asked at the moment.
func (e *Endpoint) Close() error { return e.server.Close() }

type reply struct {
	AccessKeyId     string
	SecretAccessKey string
	Token           string
	Expiration      string
}

type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// handler judges what is asked before it looks at anything else. A page in a browser that has another name lead to the
// loopback address does not know the token, and is told apart by its Host too.
func (e *Endpoint) handler(credentials aws.CredentialsProvider, tell func(error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		switch {
		case r.Host != e.host:
			answer(w, http.StatusForbidden, refusal{"WrongHost", "The request is for another host."})
		case subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(e.Token)) != 1:
			answer(w, http.StatusForbidden, refusal{"WrongToken", "The authorization token is not the one of this endpoint."})
		case r.URL.Path != path:
			answer(w, http.StatusNotFound, refusal{"NotFound", "There is nothing here."})
		case r.Method != http.MethodGet:
			w.Header().Set("Allow", http.MethodGet)
			answer(w, http.StatusMethodNotAllowed, refusal{"MethodNotAllowed", "Only GET is."})
		default:
			give(w, r, credentials, tell)
		}
	})
}

func give(w http.ResponseWriter, r *http.Request, credentials aws.CredentialsProvider, tell func(error)) {
	c, err := credentials.Retrieve(r.Context())
	if err != nil {
		if r.Context().Err() == nil {
			tell(err)
		}
		answer(w, http.StatusServiceUnavailable, refusal{"NoCredentials", err.Error()})
		return
	}
	answer(w, http.StatusOK, reply{c.AccessKeyID, c.SecretAccessKey, c.SessionToken, c.Expires.UTC().Format(time.RFC3339)})
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // whoever asked is gone
}
