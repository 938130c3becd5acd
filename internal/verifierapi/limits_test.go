package verifierapi_test

import (
	"testing"
	"time"

	"github.com/daypass/daypass/internal/limit"
	"github.com/daypass/daypass/internal/server"
	"github.com/daypass/daypass/internal/testenv"
)

func limits(c limit.Config) testenv.Option { return func(s *server.Config) { s.Limits = c } }

// The verifier's questions count as its own requests, and those whom it asks about are not charged for them.
func TestQuestionsAreLimited(t *testing.T) {
	t.Parallel()
	e := newEnv(t, limits(limit.Config{Requests: limit.Requests{Key: limit.Rate{N: 3, Per: time.Second}}}))
	for range 3 {
		e.want(e.request(e.verifier, e.question(e.alice)), 200, "SigningKey")
	}
	e.want(e.request(e.verifier, e.question(e.alice)), 400, `{"__type":"ThrottlingException","message":"Rate exceeded"}`)
	for range 3 {
		e.want(e.request(e.alice, e.question(e.verifier)), 403, "AccessDeniedException")
	}
	e.Now = e.Now.Add(time.Second)
	e.want(e.request(e.verifier, e.question(e.alice)), 200, "SigningKey")
}

// That the credentials which are asked about are bad is nothing that a verifier did.
func TestFailuresBlock(t *testing.T) {
	t.Parallel()
	e := newEnv(t, limits(limit.Config{Failures: limit.Failures{Address: limit.Rate{N: 3, Per: time.Minute}}}))
	nobody := testenv.Key{AccessKeyID: "AKIANOBODYNOBODYNOBO", SecretAccessKey: "x"}
	for range 10 {
		e.want(e.request(e.verifier, e.question(nobody)), 400, "InvalidCredentialsException")
	}
	for range 4 {
		e.want(e.request(nobody, e.question(e.alice)), 403, "UnrecognizedClientException")
	}
	e.want(e.request(nobody, e.question(e.alice)), 400, "ThrottlingException")
	e.want(e.request(e.verifier, e.question(e.alice)), 200, "SigningKey") // it was good here before
	e.want(e.request(e.alice, e.question(e.verifier)), 400, "ThrottlingException")
}
