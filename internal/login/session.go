package login

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Session is a session of GetSessionToken that an MFA code was given for, as it is kept.
type Session struct {
	Key          Key
	Device       string // the serial number that the code was for
	AccessKeyID  string
	SecretKey    string
	SessionToken string
	Issued       time.Time
	Expiration   time.Time
}

// Good tells whether the session is for use at an instant. It is not in the last ten minutes of its life, or the last quarter
// if that is shorter: what is begun with it should be done before it ends.
func (s Session) Good(now time.Time) bool {
	return s.Expiration.Sub(now) > min(10*time.Minute, s.Expiration.Sub(s.Issued)/4)
}

// Credentials are those of the session.
func (s Session) Credentials() aws.Credentials {
	return aws.Credentials{
		AccessKeyID: s.AccessKeyID, SecretAccessKey: s.SecretKey, SessionToken: s.SessionToken,
		Source: "daypass", CanExpire: true, Expires: s.Expiration,
	}
}
