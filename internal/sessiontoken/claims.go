package sessiontoken

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"time"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/daypass/daypass/internal/aws"
)

// Claims are the facts of a session's issue.
type Claims struct {
	AccessKeyID     string // ASIA and 16 characters
	SecretAccessKey string // 40 characters of base64

	PrincipalType aws.PrincipalType
	AccountID     string
	PrincipalID   string // as aws.Principal.ID
	SessionName   string // as aws.Principal.SessionName
	// Session's times are whole seconds: a token's are no finer than the Expiration its client was told.
	aws.Session
}

// The fields of the claims. A number is never used again for another meaning.
const (
	fieldPrincipalType protowire.Number = iota + 1
	fieldSecret
	fieldAccountID
	fieldPrincipalID
	fieldIssuingKeyID
	fieldIssuedAt
	fieldExpiresAt
	fieldMFAAuthenticatedAt
	fieldSessionName
	fieldSourceIdentity
	fieldFederatedProvider
	fieldAttributes         // see attributes.go
	fieldDeflatedAttributes // the same, compressed
	fieldOriginKeyID
	fieldInvokedBy
)

// maxSecret is how many bytes a secret access key has at most, before base64.
const maxSecret = 48

var errMalformed = errors.New("the claims of the session token are malformed")

func (c *Claims) append(dst []byte) ([]byte, error) {
	var secret [maxSecret]byte
	size := 0
	err := errMalformed
	if base64.StdEncoding.DecodedLen(len(c.SecretAccessKey)) <= maxSecret {
		size, err = base64.StdEncoding.Decode(secret[:], []byte(c.SecretAccessKey))
	}
	if err != nil {
		return nil, errors.New("the secret access key of a session must be base64")
	}
	account, err := strconv.ParseUint(c.AccountID, 10, 64)
	if err != nil || !aws.IsAccountID(c.AccountID) {
		return nil, fmt.Errorf("account id %q is not 12 digits", c.AccountID)
	}
	dst = appendVarint(dst, fieldPrincipalType, uint64(c.PrincipalType)) //nolint:gosec // a small positive constant
	dst = protowire.AppendTag(dst, fieldSecret, protowire.BytesType)
	dst = protowire.AppendBytes(dst, secret[:size])
	dst = appendVarint(dst, fieldAccountID, account)
	dst = appendString(dst, fieldPrincipalID, c.PrincipalID)
	dst = appendOptional(dst, fieldIssuingKeyID, c.IssuingKeyID)
	dst = appendTime(dst, fieldIssuedAt, c.IssuedAt)
	dst = appendTime(dst, fieldExpiresAt, c.ExpiresAt)
	if !c.MFAAuthenticatedAt.IsZero() {
		dst = appendTime(dst, fieldMFAAuthenticatedAt, c.MFAAuthenticatedAt)
	}
	dst = appendOptional(dst, fieldSessionName, c.SessionName)
	dst = appendOptional(dst, fieldSourceIdentity, c.SourceIdentity)
	dst = appendOptional(dst, fieldFederatedProvider, c.FederatedProvider)
	dst, err = appendAttributes(dst, &c.Session)
	dst = appendOptional(dst, fieldOriginKeyID, c.OriginKeyID)
	return appendOptional(dst, fieldInvokedBy, c.InvokedBy), err
}

func appendVarint(dst []byte, field protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(dst, field, protowire.VarintType), v)
}

func appendString(dst []byte, field protowire.Number, s string) []byte {
	return protowire.AppendString(protowire.AppendTag(dst, field, protowire.BytesType), s)
}

func appendOptional(dst []byte, field protowire.Number, s string) []byte {
	if s == "" {
		return dst
	}
	return appendString(dst, field, s)
}

func appendTime(dst []byte, field protowire.Number, t time.Time) []byte {
	return appendVarint(dst, field, uint64(t.Unix())) //nolint:gosec // sessions are issued after 1970
}

// parse reads what append wrote, and nothing else: fields in another order, twice, or unknown are refused, so that an
// older node never takes a newer token for less than it says.
func (c *Claims) parse(b []byte) error {
	last := protowire.Number(0)
	for len(b) > 0 {
		field, kind, n := protowire.ConsumeTag(b)
		if n < 0 || field <= last {
			return errMalformed
		}
		last, b = field, b[n:]
		var number uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			number, n = protowire.ConsumeVarint(b)
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(b)
		default:
			return errMalformed
		}
		if n < 0 || !c.set(field, kind, number, text) {
			return errMalformed
		}
		b = b[n:]
	}
	if !c.complete() {
		return errMalformed
	}
	return nil
}

// complete says whether all is there that a session of its kind must have.
func (c *Claims) complete() bool {
	if c.SecretAccessKey == "" || c.AccountID == "" || c.PrincipalID == "" || c.IssuedAt.IsZero() || c.ExpiresAt.IsZero() {
		return false
	}
	named, hasKey := c.SessionName != "", c.IssuingKeyID != ""
	if delegated := c.PrincipalType == aws.DelegatedPrincipal; delegated != (c.InvokedBy != "") {
		return false
	}
	switch c.PrincipalType {
	case aws.RootPrincipal, aws.UserPrincipal:
		return hasKey && !named
	case aws.RolePrincipal: // one that a web identity asked for has no key
		return named
	case aws.FederatedPrincipal:
		return named && hasKey
	case aws.AssumedRootPrincipal: // bounded by a task policy, always
		return hasKey && !named && c.HasPolicies()
	case aws.DelegatedPrincipal: // bounded by what was asked for, always
		return hasKey && named && c.Policy != ""
	}
	return false
}

func (c *Claims) set(field protowire.Number, kind protowire.Type, number uint64, text []byte) bool {
	if field >= fieldSessionName && len(text) == 0 { // what is absent is not written
		return false
	}
	wantsText := field == fieldSecret || field == fieldPrincipalID || field == fieldIssuingKeyID || field >= fieldSessionName
	if wantsText != (kind == protowire.BytesType) {
		return false
	}
	switch field {
	case fieldPrincipalType:
		c.PrincipalType = aws.PrincipalType(number) //nolint:gosec // compared with the known types at use
	case fieldSecret:
		c.SecretAccessKey = base64.StdEncoding.EncodeToString(text)
	case fieldAccountID:
		c.AccountID = fmt.Sprintf("%012d", number)
	case fieldPrincipalID:
		c.PrincipalID = string(text)
	case fieldIssuingKeyID:
		c.IssuingKeyID = string(text)
	case fieldIssuedAt:
		c.IssuedAt = time.Unix(int64(number), 0).UTC() //nolint:gosec // written by append
	case fieldExpiresAt:
		c.ExpiresAt = time.Unix(int64(number), 0).UTC() //nolint:gosec // written by append
	case fieldMFAAuthenticatedAt:
		c.MFAAuthenticatedAt = time.Unix(int64(number), 0).UTC() //nolint:gosec // written by append
	case fieldSessionName:
		c.SessionName = string(text)
	case fieldSourceIdentity:
		c.SourceIdentity = string(text)
	case fieldFederatedProvider:
		c.FederatedProvider = string(text)
	case fieldOriginKeyID:
		c.OriginKeyID = string(text)
	case fieldInvokedBy:
		c.InvokedBy = string(text)
	case fieldAttributes:
		return c.setAttributes(text)
	case fieldDeflatedAttributes:
		return c.inflateAttributes(text)
	default:
		return false
	}
	return true
}
