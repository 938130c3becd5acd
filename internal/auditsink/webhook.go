package auditsink

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/daypass/daypass/internal/audit"
)

const (
	maxAnswer       = 64 << 10 // bytes of an answer that are read, for the connection to be used again
	maxAnswerHeader = 32 << 10
)

// webhook posts lines.
type webhook struct {
	url           string
	lines         bool // the body has a line each, else {"Records":[...]}
	authorization string
	secret        []byte // to sign with; nil: nothing is signed
	client        *http.Client
	now           func() time.Time
}

func newWebhook(c *Webhook, now func() time.Time) (*webhook, error) {
	w := &webhook{url: c.URL, lines: c.Format == "lines", now: now}
	var err error
	if w.authorization, err = c.Authorization.value(); err != nil {
		return nil, err
	}
	if !httpguts.ValidHeaderFieldValue(w.authorization) {
		return nil, fmt.Errorf("%s is not what a header can have", c.Authorization.Env)
	}
	if w.secret, err = c.SigningSecret.signingKey(); err != nil {
		return nil, err
	}
	tlsConfig, err := c.TLS.config("") // the client knows of which host
	if err != nil {
		return nil, err
	}
	w.client = &http.Client{
		Timeout:       orDefault(c.Timeout, defaultTimeout),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			TLSClientConfig:        tlsConfig,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    1,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: maxAnswerHeader,
			DisableCompression:     true,
		},
	}
	return w, nil
}

// signingKey reads a secret of Standard Webhooks.
func (v Variable) signingKey() ([]byte, error) {
	text, err := v.value()
	if err != nil || text == "" {
		return nil, err
	}
	encoded, prefixed := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !prefixed || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, fmt.Errorf("%s is not whsec_ and 24 to 64 bytes in base64", v.Env)
	}
	return key, nil
}

func (w *webhook) Send(ctx context.Context, b audit.Batch) error {
	request, err := w.request(ctx, b)
	if err != nil {
		return err
	}
	response, err := w.client.Do(request)
	if err != nil {
		return withoutURL(err)
	}
	defer response.Body.Close() //nolint:errcheck // the status has said it all
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswer))
	if response.StatusCode/100 == 2 {
		return nil
	}
	return w.refused(response)
}

// withoutURL leaves out the URL, which may have a secret in its path or query.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

func (w *webhook) request(ctx context.Context, b audit.Batch) (*http.Request, error) {
	body := w.body(b.Lines)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return nil, withoutURL(err)
	}
	h := request.Header
	h.Set("Content-Type", "application/json")
	if w.lines {
		h.Set("Content-Type", "application/x-ndjson")
	}
	h.Set("User-Agent", "daypass")
	if w.authorization != "" {
		h.Set("Authorization", w.authorization)
	}
	id := fmt.Sprintf("%s-%d-%d", b.Feed, b.First, b.Last())
	h.Set("Webhook-Id", id)
	timestamp := strconv.FormatInt(w.now().Unix(), 10)
	h.Set("Webhook-Timestamp", timestamp)
	if w.secret != nil {
		h.Set("Webhook-Signature", w.sign(id, timestamp, body))
	}
	return request, nil
}

func (w *webhook) body(lines [][]byte) []byte {
	if w.lines {
		return append(bytes.Join(lines, []byte{'\n'}), '\n')
	}
	body := append([]byte(`{"Records":[`), bytes.Join(lines, []byte{','})...)
	return append(body, "]}"...)
}

// sign signs as Standard Webhooks says.
func (w *webhook) sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, w.secret)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// refused is an answer that is no success. Its body may say anything, so it is not told on.
func (w *webhook) refused(response *http.Response) error {
	err := fmt.Errorf("the webhook has answered %d", response.StatusCode)
	after := response.Header.Get("Retry-After")
	if seconds, parseErr := strconv.Atoi(after); parseErr == nil && seconds > 0 {
		return &laterError{err, time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second}
	}
	if date, parseErr := http.ParseTime(after); parseErr == nil {
		return &laterError{err, date.Sub(w.now())}
	}
	return err
}

func (w *webhook) Close() error {
	w.client.CloseIdleConnections()
	return nil
}
