package authn

import (
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/sigv4"
)

// StaleAfter is how long what Identify said is good: as long as its own caches are.
const StaleAfter = time.Second

// Authenticate tells who signed a request, in call, and returns its body. Nothing of the body is read before identify knows the
// key to be good, and nothing of it is believed before the signature is. A body may take a minute to arrive: what was good
// before may be revoked, expired or out of date by then, so identify, which is asked about call.Now, may be asked twice.
func Authenticate(
	call *aws.Call, clock func() time.Time, identify func() (Candidate, error), read func(*Candidate) ([]byte, error),
) ([]byte, error) {
	candidate, err := identify()
	if err != nil {
		return nil, err
	}
	readAll := call.Laps.Begin("read body")
	body, err := read(&candidate)
	readAll()
	if err != nil {
		return nil, err
	}
	if now := clock().UTC(); now.Sub(call.Now) >= StaleAfter {
		call.Now = now
		if candidate, err = identify(); err != nil {
			return nil, err
		}
	}
	defer call.Laps.Begin("verify")()
	return body, candidate.Verify(sigv4.PayloadOf(body), call)
}
