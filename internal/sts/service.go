// Package sts does what AWS Security Token Service does, one file per action. It sees Go values only: who calls and
// whether the call is allowed is settled before, and how the answer looks on the wire after.
package sts

import (
	"time"

	"github.com/daypass/daypass/internal/sessiontoken"
	"github.com/daypass/daypass/internal/store"
)

// Service performs the STS actions.
type Service struct {
	Store  *store.Store
	Tokens *sessiontoken.Ring
}

// Credentials are temporary security credentials as STS returns them.
type Credentials struct {
	AccessKeyId     string
	SecretAccessKey string `secret:"true"`
	SessionToken    string `secret:"true"`
	Expiration      time.Time
}
