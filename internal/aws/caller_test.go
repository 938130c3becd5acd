package aws

import (
	"testing"
	"time"
)

func TestSessionMFAAuthenticated(t *testing.T) {
	t.Parallel()
	if (&Session{}).MFAAuthenticated() {
		t.Error("a session without an MFA time counts as authenticated with MFA")
	}
	if !(&Session{MFAAuthenticatedAt: time.Unix(1, 0)}).MFAAuthenticated() {
		t.Error("a session with an MFA time does not count as authenticated with MFA")
	}
}
