package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// The most that a stored hash may ask for: one that was tampered with must not take the memory of the machine.
const (
	maxMemoryKiB = 256 << 10
	maxPasses    = 16
	maxLanes     = 16
	minSalt      = 8
	minTag       = 16
	maxBytes     = 64 // of salt and of tag
)

// version is Argon2's 1.3, in decimal.
const version = 19

// digest is a hash with all it was made from but the password.
type digest struct {
	memory    uint32 // KiB
	passes    uint32
	lanes     uint8
	salt, tag []byte
}

var errNotPHC = errors.New("password: what is stored is no Argon2id hash")

// strict refuses bits behind the last byte: one hash has one text.
var strict = base64.RawStdEncoding.Strict()

// String is the PHC text form: $argon2id$v=19$m=19456,t=2,p=1$SALT$TAG.
func (d digest) String() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		version, d.memory, d.passes, d.lanes, strict.EncodeToString(d.salt), strict.EncodeToString(d.tag))
}

// parse reads the text form, in String's spelling and no other.
func parse(text string) (digest, error) {
	var d digest
	fields := strings.Split(text, "$")
	if len(fields) != 6 {
		return d, errNotPHC
	}
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &d.memory, &d.passes, &d.lanes); err != nil {
		return d, errNotPHC
	}
	var saltErr, tagErr error
	d.salt, saltErr = strict.DecodeString(fields[4])
	d.tag, tagErr = strict.DecodeString(fields[5])
	if saltErr != nil || tagErr != nil || !d.bounded() || d.String() != text {
		return d, errNotPHC
	}
	return d, nil
}

// bounded reports whether the hash asks for what argon2 can do and this machine should.
func (d digest) bounded() bool {
	return d.lanes >= 1 && d.lanes <= maxLanes && d.passes >= 1 && d.passes <= maxPasses &&
		d.memory >= 8*uint32(d.lanes) && d.memory <= maxMemoryKiB &&
		len(d.salt) >= minSalt && len(d.salt) <= maxBytes && len(d.tag) >= minTag && len(d.tag) <= maxBytes
}
