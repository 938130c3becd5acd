package authn

import (
	"context"
	"sync"
	"time"

	"github.com/daypass/daypass/internal/aws"
	"github.com/daypass/daypass/internal/store"
)

// LastUse collects when each long-term key was last used and writes that down now and then: AWS's own figures lag by
// minutes too, and a write for every request would cost more than the request.
type LastUse struct {
	mu   sync.Mutex
	uses map[string]use
}

type use struct {
	at              time.Time
	service, region string
}

// Note remembers a use. A session's key has no last use.
func (l *LastUse) Note(call aws.Call) {
	if call.Caller.Session != nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.uses == nil {
		l.uses = make(map[string]use)
	}
	l.uses[call.Caller.AccessKeyID] = use{call.Now, call.Service, call.Region}
}

// Flush writes down what was noted since the last time. What could not be written waits for the next.
func (l *LastUse) Flush(ctx context.Context, st *store.Store) error {
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

func (l *LastUse) putBack(uses map[string]use) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id, u := range l.uses {
		uses[id] = u
	}
	l.uses = uses
}
