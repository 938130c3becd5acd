// Package password turns passwords into what may be kept of them, and answers whether a password is the one that was
// kept. It uses Argon2id (RFC 9106), whose every use takes some 20 MiB of memory and a few hundredths of a second.
package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"runtime"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"
)

// What new passwords are hashed with: the second of OWASP's equal recommendations, and the salt and tag of RFC 9106
// section 4. What is stored says its own parameters, so these may change.
const (
	memoryKiB  = 19 << 10
	passes     = 2
	lanes      = 1
	saltLength = 16
	tagLength  = 32
)

// maxAtOnce bounds the memory that hashing takes, whatever the number of requests.
const maxAtOnce = 4

// patience is how long a request waits for its turn.
const patience = 10 * time.Second

// ErrBusy says that too many passwords are being hashed.
var ErrBusy = errors.New("password: too many passwords are being hashed at a time")

// Hasher hashes passwords, a few at a time. The zero value is ready for use, by many goroutines.
type Hasher struct {
	once  sync.Once
	slots chan struct{}
}

// Hash returns what is to be stored of a password: a salted hash in PHC's text form. It fails with ErrBusy, and when ctx
// ends while it waits for its turn.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	d := digest{memory: memoryKiB, passes: passes, lanes: lanes, salt: make([]byte, saltLength)}
	_, _ = rand.Read(d.salt) // crypto/rand.Read never fails: it ends the process instead
	var err error
	if d.tag, err = h.derive(ctx, password, d, tagLength); err != nil {
		return "", err
	}
	return d.String(), nil
}

// Matches reports whether stored was made of the password. It fails as Hash does, and when stored is no hash.
func (h *Hasher) Matches(ctx context.Context, stored, password string) (bool, error) {
	d, err := parse(stored)
	if err != nil {
		return false, err
	}
	tag, err := h.derive(ctx, password, d, len(d.tag))
	return err == nil && subtle.ConstantTimeCompare(tag, d.tag) == 1, err
}

func (h *Hasher) derive(ctx context.Context, password string, d digest, length int) ([]byte, error) {
	if err := h.enter(ctx); err != nil {
		return nil, err
	}
	defer h.leave()
	return argon2.IDKey([]byte(password), d.salt, d.passes, d.memory, d.lanes, uint32(length)), nil //nolint:gosec // at most 64
}

// enter waits for a turn. One half of the processors stays free for requests that need no password.
func (h *Hasher) enter(ctx context.Context) error {
	h.once.Do(func() {
		h.slots = make(chan struct{}, min(max(runtime.GOMAXPROCS(0)/2, 1), maxAtOnce))
	})
	ctx, cancel := context.WithTimeoutCause(ctx, patience, ErrBusy)
	defer cancel()
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (h *Hasher) leave() { <-h.slots }
