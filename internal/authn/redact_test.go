package authn_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/daypass/daypass/internal/authn"
	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/testenv"
	"github.com/daypass/daypass/sigv4"
)

// TestCandidateHidesKeys prints a candidate in every way that a log might.
func TestCandidateHidesKeys(t *testing.T) {
	t.Parallel()
	e := testenv.New(t)
	_, alice := e.AddUser("alice")
	request := sigv4.Request{Method: http.MethodGet, URI: "/", Host: "sts.test", Header: http.Header{}}
	signer := sigv4.Signer{AccessKeyID: alice.AccessKeyID, SecretAccessKey: alice.SecretAccessKey, Region: testenv.Region, Service: "sts"}
	if err := signer.Sign(&request, e.Now, sigv4.PayloadOf(nil)); err != nil {
		t.Fatal(err)
	}
	signature, err := sigv4.Parse(request)
	if err != nil {
		t.Fatal(err)
	}
	a := authn.New(authn.Config{Store: e.Store, Services: []string{"sts"}})
	candidate, err := a.Identify(t.Context(), &signature, &aws.Call{Now: e.Now})
	if err != nil {
		t.Fatal(err)
	}
	key := [len(sigv4.SigningKey{})]byte(*candidate.SigningKey())
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "candidate", candidate, "pointer", &candidate)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "candidate", candidate, "pointer", &candidate)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		fmt.Fprintf(&log, verb+" "+verb+" "+verb+"\n", candidate, &candidate, []any{candidate})
	}
	text := log.String()
	if !strings.Contains(text, alice.AccessKeyID) {
		t.Error("nothing tells whose candidate it is")
	}
	for _, verb := range []string{"%v", "%#v", "%x", "%X"} {
		shown := strings.Trim(fmt.Sprintf(verb, key[:8]), "[]{}byte") // however a part of it would look
		if strings.Contains(text, shown) {
			t.Errorf("%s shows the signing key:\n%s", verb, text)
		}
	}
	if strings.Contains(text, alice.SecretAccessKey) {
		t.Errorf("the secret is shown:\n%s", text)
	}
}
