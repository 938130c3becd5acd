package login

import (
	"context"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	// roleMargin is how long before their end the credentials of a role are renewed.
	roleMargin = 10 * time.Minute
	// lastMoment is how long before their end credentials are not handed out any more: who uses them would be refused.
	lastMoment = time.Minute
)

// Keeper hands out the credentials of a login for as long as a program runs. It renews those of a role by itself. When the
// session comes to its end it has a code asked for, and hands out what it has as long as that lives.
type Keeper struct {
	login *Login
	ctx   context.Context // of renewals, which outlive the request that they began with, and a signal that is for the program
	end   context.CancelFunc

	mutex       sync.Mutex
	session     Session
	credentials aws.Credentials
	renewal     *renewal // nil while none is under way
}

type renewal struct {
	done        chan struct{}
	credentials aws.Credentials // once it is done
	err         error
}

// NewKeeper begins with a session that is there before the program starts. Renewals end with Close, and not with ctx.
func NewKeeper(ctx context.Context, l *Login) (*Keeper, error) {
	session, err := l.Session(ctx)
	if err != nil {
		return nil, err
	}
	credentials, err := l.assume(ctx, session)
	if err != nil {
		return nil, err
	}
	k := &Keeper{login: l, session: session, credentials: credentials}
	k.ctx, k.end = context.WithCancel(context.WithoutCancel(ctx))
	return k, nil
}

// Close ends a renewal that is under way, and returns when the terminal is as it was.
func (k *Keeper) Close() {
	k.end()
	k.mutex.Lock()
	r := k.renewal
	k.mutex.Unlock()
	if r != nil {
		<-r.done
	}
}

// Retrieve is the credentials for now.
func (k *Keeper) Retrieve(ctx context.Context) (aws.Credentials, error) {
	have, r := k.begin()
	if r == nil {
		return have, nil
	}
	select {
	case <-r.done:
		return r.credentials, r.err
	case <-ctx.Done():
		return aws.Credentials{}, ctx.Err()
	}
}

// begin is the credentials if they are good for now, or else what to wait for. Nobody waits for a person while the old ones
// live: clients give an endpoint a second or two.
func (k *Keeper) begin() (aws.Credentials, *renewal) {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	now := k.login.Now()
	good, left := k.session.Good(now), k.credentials.Expires.Sub(now)
	fresh := good
	if len(k.login.Roles) > 0 {
		fresh = left > roleMargin
	}
	if fresh {
		return k.credentials, nil
	}
	if k.renewal == nil {
		k.renewal = &renewal{done: make(chan struct{})}
		go k.renew(k.renewal)
	}
	if !good && left > lastMoment {
		return k.credentials, nil
	}
	return aws.Credentials{}, k.renewal
}

func (k *Keeper) renew(r *renewal) {
	session, err := k.login.Session(k.ctx)
	if err == nil {
		r.credentials, err = k.login.assume(k.ctx, session)
	}
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if err == nil {
		k.session, k.credentials = session, r.credentials
	}
	r.err, k.renewal = err, nil
	close(r.done)
}
