package authn

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/sigv4"
)

// lastUses collects when each long-term key was last used, to be written down now and then: AWS's own figures lag by
// minutes too, and a write for every request would cost more than the request.
type lastUses struct {
	mu   sync.Mutex
	uses map[string]use
}

type use struct {
	at              time.Time
	service, region string
}

// noted is the last use of a key that was noted. Its two parts may be of two uses at the same time: then one more is noted.
type noted struct {
	second atomic.Int64
	scope  atomic.Pointer[sigv4.Scope]
}

// note remembers a use of a key, once in a second for each scope in turn.
func (l *lastUses) note(key *longTermKey, id string, at time.Time, s *sigv4.Scope) {
	second := at.Unix()
	if key.noted.second.Load() == second && key.noted.scope.Load() == s {
		return
	}
	key.noted.second.Store(second)
	key.noted.scope.Store(s)
	u := use{at, s.Service, s.Region}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.uses == nil {
		l.uses = make(map[string]use)
	}
	l.uses[id] = u
}

// FlushLastUses writes down when keys were last used. What could not be written waits for the next time.
func (a *Authenticator) FlushLastUses(ctx context.Context) error {
	l, st := &a.lastUses, a.config.Store
	l.mu.Lock()
	uses := l.uses
	l.uses = nil
	l.mu.Unlock()
	if len(uses) == 0 {
		return nil
	}
	err := st.Update(ctx, func(tx *store.Tx) error {
		for id, u := range uses {
			if err := tx.TouchAccessKey(ctx, id, u.at, u.service, u.region); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.putBack(uses)
	}
	return err
}

func (l *lastUses) putBack(uses map[string]use) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, u := range l.uses {
		uses[id] = u
	}
	l.uses = uses
}
