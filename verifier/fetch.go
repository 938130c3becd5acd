package verifier

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/daypass/daypass/sigv4"
)

const (
	// maxAnswer is how large an answer of daypass may be: the policies of a user with dozens of groups have some 100 KB.
	maxAnswer = 4 << 20

	jsonType = "application/x-amz-json-1.1"
	target   = "Daypass.GetSigningKey"
)

// question is the request to daypass.
type question struct {
	AccessKeyId           string
	SessionToken          string `json:",omitempty"`
	Date, Region, Service string
}

// fetch asks daypass for the signing key of a subject. The error is an *Error.
func (v *Verifier) fetch(ctx context.Context, s subject, token string) (*grant, error) {
	asked := question{AccessKeyId: s.accessKeyID, SessionToken: token, Date: s.date, Region: v.config.Region, Service: v.config.Service}
	status, body, err := v.ask(ctx, asked)
	if err != nil {
		return nil, errUnavailable.because(fmt.Errorf("daypass can't be asked: %w", err))
	}
	if status != http.StatusOK {
		return nil, refusalOf(status, body)
	}
	g, err := v.parseAnswer(asked, body)
	if err != nil {
		return nil, errUnavailable.because(fmt.Errorf("the answer of daypass can't be used: %w", err))
	}
	return g, nil
}

func (v *Verifier) ask(ctx context.Context, asked question) (status int, answer []byte, err error) {
	body, err := json.Marshal(asked) //nolint:gosec // G117: the session token is meant for daypass, which issued it
	if err != nil {
		return 0, nil, err
	}
	own, err := v.config.Credentials(ctx)
	if err != nil {
		return 0, nil, fmt.Errorf("the verifier's own credentials: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, v.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", jsonType)
	r.Header.Set("X-Amz-Target", target)
	signer := sigv4.Signer{
		AccessKeyID: own.AccessKeyID, SecretAccessKey: own.SecretAccessKey, SessionToken: own.SessionToken,
		Region: v.config.Region, Service: "daypass",
	}
	signed := sigv4.Request{Method: r.Method, URI: "/", Host: v.endpoint.Host, Header: r.Header}
	if err := signer.Sign(&signed, v.config.Clock(), sigv4.PayloadOf(body)); err != nil {
		return 0, nil, err
	}
	response, err := v.client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close() //nolint:errcheck // it was only read
	answer, err = io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err == nil && len(answer) > maxAnswer {
		err = errors.New("the answer is too large")
	}
	return response.StatusCode, answer, err
}

// refusalOf tells what daypass says of the credentials in question from what it says of the verifier, which is no client's
// business.
func refusalOf(status int, body []byte) *Error {
	var said struct {
		Type    string `json:"__type"`
		Reason  string `json:"reason"`
		Message string `json:"message"`
	}
	err := json.Unmarshal(body, &said)
	switch {
	case err != nil || said.Type != "InvalidCredentialsException":
		return errUnavailable.because(fmt.Errorf("daypass refuses the verifier: status %d, %q: %q", status, said.Type, said.Message))
	case said.Reason == errExpired.Code:
		return errExpired
	}
	return errInvalid
}
