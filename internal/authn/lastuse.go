package authn

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/daypass/daypass/internal/store"
	"github.com/daypass/daypass/sigv4"
)

// lastUses collects when each long-term key and each role was last used, to be written down now and then: AWS's own figures
// lag by minutes too, and a write for every request would cost more than the request.
type lastUses struct {
	mu   sync.Mutex
	uses map[used]use
}

// used is a key or a role.
type used struct {
	id   string
	role bool
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
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(used{id: id}, use{at, s.Service, s.Region})
}

// noteRole remembers a use of a session of a role.
func (l *lastUses) noteRole(id string, at time.Time, s *sigv4.Scope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(used{id, true}, use{at, s.Service, s.Region})
}

func (l *lastUses) put(who used, u use) {
	if l.uses == nil {
		l.uses = make(map[used]use)
	}
	l.uses[who] = u
}

// FlushLastUses writes down when keys and roles were last used. What could not be written waits for the next time.
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
		for who, u := range uses {
			if err := u.write(ctx, tx, who); err != nil {
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

func (u use) write(ctx context.Context, tx *store.Tx, who used) error {
	if who.role {
		return tx.TouchRole(ctx, who.id, u.at, u.region)
	}
	return tx.TouchAccessKey(ctx, who.id, u.at, u.service, u.region)
}

func (l *lastUses) putBack(uses map[used]use) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for who, u := range l.uses {
		uses[who] = u
	}
	l.uses = uses
}
